//! Creating versions: announced, inline, or by rolling back.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{FromRequest as _, Request, State as FromState},
    response::Response,
};
use bytes::Bytes;
use http::{StatusCode, header, request::Parts};
use identity::Caller;
use kernel::{Context, Error, Result, RunId, StateVersionId, WorkspaceId};
use serde::Deserialize;
use web::{
    Answer, Path,
    body::{JsonApi, JsonApiOptional, LargeJsonApi},
    document::Document,
};

use crate::{
    State, base64_stream,
    intake::{
        Arrived, Beginning, Inline, InlineParts, JsonPart, Owner, Source, Whole, begin, check_size,
        take_all,
    },
    resource::Shown,
    service::{Created, Draft, Json},
};

const KIND: &str = "state-versions";

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Attributes {
    serial: Option<i64>,
    md5: Option<String>,
    lineage: Option<String>,
    force: Option<bool>,
    json_state_outputs: Option<String>,
    state: Option<String>,
    json_state: Option<String>,
}

/// An output as it is announced; its value is of no interest.
#[derive(Deserialize)]
struct Announced {
    #[serde(default)]
    sensitive: Option<bool>,
}

/// `POST workspaces/:id/state-versions`
pub(super) async fn create(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(workspace): Path<WorkspaceId>,
    request: Request,
) -> Response {
    let context = caller.context;
    let created = create_from(&state, context.clone(), workspace, request).await;
    state.with_interval(created.map(|created| answer(&state, &context, &created)))
}

/// `PATCH workspaces/:id/state-versions`
pub(super) async fn rollback(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(workspace): Path<WorkspaceId>,
    body: JsonApiOptional<BTreeMap<String, serde_json::Value>>,
) -> Response {
    let context = caller.context;
    let created = match body.0.of_kind(KIND).and_then(|body| rollback_target(&body)) {
        Ok(to) => state.rollback(context.clone(), workspace, to).await,
        Err(error) => Err(error),
    };
    let answer = created.map(|created| answer(&state, &context, &created));
    state.with_interval(answer.map_err(Into::into))
}

fn rollback_target<A>(body: &JsonApi<A>) -> Result<StateVersionId> {
    let pointer = "/data/relationships/rollback-state-version";
    let named = body.relationships.one("rollback-state-version")?;
    let named = named.ok_or_else(|| Error::invalid_at(pointer, "is missing"))?;
    named
        .id
        .parse()
        .map_err(|_| Error::invalid_at(format!("{pointer}/data/id"), "is no state version's id"))
}

fn answer(state: &State, context: &Context, created: &Created) -> (StatusCode, Document) {
    let shown = Shown { context, workspace: &created.workspace, head: None, output_ids: &[] };
    let resource = state.links().version_resource(&created.version, &shown);
    (StatusCode::CREATED, Document::one(resource))
}

/// A request, and what its body was cut into.
struct Taken {
    rest: Vec<u8>,
    /// The state, and its JSON representation, if they came inline.
    inline: Option<(Owner, Arrived, Option<Json>)>,
}

async fn create_from(
    state: &State,
    context: Context,
    workspace: WorkspaceId,
    request: Request,
) -> Answer<Created> {
    let (parts, body) = request.into_parts();
    // Nearly every request is small and carries no state, so nothing is asked before it is read.
    let taken = match begin(body, state.max_document_bytes()).await? {
        Beginning::Whole(bytes) => take_small(state, &context, workspace, bytes).await?,
        Beginning::More { head, body } => {
            let organization = state.check_writable(context.clone(), workspace).await?;
            let owner = state.owner(organization).await?;
            let (limit, max_json) = (state.settings().max_state_bytes, state.max_json_bytes());
            let (writer, json_writer) = (owner.writer(state), owner.writer(state));
            let work = move |pieces| {
                let part = JsonPart::Store(Box::new(json_writer));
                let mut inline = Inline::new(pieces, part, max_json);
                let arrived = take_all(&mut inline, writer, limit)?;
                taken(owner, inline.into_parts(), arrived)
            };
            state.on_thread(head, body, work).await?
        }
    };
    let document = parse(parts, taken.rest).await?.of_kind(KIND)?;
    let draft = draft(&document, taken.inline.is_some())?;
    Ok(match taken.inline {
        None => state.create_pending(context, workspace, draft).await?,
        Some(inline) => state.create_complete(context, workspace, draft, inline).await?,
    })
}

/// A document that is whole in memory; most have no state in them.
async fn take_small(
    state: &State,
    context: &Context,
    workspace: WorkspaceId,
    bytes: Bytes,
) -> Result<Taken> {
    let part = JsonPart::Memory(Vec::new());
    let mut inline = Inline::new(Whole(Some(bytes)), part, state.max_json_bytes());
    let mut bytes = Vec::new();
    let mut source = &mut inline;
    while let Some(piece) = source.next()? {
        check_size((bytes.len() + piece.len()) as u64, state.settings().max_state_bytes)?;
        if bytes.is_empty() { bytes = piece.into() } else { bytes.extend_from_slice(&piece) }
    }
    let parts = inline.into_parts();
    if !parts.has_state {
        return Ok(Taken { rest: parts.rest, inline: None });
    }
    let organization = state.check_writable(context.clone(), workspace).await?;
    let owner = state.owner(organization).await?;
    let arrived = state.take_whole(owner.clone(), bytes.into()).await?;
    taken(owner, parts, arrived)
}

fn taken(owner: Owner, parts: InlineParts, arrived: Arrived) -> Result<Taken> {
    let InlineParts { rest, has_state, json } = parts;
    if !has_state {
        return Ok(Taken { rest, inline: None });
    }
    let json = match json {
        Some(JsonPart::Memory(bytes)) => Some(blobs::seal_small(&owner.key, &bytes)?),
        Some(JsonPart::Store(writer)) => Some(writer.finish()?),
        None => None,
    };
    Ok(Taken { rest, inline: Some((owner, arrived, json.map(Json::New))) })
}

/// Parses what is left of the document, as every other document is.
async fn parse(mut parts: Parts, rest: Vec<u8>) -> Answer<JsonApi<Attributes>> {
    parts.headers.remove(header::CONTENT_LENGTH);
    let request = Request::from_parts(parts, Body::from(rest));
    let LargeJsonApi(document) = LargeJsonApi::from_request(request, &()).await?;
    Ok(document)
}

fn draft(document: &JsonApi<Attributes>, inline: bool) -> Result<Draft> {
    let attributes = &document.attributes;
    // A key that is spelled with escapes is not cut out. Nobody does that by accident.
    for (name, text) in [("state", &attributes.state), ("json-state", &attributes.json_state)] {
        if text.as_deref().is_some_and(|text| !text.is_empty()) {
            return Err(Error::invalid(name, format!("write the key \"{name}\" as it is")));
        }
    }
    if !inline && attributes.json_state.is_some() && attributes.state.as_deref() == Some("") {
        return Err(Error::invalid("state", "the state is empty"));
    }
    let run = document.relationships.one("run")?.and_then(|run| run.id.parse::<RunId>().ok());
    Ok(Draft {
        serial: attributes.serial,
        md5: attributes.md5.as_deref().map(str::to_ascii_lowercase),
        lineage: attributes.lineage.clone(),
        force: attributes.force.unwrap_or(false),
        announced: announced(attributes.json_state_outputs.as_deref().unwrap_or_default())?,
        run,
        rollback_of: None,
    })
}

/// Names and sensitivity of the outputs that are announced.
fn announced(text: &str) -> Result<Vec<(String, bool)>> {
    const FIELD: &str = "json-state-outputs";
    // The commonest by far, `{}`.
    if text.is_empty() || text == "e30=" {
        return Ok(Vec::new());
    }
    let bytes = base64_stream::decode(FIELD, text)?;
    let outputs: Option<BTreeMap<String, Announced>> = serde_json::from_slice(&bytes)
        .map_err(|_| Error::invalid(FIELD, "the outputs are not a JSON object of outputs"))?;
    let outputs = outputs.unwrap_or_default().into_iter();
    let plain = outputs.filter(|(name, _)| !name.contains('\0'));
    Ok(plain.map(|(name, output)| (name, output.sensitive.unwrap_or(false))).collect())
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn announced_outputs_keep_their_names_only() {
        let encode = |text: &str| STANDARD.encode(text);
        assert!(announced("").unwrap().is_empty());
        assert!(announced("e30=").unwrap().is_empty());
        assert!(announced(&encode("null")).unwrap().is_empty());
        assert_eq!(
            announced(&encode(
                r#"{"b":{"sensitive":true,"value":"x","type":"string"},"a":{"value":1}}"#
            ))
            .unwrap(),
            [("a".to_owned(), false), ("b".to_owned(), true)]
        );
        for text in ["!", &encode("[]"), &encode("{"), &encode(r#"{"a":1}"#)] {
            let error = announced(text).unwrap_err();
            let pointer = error.details()[0].pointer.as_deref();
            assert_eq!(pointer, Some("/data/attributes/json-state-outputs"), "{text}");
        }
    }
}
