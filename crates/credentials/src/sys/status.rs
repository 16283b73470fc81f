//! How the server is: `health`, `seal-status`, `leader`, `key-status`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    Credentials, Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece, parse_bool},
    response::Response,
    seal::{Gathering, SealKind},
};

/// What clients are told that they speak to: they decide by it what they may send. It is the
/// version of the API that is spoken here, and not this product's own.
pub(crate) const API_VERSION: &str = "2.2.0";

const fn code(name: &'static str) -> Field {
    Field {
        name,
        kind: FieldKind::Text,
        description: "Another status to answer with in that case.",
    }
}

const HEALTH: &[Field] = &[
    code("standbyok"),
    code("perfstandbyok"),
    code("activecode"),
    code("standbycode"),
    code("drsecondarycode"),
    code("performancestandbycode"),
    code("sealedcode"),
    code("uninitcode"),
];

const ROTATE: &str = "Another key for what is sealed from now on.";
const NOT_ROTATED: &str = "The key is not rotated: it seals with random nonces of 192 bits, so that \
     it need not be replaced after so many uses. New shares of it are made with rekey.";

/// All that a path without a token must answer to: a wrong method has its own, wordless answer
/// there.
pub(super) const ANY: &[Operation] =
    &[Operation::Read, Operation::List, Operation::Update, Operation::Patch, Operation::Delete];

pub(super) static PATHS: [PathDefinition; 7] = [
    PathDefinition::new(
        "status.health",
        Pattern(&[Piece::Is("health")]),
        HEALTH,
        ANY,
        "How the server is.",
        "Answers 200 while the server works, 501 before it is initialized, 503 while it is sealed.",
    )
    .open(),
    PathDefinition::new(
        "status.seal",
        Pattern(&[Piece::Is("seal-status")]),
        &[],
        ANY,
        "Whether the server is sealed.",
        "Says how the key is kept, and how many shares are still missing.",
    )
    .open(),
    PathDefinition::new(
        "status.leader",
        Pattern(&[Piece::Is("leader")]),
        &[],
        ANY,
        "Which server leads.",
        "Every server of an installation answers everything, so each says that it leads.",
    )
    .open(),
    PathDefinition::new(
        "status.servers",
        Pattern(&[Piece::Is("ha-status")]),
        &[],
        &[Operation::Read],
        "The servers of this installation.",
        "Lists the server that answers: each answers everything, and none waits for another.",
    ),
    PathDefinition::new(
        "status.rotate",
        Pattern(&[Piece::Is("rotate")]),
        &[],
        &[Operation::Update],
        ROTATE,
        NOT_ROTATED,
    )
    .sudo(),
    PathDefinition::new(
        "status.rotate",
        Pattern(&[Piece::Is("rotate"), Piece::Is("keyring")]),
        &[],
        &[Operation::Update],
        ROTATE,
        NOT_ROTATED,
    )
    .sudo(),
    PathDefinition::new(
        "status.key",
        Pattern(&[Piece::Is("key-status")]),
        &[],
        &[Operation::Read],
        "Since when the key is used.",
        "Says how old the key is that seals what mounts keep.",
    ),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match call.path.name {
        "status.rotate" => Err(Fault::refused(NOT_ROTATED)),
        _ if call.operation != Operation::Read => Err(wrong_method()),
        "status.health" => health(call).await,
        "status.seal" => Ok(Some(Response::bare(seal_status(call.core).await?))),
        "status.leader" => Ok(Some(leader(call))),
        "status.servers" => Ok(Some(servers(call))),
        "status.key" => key_status(call).await,
        _ => Err(Fault::UnsupportedPath),
    }
}

/// The wordless answer of a path without a token to a wrong method.
pub(super) const fn wrong_method() -> Fault {
    Fault::Status(StatusCode::METHOD_NOT_ALLOWED, String::new())
}

/// The document that `seal-status`, `unseal` and the command line's `status` read.
pub(super) async fn seal_status(core: &Credentials) -> Result<Value, Fault> {
    let written = core.written_seal().await?;
    let kind = written.as_ref().map_or(core.settings().seal, |seal| seal.kind);
    let sealed = core.seal().is_sealed();
    let (progress, nonce) = core.seal().gathered().unsealing.as_ref().map_or_else(
        || (0, String::new()),
        |gathering: &Gathering<()>| (gathering.progress(), gathering.nonce.clone()),
    );
    let mut status = json!({
        "type": kind.as_str(),
        "initialized": written.is_some(),
        "sealed": sealed,
        "t": written.as_ref().map_or(0, |seal| seal.threshold),
        "n": written.as_ref().map_or(0, |seal| seal.shares),
        "progress": progress,
        "nonce": nonce,
        "version": API_VERSION,
        "build_date": "",
        "commit_date": "",
        "migration": false,
        "recovery_seal": kind == SealKind::Static,
        "storage_type": "stateward",
    });
    if let (Some(seal), Some(status), false) = (&written, status.as_object_mut(), sealed) {
        status.insert("cluster_name".to_owned(), json!("stateward"));
        status.insert("cluster_id".to_owned(), json!(seal.cluster_id));
    }
    Ok(status)
}

async fn health(call: &Call<'_>) -> Answer {
    let status = |name: &str, usual: StatusCode| -> Result<StatusCode, Fault> {
        let wrong = || Fault::Status(StatusCode::BAD_REQUEST, String::new());
        match call.input.text_or_empty(name)?.as_str() {
            "" => Ok(usual),
            text => {
                text.parse().ok().and_then(|code| StatusCode::from_u16(code).ok()).ok_or_else(wrong)
            }
        }
    };
    // Read also where they change nothing, so that a wrong one is always noticed.
    let uninitialized = status("uninitcode", StatusCode::NOT_IMPLEMENTED)?;
    let when_sealed = status("sealedcode", StatusCode::SERVICE_UNAVAILABLE)?;
    let active = status("activecode", StatusCode::OK)?;
    status("standbycode", StatusCode::TOO_MANY_REQUESTS)?;
    for name in ["standbyok", "perfstandbyok"] {
        let text = call.input.text_or_empty(name)?;
        if !text.is_empty() && parse_bool(&text).is_none() {
            return Err(Fault::refused(format!("bad value for {name} parameter: {text:?}")));
        }
    }
    let written = call.core.written_seal().await?;
    let sealed = call.core.seal().is_sealed();
    let replication = if sealed { "unknown" } else { "disabled" };
    let mut document = json!({
        "initialized": written.is_some(),
        "sealed": sealed,
        // Who is sealed does not lead.
        "standby": sealed,
        "performance_standby": false,
        "replication_performance_mode": replication,
        "replication_dr_mode": replication,
        "server_time_utc": call.context.now.as_seconds(),
        "version": API_VERSION,
    });
    if let (Some(seal), Some(document), false) = (&written, document.as_object_mut(), sealed) {
        document.insert("cluster_name".to_owned(), json!("stateward"));
        document.insert("cluster_id".to_owned(), json!(seal.cluster_id));
    }
    let status = match (&written, sealed) {
        (None, _) => uninitialized,
        (Some(_), true) => when_sealed,
        (Some(_), false) => active,
    };
    Ok(Some(Response { bare: Some((status, document)), ..Response::default() }))
}

fn leader(call: &Call<'_>) -> Response {
    Response::bare(json!({
        "ha_enabled": false,
        "is_self": true,
        "active_time": "0001-01-01T00:00:00Z",
        "leader_address": call.core.settings().external_url,
        "leader_cluster_address": "",
        "performance_standby": false,
        "performance_standby_last_remote_wal": 0,
    }))
}

fn servers(call: &Call<'_>) -> Response {
    let url = &call.core.settings().external_url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let server = json!({
        "hostname": host,
        "api_address": url,
        "cluster_address": "",
        "active_node": true,
        "last_echo": null,
        "version": API_VERSION,
    });
    Response::data(json!({ "nodes": [server] })).flat()
}

async fn key_status(call: &Call<'_>) -> Answer {
    let written = call.core.written_seal().await?.ok_or(Fault::Sealed)?;
    let status = json!({ "term": 1, "install_time": written.created_at, "encryptions": 0 });
    Ok(Some(Response::data(status).flat()))
}
