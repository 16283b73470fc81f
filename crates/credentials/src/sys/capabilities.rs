//! What a token may do with paths: `capabilities`, of itself, of a token, of an accessor.

use serde_json::{Map, Value, json};

use crate::{
    Operation,
    auth::token::lookup,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    token::Token,
};

const FIELDS: &[Field] = &[
    Field { name: "token", kind: FieldKind::Text, description: "The token to ask about." },
    Field {
        name: "accessor",
        kind: FieldKind::Text,
        description: "The accessor of the token to ask about.",
    },
    Field { name: "path", kind: FieldKind::Texts, description: "The path or paths." },
    Field { name: "paths", kind: FieldKind::Texts, description: "The paths." },
];

const UPDATE: &[Operation] = &[Operation::Update];

pub(super) static PATHS: [PathDefinition; 3] = [
    PathDefinition::new(
        "capabilities.token",
        Pattern(&[Piece::Is("capabilities")]),
        FIELDS,
        UPDATE,
        "What a token may do.",
        "Says which capabilities a token has on paths.",
    ),
    PathDefinition::new(
        "capabilities.self",
        Pattern(&[Piece::Is("capabilities-self")]),
        FIELDS,
        UPDATE,
        "What the token that asks may do.",
        "Says which capabilities the token of this request has on paths.",
    ),
    PathDefinition::new(
        "capabilities.accessor",
        Pattern(&[Piece::Is("capabilities-accessor")]),
        FIELDS,
        UPDATE,
        "What the token with an accessor may do.",
        "Says which capabilities a token has on paths, without its value.",
    ),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    let token = match call.path.name {
        "capabilities.self" => call.token.cloned().ok_or(Fault::Denied)?,
        "capabilities.accessor" => by_accessor(call).await?,
        _ => by_value(call).await?,
    };
    let mut paths = call.input.texts("paths")?.unwrap_or_default();
    if paths.is_empty() {
        paths = call.input.texts("path")?.unwrap_or_default();
    }
    if paths.is_empty() {
        return Err(Fault::refused("paths must be supplied"));
    }
    let (acl, known) = (call.core.acl(&token), call.core.known());
    let capabilities =
        |path: &str| json!(acl.capabilities(&known.spelling.of_path(path.trim_start_matches('/'))));
    let mut data: Map<String, Value> =
        paths.iter().map(|path| (path.clone(), capabilities(path))).collect();
    if let [path] = paths.as_slice() {
        data.insert("capabilities".to_owned(), capabilities(path));
    }
    Ok(Some(Response::data(Value::Object(data)).flat()))
}

async fn by_value(call: &Call<'_>) -> Result<Token, Fault> {
    let value = call.input.text_or_empty("token")?;
    if value.is_empty() {
        return Err(Fault::refused("no token found"));
    }
    let found = lookup::find(call, call.core.read_token(&value)).await?;
    found.ok_or_else(|| Fault::Invalid("invalid token".to_owned()))
}

async fn by_accessor(call: &Call<'_>) -> Result<Token, Fault> {
    let accessor = call.input.text_or_empty("accessor")?;
    if accessor.is_empty() {
        return Err(Fault::refused("missing accessor"));
    }
    let (core, now) = (call.core.clone(), call.context.now);
    let read = move |tx: &mut db::Tx<'_>| core.token_by_accessor_in(tx, &accessor, now);
    let found = call.core.db().read(read).await?.filter(|token| token.lives(now));
    found.ok_or_else(|| Fault::Invalid("invalid accessor".to_owned()))
}
