//! The paths of `identity/`.

use crate::{
    Operation,
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{self, Is, MaybeSlash, Rest},
    },
};

const fn text(name: &'static str, description: &'static str) -> Field {
    Field { name, kind: FieldKind::Text, description }
}

const ENTITY: &[Field] = &[
    text("id", "The id of the entity."),
    text("name", "What people call it."),
    Field {
        name: "metadata",
        kind: FieldKind::Pairs,
        description: "What is known of it, for policies to name.",
    },
    Field {
        name: "policies",
        kind: FieldKind::Texts,
        description: "Policies that all its tokens have besides their own.",
    },
    Field {
        name: "disabled",
        kind: FieldKind::Boolean,
        description: "Whether its tokens are good for nothing for now.",
    },
];
const LOOKUP: &[Field] = &[
    text("id", "The id of the entity."),
    text("name", "What people call it."),
    text("alias_id", "The id of one of its aliases."),
    text("alias_name", "What a mount knows it by; goes with alias_mount_accessor."),
    text("alias_mount_accessor", "The accessor of that mount."),
];
const ALIAS: &[Field] = &[
    text("id", "The id of the alias."),
    text("name", "What the mount knows somebody by."),
    text("mount_accessor", "The accessor of the mount."),
    text("canonical_id", "The id of the entity that it is of; without one, of a new one."),
    text("entity_id", "The same as canonical_id."),
    Field {
        name: "custom_metadata",
        kind: FieldKind::Pairs,
        description: "What is known of it, for policies to name.",
    },
];

const UPDATE: &[Operation] = &[Operation::Update];
const LIST: &[Operation] = &[Operation::List];
const ONE: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];

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

pub(super) static PATHS: [PathDefinition; 10] = [
    at(
        "entities",
        &[Is("entity"), Is("id"), MaybeSlash],
        &[],
        LIST,
        "Everybody, by id.",
        "Lists everybody who has logged in or was written here, with what the mounts know them by.",
    ),
    at(
        "names",
        &[Is("entity"), Is("name"), MaybeSlash],
        &[],
        LIST,
        "Everybody, by name.",
        "Lists the names of everybody who has logged in or was written here.",
    ),
    at(
        "entity-id",
        &[Is("entity"), Is("id"), Rest("id")],
        ENTITY,
        ONE,
        "Somebody, by id.",
        "Shows an entity, changes what is known of it and which policies it has, or removes it.",
    ),
    at(
        "entity-name",
        &[Is("entity"), Is("name"), Rest("name")],
        ENTITY,
        ONE,
        "Somebody, by name.",
        "Shows an entity, makes or changes it, or removes it.",
    ),
    at(
        "entity",
        &[Is("entity")],
        ENTITY,
        UPDATE,
        "Makes an entity.",
        "Writes somebody down before they log in, so that they have their policies at once.",
    ),
    at(
        "lookup",
        &[Is("lookup"), Is("entity")],
        LOOKUP,
        UPDATE,
        "Looks for somebody.",
        "Finds an entity by its id, its name, the id of an alias, or what a mount knows it by.",
    ),
    at(
        "aliases",
        &[Is("entity-alias"), Is("id"), MaybeSlash],
        &[],
        LIST,
        "The aliases of everybody.",
        "Lists by what all mounts know everybody.",
    ),
    at(
        "alias-id",
        &[Is("entity-alias"), Is("id"), Rest("id")],
        ALIAS,
        ONE,
        "An alias.",
        "Shows by what a mount knows somebody, changes it, or removes it.",
    ),
    at(
        "alias",
        &[Is("entity-alias")],
        ALIAS,
        UPDATE,
        "Makes an alias.",
        "Says by what name a mount knows an entity: whoever logs in there with it is that entity.",
    ),
    at(
        "groups",
        &[Is("group"), Is("id"), MaybeSlash],
        &[],
        LIST,
        "Groups.",
        "There are none here: the teams of this server are mapped to policies in auth/stateward/.",
    ),
];
