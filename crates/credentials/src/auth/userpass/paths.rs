//! The paths of a userpass mount.

use crate::{
    Operation,
    auth::{
        fields::{field, joined, text},
        params,
    },
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{Is, MaybeSlash, Name},
    },
};

const NAME: Field =
    field("username", FieldKind::LowerText, "The name, in any case: capitals make no difference.");
const PASSWORD: Field = text("password", "The password.");
const HASH: Field = text(
    "password_hash",
    "In place of a password, its hash as argon2id writes it: $argon2id$v=19$…",
);
const OWN: [Field; 7] = [
    NAME,
    PASSWORD,
    HASH,
    field("policies", FieldKind::Texts, "The older name of token_policies."),
    field("ttl", FieldKind::Duration, "The older name of token_ttl."),
    field("max_ttl", FieldKind::Duration, "The older name of token_max_ttl."),
    field("bound_cidrs", FieldKind::Texts, "The older name of token_bound_cidrs."),
];
static USER: [Field; 17] = joined(OWN, params::FIELDS);
const LOGIN: &[Field] = &[NAME, PASSWORD];
const SET_PASSWORD: &[Field] = &[NAME, PASSWORD, HASH];
const SET_POLICIES: &[Field] = &[
    NAME,
    field("policies", FieldKind::Texts, "The older name of token_policies."),
    field("token_policies", FieldKind::Texts, "The policies of the tokens."),
];

const UPDATE: &[Operation] = &[Operation::Update];

pub(super) static PATHS: [PathDefinition; 5] = [
    PathDefinition::new(
        "login",
        Pattern(&[Is("login"), Name("username")]),
        LOGIN,
        UPDATE,
        "Logs in with a name and a password.",
        "Whoever shows the password that belongs to the name gets a token. After some wrong ones\n\
         the name is locked for a while.",
    )
    .open(),
    PathDefinition::new(
        "users",
        Pattern(&[Is("users"), MaybeSlash]),
        &[],
        &[Operation::List],
        "The names that can log in.",
        "Lists the names that have a password here.",
    ),
    PathDefinition::new(
        "user",
        Pattern(&[Is("users"), Name("username")]),
        &USER,
        &[Operation::Read, Operation::Create, Operation::Update, Operation::Delete],
        "Somebody who can log in.",
        "Says who can log in with which password, which policies their tokens have, for how long\n\
         those are good, and from where. A password is never shown.",
    )
    .telling_creation(),
    PathDefinition::new(
        "password",
        Pattern(&[Is("users"), Name("username"), Is("password")]),
        SET_PASSWORD,
        UPDATE,
        "Sets somebody's password.",
        "From now on only the new password is right. Tokens that they have stay what they are.",
    ),
    PathDefinition::new(
        "policies",
        Pattern(&[Is("users"), Name("username"), Is("policies")]),
        SET_POLICIES,
        UPDATE,
        "Sets somebody's policies.",
        "Tokens that they have stay what they are, and can't be renewed any more.",
    ),
];
