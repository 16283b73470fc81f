//! Policies: `policies/acl` and the older `policy`.

use base64::{Engine, engine::general_purpose::STANDARD};
use identity::audit;
use serde_json::json;

use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    policy::{Policy, RESPONSE_WRAPPING_POLICY},
    response::Response,
    store,
    token::{DEFAULT, RESPONSE_WRAPPING, ROOT},
};

const FIELDS: &[Field] = &[
    Field { name: "name", kind: FieldKind::Text, description: "Name of the policy" },
    Field {
        name: "policy",
        kind: FieldKind::Text,
        description: "The rules, in HCL or JSON, as they are or in base64.",
    },
    Field { name: "rules", kind: FieldKind::Text, description: "The same as policy." },
];

const ONE: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];
const LIST: &[Operation] = &[Operation::List, Operation::Read];

pub(super) static PATHS: [PathDefinition; 4] = [
    PathDefinition::new(
        "policies.list",
        Pattern(&[Piece::Is("policies"), Piece::Is("acl"), Piece::MaybeSlash]),
        &[],
        &[Operation::List],
        "The names of the policies.",
        "Lists the policies that say what tokens may do.",
    ),
    PathDefinition::new(
        "policies.one",
        Pattern(&[Piece::Is("policies"), Piece::Is("acl"), Piece::Rest("name")]),
        FIELDS,
        ONE,
        "A policy.",
        "Reads, writes or removes a policy: which paths whoever has it may use, and how.",
    ),
    PathDefinition::new(
        "policies.old-list",
        Pattern(&[Piece::Is("policy"), Piece::MaybeSlash]),
        &[],
        LIST,
        "The names of the policies.",
        "The same as policies/acl, as older clients ask for it.",
    ),
    PathDefinition::new(
        "policies.old-one",
        Pattern(&[Piece::Is("policy"), Piece::Rest("name")]),
        FIELDS,
        ONE,
        "A policy.",
        "The same as policies/acl, as older clients ask for it.",
    ),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match (call.path.name, call.operation) {
        ("policies.list", _) => Ok(Some(Response::keys(names(call).await?))),
        ("policies.old-list", _) => {
            let names = names(call).await?;
            Ok(Some(Response::data(json!({ "keys": names, "policies": names })).flat()))
        }
        (_, Operation::Read) => read(call).await,
        (_, Operation::Delete) => delete(call).await,
        _ => write(call).await,
    }
}

async fn names(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    let stored = call.core.db().read(store::list_policies).await?;
    let mut names: Vec<String> = stored.into_iter().map(|(name, _)| name).collect();
    names.sort();
    names.push(ROOT.to_owned());
    Ok(names)
}

fn name_of(call: &Call<'_>) -> Result<String, Fault> {
    Ok(call.input.text_or_empty("name")?.to_lowercase())
}

async fn read(call: &Call<'_>) -> Answer {
    let name = name_of(call)?;
    let text = match name.as_str() {
        ROOT => Some(String::new()),
        RESPONSE_WRAPPING => Some(RESPONSE_WRAPPING_POLICY.to_owned()),
        _ => {
            let stored = call.core.db().read(store::list_policies).await?;
            stored.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
        }
    };
    let Some(text) = text else { return Ok(None) };
    Ok(Some(if call.path.name == "policies.old-one" {
        Response::data(json!({ "name": name, "rules": text })).flat()
    } else {
        Response::data(json!({ "name": name, "policy": text }))
    }))
}

async fn write(call: &Call<'_>) -> Answer {
    let given = call.input.text_or_empty("name")?;
    let name = name_of(call)?;
    if matches!(name.as_str(), ROOT | RESPONSE_WRAPPING) {
        return Err(Fault::refused(format!("cannot update {name:?} policy")));
    }
    let text = match call.input.text("policy")? {
        Some(text) => text,
        None => call.input.text_or_empty("rules")?,
    };
    let by_old_name = !call.input.has("policy");
    if text.is_empty() {
        return Err(Fault::refused("'policy' parameter not supplied or empty"));
    }
    let text = decoded(text);
    Policy::parse(&name, &text).map_err(|error| Fault::refused(error.to_string()))?;
    let (context, stored) = (call.context.clone(), name.clone());
    call.core
        .db()
        .write(move |tx| {
            store::put_policy(tx, &stored, &text, context.now)?;
            audit::record(
                tx,
                &context,
                &audit::Event::new("update", "credential-policies", &stored),
            )
        })
        .await?;
    let warnings = [
        (given != name).then(|| format!("policy name was converted to lower case: {name}")),
        by_old_name.then(|| "'rules' is deprecated, please use 'policy' instead".to_owned()),
    ];
    let warnings: Vec<String> = warnings.into_iter().flatten().collect();
    Ok((!warnings.is_empty()).then(|| Response { warnings, ..Response::default() }))
}

/// A policy may come in base64.
fn decoded(text: String) -> String {
    let bytes = STANDARD.decode(text.trim()).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(text)
}

async fn delete(call: &Call<'_>) -> Answer {
    let name = name_of(call)?;
    if name == DEFAULT {
        return Err(Fault::refused("cannot delete default policy"));
    }
    if matches!(name.as_str(), ROOT | RESPONSE_WRAPPING) {
        return Err(Fault::refused(format!("cannot delete {name:?} policy")));
    }
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            store::delete_policy(tx, &name)?;
            audit::record(tx, &context, &audit::Event::new("delete", "credential-policies", &name))
        })
        .await?;
    Ok(None)
}
