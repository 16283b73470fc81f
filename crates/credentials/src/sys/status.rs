//! How the server is: `health`, `seal-status`, `leader`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    Credentials, Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    sql,
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

pub(super) static PATHS: [PathDefinition; 5] = [
    PathDefinition::new(
        "status.health",
        Pattern(&[Piece::Is("health")]),
        HEALTH,
        &[Operation::Read],
        "How the server is.",
        "Answers 200 while the server works, 501 before it is initialized, 503 while it is sealed.",
    )
    .open(),
    PathDefinition::new(
        "status.seal",
        Pattern(&[Piece::Is("seal-status")]),
        &[],
        &[Operation::Read],
        "Whether the server is sealed.",
        "Says how the key is kept, and how many shares are still missing.",
    )
    .open(),
    PathDefinition::new(
        "status.leader",
        Pattern(&[Piece::Is("leader")]),
        &[],
        &[Operation::Read],
        "Which server leads.",
        "Every server of an installation answers everything, so each says that it leads.",
    )
    .open(),
    PathDefinition::new(
        "status.seal-now",
        Pattern(&[Piece::Is("seal")]),
        &[],
        &[Operation::Update],
        "Seals this side.",
        "Forgets the key: nothing under /v1/ answers until the server starts again.",
    )
    .sudo(),
    PathDefinition::new(
        "status.unseal",
        Pattern(&[Piece::Is("unseal")]),
        &[],
        &[Operation::Update],
        "Unseals this side.",
        "The key stands under the server's master key, so a start unseals it.",
    )
    .open(),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match call.path.name {
        "status.seal-now" => {
            call.core.seal().seal();
            tracing::warn!("the credential engine is sealed until this server starts again");
            Ok(None)
        }
        "status.unseal" if call.core.seal().is_sealed() => Err(Fault::refused(
            "this server opens its seal with the master key when it starts: restart it",
        )),
        "status.health" => health(call).await,
        "status.seal" | "status.unseal" => Ok(Some(Response::bare(seal_status(call.core).await?))),
        "status.leader" => Ok(Some(leader(call))),
        _ => Err(Fault::UnsupportedPath),
    }
}

/// What is written down about the seal.
pub(super) struct Written {
    pub(super) kind: String,
    pub(super) shares: i64,
    pub(super) threshold: i64,
    pub(super) cluster_id: String,
}

pub(super) async fn written(core: &Credentials) -> Result<Option<Written>, Fault> {
    Ok(core
        .db()
        .read(|tx| {
            Ok(tx.query_optional(&sql::FIND_SEAL, &[], |row| {
                Ok(Written {
                    kind: row.text(0)?,
                    shares: row.int(2)?,
                    threshold: row.int(3)?,
                    cluster_id: row.text(4)?,
                })
            })?)
        })
        .await?)
}

/// The document that `seal-status`, `unseal` and the command line's `status` read.
pub(super) async fn seal_status(core: &Credentials) -> Result<Value, Fault> {
    let written = written(core).await?;
    let kind = written.as_ref().map_or(core.settings().seal.as_str(), |seal| seal.kind.as_str());
    let mut status = json!({
        "type": kind,
        "initialized": written.is_some(),
        "sealed": core.seal().is_sealed(),
        "t": written.as_ref().map_or(0, |seal| seal.threshold),
        "n": written.as_ref().map_or(0, |seal| seal.shares),
        "progress": 0,
        "nonce": "",
        "version": API_VERSION,
        "build_date": "",
        "commit_date": "",
        "migration": false,
        "recovery_seal": kind != "shamir",
        "storage_type": "stateward",
    });
    if let (Some(seal), Some(status), false) =
        (&written, status.as_object_mut(), core.seal().is_sealed())
    {
        status.insert("cluster_name".to_owned(), json!("stateward"));
        status.insert("cluster_id".to_owned(), json!(seal.cluster_id));
    }
    Ok(status)
}

async fn health(call: &Call<'_>) -> Answer {
    let written = written(call.core).await?;
    let sealed = call.core.seal().is_sealed();
    let (name, usual) = match (&written, sealed) {
        (None, _) => ("uninitcode", StatusCode::NOT_IMPLEMENTED),
        (Some(_), true) => ("sealedcode", StatusCode::SERVICE_UNAVAILABLE),
        (Some(_), false) => ("activecode", StatusCode::OK),
    };
    let wanted = call.input.text_or_empty(name)?;
    let status = wanted.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
    let document = json!({
        "initialized": written.is_some(),
        "sealed": sealed,
        "standby": false,
        "performance_standby": false,
        "replication_performance_mode": "disabled",
        "replication_dr_mode": "disabled",
        "server_time_utc": call.context.now.as_seconds(),
        "version": API_VERSION,
        "cluster_name": "stateward",
        "cluster_id": written.map_or_else(String::new, |seal| seal.cluster_id),
    });
    let bare = Some((status.unwrap_or(usual), document));
    Ok(Some(Response { bare, ..Response::default() }))
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
