//! The paths of `auth/token/`.

use crate::{
    Operation,
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{self, Is, MaybeSlash, Name},
    },
};

const fn text(name: &'static str, description: &'static str) -> Field {
    Field { name, kind: FieldKind::Text, description }
}

/// The fields of a token that is made as a role says; without a role, all but the first.
const CREATE_AS_ROLE: &[Field] = &[
    text("role_name", "Name of the role"),
    text("id", "The value that the token is to have. Needs sudo."),
    Field {
        name: "policies",
        kind: FieldKind::List,
        description: "Its policies: those of the token that makes it, or some of them.",
    },
    Field {
        name: "meta",
        kind: FieldKind::Pairs,
        description: "What shall be known of whoever gets it.",
    },
    Field { name: "metadata", kind: FieldKind::Pairs, description: "The same as meta." },
    Field {
        name: "no_parent",
        kind: FieldKind::Boolean,
        description: "Whether it lives on when the token that makes it ends. Needs sudo.",
    },
    Field {
        name: "no_default_policy",
        kind: FieldKind::Boolean,
        description: "Whether it goes without the policy named default.",
    },
    Field {
        name: "renewable",
        kind: FieldKind::Boolean,
        description: "Whether it can be renewed; it can unless this says no.",
    },
    text("ttl", "For how long it is good."),
    text("lease", "The same as ttl."),
    text("type", "service for one that is kept here, batch for one that is not."),
    text("explicit_max_ttl", "For how long at most, however often it is renewed."),
    text("period", "For how long each renewal makes it good again, without end. Needs sudo."),
    text("display_name", "What it is called in logs."),
    Field {
        name: "num_uses",
        kind: FieldKind::Integer,
        description: "How often it can be used. Zero: as often as one likes.",
    },
    text(
        "entity_alias",
        "The name of the entity that the token stands for; one that its role allows.",
    ),
];

const CREATE: &[Field] = match CREATE_AS_ROLE.split_first() {
    Some((_, others)) => others,
    None => &[],
};

const ROLE: &[Field] = &[
    text("role_name", "Name of the role"),
    Field {
        name: "allowed_policies",
        kind: FieldKind::Texts,
        description: "The policies that a token may be given. Empty: those of whoever asks.",
    },
    Field {
        name: "disallowed_policies",
        kind: FieldKind::Texts,
        description: "Policies that no token is given.",
    },
    Field {
        name: "allowed_policies_glob",
        kind: FieldKind::Texts,
        description: "The same as allowed_policies, with * for any characters.",
    },
    Field {
        name: "disallowed_policies_glob",
        kind: FieldKind::Texts,
        description: "The same as disallowed_policies, with * for any characters.",
    },
    Field {
        name: "allowed_entity_aliases",
        kind: FieldKind::Texts,
        description: "For whom tokens may be made, by the names that this mount knows them by.",
    },
    Field {
        name: "orphan",
        kind: FieldKind::Boolean,
        description: "Whether tokens live on when the token that made them ends.",
    },
    Field {
        name: "renewable",
        kind: FieldKind::Boolean,
        description: "Whether tokens can be renewed.",
    },
    text(
        "path_suffix",
        "What is put behind the path that the tokens are made at, to revoke them together.",
    ),
    Field {
        name: "token_explicit_max_ttl",
        kind: FieldKind::Duration,
        description: "For how long tokens are good at most.",
    },
    Field {
        name: "explicit_max_ttl",
        kind: FieldKind::Duration,
        description: "The same as token_explicit_max_ttl.",
    },
    Field {
        name: "token_period",
        kind: FieldKind::Duration,
        description: "For how long each renewal makes tokens good again, without end.",
    },
    Field { name: "period", kind: FieldKind::Duration, description: "The same as token_period." },
    Field {
        name: "token_bound_cidrs",
        kind: FieldKind::Texts,
        description: "The networks that tokens may be used from.",
    },
    Field {
        name: "bound_cidrs",
        kind: FieldKind::Texts,
        description: "The same as token_bound_cidrs.",
    },
    Field {
        name: "token_no_default_policy",
        kind: FieldKind::Boolean,
        description: "Whether tokens go without the policy named default.",
    },
    Field {
        name: "token_num_uses",
        kind: FieldKind::Integer,
        description: "How often tokens can be used.",
    },
    text(
        "token_type",
        "service or batch for such tokens only; default-service or default-batch for such unless\n\
         somebody asks for the others.",
    ),
];

const TOKEN: &[Field] = &[
    text("token", "The token."),
    Field {
        name: "increment",
        kind: FieldKind::Duration,
        description: "For how long it shall be good from now on.",
    },
];
const ACCESSOR: &[Field] = &[
    text("accessor", "The token's accessor."),
    Field {
        name: "increment",
        kind: FieldKind::Duration,
        description: "For how long it shall be good from now on.",
    },
];

const UPDATE: &[Operation] = &[Operation::Update];
const READ_OR_UPDATE: &[Operation] = &[Operation::Read, Operation::Update];

const fn at(
    name: &'static str,
    pieces: &'static [Piece],
    fields: &'static [Field],
    operations: &'static [Operation],
    synopsis: &'static str,
    description: &'static str,
) -> PathDefinition {
    PathDefinition::new(name, Pattern(pieces), fields, operations, synopsis, description)
}

pub(super) static PATHS: [PathDefinition; 17] = [
    at(
        "create-orphan",
        &[Is("create-orphan")],
        CREATE,
        UPDATE,
        "Makes a token without a parent.",
        "The token lives on when the one that made it ends.",
    ),
    at(
        "create-role",
        &[Is("create"), Name("role_name")],
        CREATE_AS_ROLE,
        UPDATE,
        "Makes a token as a role says.",
        "The role says which policies are allowed, and how long the token lives.",
    ),
    at(
        "create",
        &[Is("create")],
        CREATE,
        UPDATE,
        "Makes a token.",
        "The token has policies of the one that makes it, and ends with it.",
    ),
    at(
        "lookup-self",
        &[Is("lookup-self")],
        TOKEN,
        READ_OR_UPDATE,
        "Shows the token that asks.",
        "Shows what is known of the token that this request comes with.",
    ),
    at(
        "lookup-accessor",
        &[Is("lookup-accessor")],
        ACCESSOR,
        UPDATE,
        "Shows the token with an accessor.",
        "Shows what is known of a token without knowing its value.",
    ),
    at(
        "lookup",
        &[Is("lookup")],
        TOKEN,
        READ_OR_UPDATE,
        "Shows a token.",
        "Shows what is known of a token; without one, of the token that asks.",
    ),
    at(
        "accessors",
        &[Is("accessors"), MaybeSlash],
        &[],
        &[Operation::List],
        "The accessors of all tokens.",
        "Lists every token by its accessor, with which it can be looked at, renewed and revoked.",
    )
    .sudo(),
    at(
        "renew-self",
        &[Is("renew-self")],
        TOKEN,
        UPDATE,
        "Renews the token that asks.",
        "Makes the token that this request comes with good for longer.",
    ),
    at(
        "renew-accessor",
        &[Is("renew-accessor")],
        ACCESSOR,
        UPDATE,
        "Renews the token with an accessor.",
        "Makes a token good for longer without knowing its value.",
    ),
    at(
        "renew",
        &[Is("renew")],
        TOKEN,
        UPDATE,
        "Renews a token.",
        "Makes a token good for longer. An increment sets what remains, it does not add to it.",
    ),
    at(
        "revoke-self",
        &[Is("revoke-self")],
        &[],
        UPDATE,
        "Revokes the token that asks.",
        "Ends the token that this request comes with, and all that it made.",
    ),
    at(
        "revoke-accessor",
        &[Is("revoke-accessor")],
        ACCESSOR,
        UPDATE,
        "Revokes the token with an accessor.",
        "Ends a token and all that it made, without knowing its value.",
    ),
    at(
        "revoke-orphan",
        &[Is("revoke-orphan")],
        TOKEN,
        UPDATE,
        "Revokes a token alone.",
        "Ends a token; those that it made live on without it.",
    )
    .sudo(),
    at(
        "revoke",
        &[Is("revoke")],
        TOKEN,
        UPDATE,
        "Revokes a token.",
        "Ends a token, the tokens that it made, and the leases of them all.",
    ),
    at(
        "tidy",
        &[Is("tidy")],
        &[],
        UPDATE,
        "Looks for what is left over.",
        "Nothing is ever left over here; this is answered for the clients that ask.",
    ),
    at(
        "roles",
        &[Is("roles"), MaybeSlash],
        &[],
        &[Operation::List],
        "The names of the roles.",
        "Lists the roles that tokens can be made with.",
    ),
    at(
        "role",
        &[Is("roles"), Name("role_name")],
        ROLE,
        &[Operation::Read, Operation::Update, Operation::Delete],
        "Roles to make tokens with.",
        "A role says which policies its tokens may have, for how long they are good, and from where.",
    )
    .telling_creation(),
];
