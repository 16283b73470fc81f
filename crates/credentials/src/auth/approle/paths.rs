//! The paths of an approle mount.

use crate::{
    Operation,
    auth::{
        fields::{field, joined, text},
        params,
    },
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{self, Is, MaybeSlash, Name},
    },
};

const NAME: Field = field(
    "role_name",
    FieldKind::LowerText,
    "The role's name, in any case: capitals make no difference.",
);
const SECRET: Field = text("secret_id", "The secret id.");
const ACCESSOR: Field = text("secret_id_accessor", "What names a secret id without being it.");
const OWN: [Field; 12] = [
    NAME,
    text("role_id", "The id that machines show. Without one, a random one is made."),
    field(
        "bind_secret_id",
        FieldKind::Boolean,
        "Whether a secret id must be shown as well. It must unless this says no.",
    ),
    field("secret_id_bound_cidrs", FieldKind::Texts, "Networks that secret ids may be used from."),
    field("bound_cidr_list", FieldKind::Texts, "The older name of secret_id_bound_cidrs."),
    field(
        "secret_id_num_uses",
        FieldKind::Integer,
        "How often each secret id is good. 0: as often as one likes.",
    ),
    field(
        "secret_id_ttl",
        FieldKind::Duration,
        "For how long each secret id is good. 0: until it is destroyed.",
    ),
    field(
        "local_secret_ids",
        FieldKind::Boolean,
        "Kept and given back: there is nothing to replicate to. Set when the role is made.",
    ),
    field("policies", FieldKind::Texts, "The older name of token_policies."),
    field("period", FieldKind::Duration, "The older name of token_period."),
    field("ttl", FieldKind::Duration, "Not used by roles; see token_ttl."),
    field("max_ttl", FieldKind::Duration, "Not used by roles; see token_max_ttl."),
];
static ROLE: [Field; 22] = joined(OWN, params::FIELDS);
const ROLE_ID: &[Field] = &[NAME, text("role_id", "The id that machines show.")];
const NEW_SECRET: [Field; 6] = [
    NAME,
    text("metadata", "What shall be known of whoever has it: JSON, or key=value with commas."),
    field("cidr_list", FieldKind::Texts, "Networks that it may be used from."),
    field(
        "token_bound_cidrs",
        FieldKind::Texts,
        "Networks that tokens may be used from that are got with it.",
    ),
    field("num_uses", FieldKind::Integer, "How often it is good; at most what the role says."),
    field("ttl", FieldKind::Duration, "For how long it is good; at most what the role says."),
];
const CUSTOM_SECRET: [Field; 7] = joined(NEW_SECRET, [SECRET]);
const ONE_SECRET: &[Field] = &[NAME, SECRET];
const ONE_ACCESSOR: &[Field] = &[NAME, ACCESSOR];
const LOGIN: &[Field] = &[text("role_id", "The role's id."), SECRET];

const UPDATE: &[Operation] = &[Operation::Update];
const PART: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];

const fn at(
    name: &'static str,
    pattern: &'static [Piece],
    fields: &'static [Field],
    operations: &'static [Operation],
    synopsis: &'static str,
    description: &'static str,
) -> PathDefinition {
    PathDefinition::new(name, Pattern(pattern), fields, operations, synopsis, description)
}

pub(super) static PATHS: [PathDefinition; 11] = [
    at(
        "login",
        &[Is("login")],
        LOGIN,
        &[Operation::Update],
        "Logs in with a role's id and a secret id.",
        "A machine shows both and gets a token with the role's policies. The same is said whether\n\
         the one or the other is wrong.",
    )
    .open(),
    at(
        "roles",
        &[Is("role"), MaybeSlash],
        &[],
        &[Operation::List],
        "The names of the roles.",
        "Lists the roles that machines can log in with.",
    ),
    at(
        "role",
        &[Is("role"), Name("role_name")],
        &ROLE,
        &[Operation::Read, Operation::Create, Operation::Update, Operation::Delete],
        "A role.",
        "Says what a machine must show to log in, and what tokens it gets. With the role its\n\
         secret ids are gone; tokens live on until they end.",
    )
    .telling_creation(),
    at(
        "role-id",
        &[Is("role"), Name("role_name"), Is("role-id")],
        ROLE_ID,
        &[Operation::Read, Operation::Update],
        "A role's id.",
        "Reads the id that machines show, or sets it to one of your own.",
    ),
    at(
        "secrets",
        &[Is("role"), Name("role_name"), Is("secret-id"), MaybeSlash],
        &NEW_SECRET,
        &[Operation::Update, Operation::List],
        "Makes a secret id.",
        "Makes a random secret id, which is shown this once. Listing shows the accessors of those\n\
         that there are.",
    ),
    at(
        "custom-secret",
        &[Is("role"), Name("role_name"), Is("custom-secret-id")],
        &CUSTOM_SECRET,
        UPDATE,
        "Takes a secret id of your own.",
        "Takes a secret id that was made elsewhere. It must be as hard to guess as a random one.",
    ),
    at(
        "secret-lookup",
        &[Is("role"), Name("role_name"), Is("secret-id"), Is("lookup")],
        ONE_SECRET,
        UPDATE,
        "Shows a secret id.",
        "Shows how often and for how long a secret id is still good, and from where.",
    ),
    at(
        "secret-destroy",
        &[Is("role"), Name("role_name"), Is("secret-id"), Is("destroy")],
        ONE_SECRET,
        &[Operation::Update, Operation::Delete],
        "Destroys a secret id.",
        "From now on nobody logs in with it. Tokens that were got with it live on.",
    ),
    at(
        "accessor-lookup",
        &[Is("role"), Name("role_name"), Is("secret-id-accessor"), Is("lookup")],
        ONE_ACCESSOR,
        UPDATE,
        "Shows a secret id by its accessor.",
        "Shows how often and for how long a secret id is still good, without knowing it.",
    ),
    at(
        "accessor-destroy",
        &[Is("role"), Name("role_name"), Is("secret-id-accessor"), Is("destroy")],
        ONE_ACCESSOR,
        &[Operation::Update, Operation::Delete],
        "Destroys a secret id by its accessor.",
        "From now on nobody logs in with it, and whoever destroys it need not know it.",
    ),
    at(
        "tidy",
        &[Is("tidy"), Is("secret-id")],
        &[],
        UPDATE,
        "Forgets secret ids that have come to their end.",
        "They are good for nothing anyway, and are forgotten now and then without being asked.",
    ),
];

const fn part(name: &'static str, pattern: &'static [Piece]) -> PathDefinition {
    at(
        name,
        pattern,
        &ROLE,
        PART,
        "One setting of a role.",
        "Reads, sets or takes back one setting; the role's own path does so with all of them.",
    )
}

pub(super) static PARTS: [PathDefinition; 12] = [
    part("bound-cidr-list", &[Is("role"), Name("role_name"), Is("bound-cidr-list")]),
    part("policies", &[Is("role"), Name("role_name"), Is("policies")]),
    part("period", &[Is("role"), Name("role_name"), Is("period")]),
    part("bind-secret-id", &[Is("role"), Name("role_name"), Is("bind-secret-id")]),
    part("secret-id-bound-cidrs", &[Is("role"), Name("role_name"), Is("secret-id-bound-cidrs")]),
    part("secret-id-num-uses", &[Is("role"), Name("role_name"), Is("secret-id-num-uses")]),
    part("secret-id-ttl", &[Is("role"), Name("role_name"), Is("secret-id-ttl")]),
    part("token-bound-cidrs", &[Is("role"), Name("role_name"), Is("token-bound-cidrs")]),
    part("token-num-uses", &[Is("role"), Name("role_name"), Is("token-num-uses")]),
    part("token-ttl", &[Is("role"), Name("role_name"), Is("token-ttl")]),
    part("token-max-ttl", &[Is("role"), Name("role_name"), Is("token-max-ttl")]),
    part("local-secret-ids", &[Is("role"), Name("role_name"), Is("local-secret-ids")]),
];
