//! The paths of a mount for people and teams of this server.

use crate::{
    Operation,
    auth::{
        fields::{field, text},
        params,
    },
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{Any, Is, MaybeSlash},
    },
};

static CONFIG: [Field; 10] = params::FIELDS;
const POLICIES: Field =
    field("policies", FieldKind::Texts, "The policies. Without any there is nothing to give.");
const USER: &[Field] = &[text("name", "Somebody's username on this server."), POLICIES];
const TEAM: &[Field] = &[
    text("organization", "The name of an organization on this server."),
    text("team", "The name of one of its teams."),
    POLICIES,
];
const LOGIN: &[Field] = &[
    text("token", "An API token of this server, of a person or a team."),
    text("username", "In place of a token: somebody's username or e-mail address."),
    text("password", "Their password."),
];

const ONE: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];
const LIST: &[Operation] = &[Operation::List];

pub(super) static PATHS: [PathDefinition; 8] = [
    PathDefinition::new(
        "login",
        Pattern(&[Is("login")]),
        LOGIN,
        &[Operation::Update],
        "Logs in with an API token of this server.",
        "Whoever shows an API token, or a username and a password, gets a token with the policies\n\
         that are given here to them and to their teams. It ends with the API token at the latest,\n\
         and is good only where that one is.",
    )
    .open(),
    PathDefinition::new(
        "login-user",
        Pattern(&[Is("login"), Any("username")]),
        LOGIN,
        &[Operation::Update],
        "Logs in with a username and a password of this server.",
        "The same as login, for clients that put the username into the path. Whoever has a second\n\
         factor logs in with an API token.",
    )
    .open(),
    PathDefinition::new(
        "config",
        Pattern(&[Is("config")]),
        &CONFIG,
        &[Operation::Read, Operation::Update],
        "What all tokens of this mount are.",
        "Says for how long tokens are good, and which policies everybody gets. What is not said\n\
         stays as it is.",
    ),
    PathDefinition::new(
        "users",
        Pattern(&[Is("users"), MaybeSlash]),
        &[],
        LIST,
        "The people who are given policies.",
        "Lists the usernames that policies are given to.",
    ),
    PathDefinition::new(
        "user",
        Pattern(&[Is("users"), Any("name")]),
        USER,
        ONE,
        "The policies of a person.",
        "Gives policies to a person. They stay with that person, also under another name: whoever\n\
         is called so later does not get them.",
    ),
    PathDefinition::new(
        "organizations",
        Pattern(&[Is("teams"), MaybeSlash]),
        &[],
        LIST,
        "The organizations with teams that are given policies.",
        "Lists the organizations; what is below each are its teams.",
    ),
    PathDefinition::new(
        "teams",
        Pattern(&[Is("teams"), Any("organization"), MaybeSlash]),
        TEAM,
        LIST,
        "The teams of an organization that are given policies.",
        "Lists the teams that policies are given to.",
    ),
    PathDefinition::new(
        "team",
        Pattern(&[Is("teams"), Any("organization"), Any("team")]),
        TEAM,
        ONE,
        "The policies of a team.",
        "Gives policies to everybody who is in a team, and to the team's own tokens. They stay with\n\
         that team, also under another name.",
    ),
];
