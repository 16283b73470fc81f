//! Leases: `leases/…`, and the older `renew` and `revoke`.

use db::Tx;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{self, Is, MaybeSlash, Rest, RestOrNothing},
    },
    lease::StoredLease,
    leases::Revocation,
    paging,
    response::{Lease, Response},
    store,
};

/// How many leases are listed that could not be revoked.
const LIST_LIMIT: u32 = 100_000;

const FIELDS: &[Field] = &[
    Field { name: "lease_id", kind: FieldKind::Text, description: "The lease's id." },
    Field {
        name: "url_lease_id",
        kind: FieldKind::Text,
        description: "The lease's id, in the path.",
    },
    Field {
        name: "increment",
        kind: FieldKind::Duration,
        description: "For how long the lease shall be good from now on.",
    },
    Field {
        name: "sync",
        kind: FieldKind::Boolean,
        description: "Whether to wait until it is done.",
    },
];
const PREFIX: &[Field] = &[
    Field { name: "prefix", kind: FieldKind::Text, description: "What the ids begin with." },
    Field {
        name: "sync",
        kind: FieldKind::Boolean,
        description: "Whether to wait until it is done.",
    },
];
const COUNT: &[Field] = &[
    Field { name: "type", kind: FieldKind::Text, description: "irrevocable, or nothing for all." },
    Field {
        name: "limit",
        kind: FieldKind::Text,
        description: "How many to list at most; none for all.",
    },
    Field {
        name: "include_child_namespaces",
        kind: FieldKind::Boolean,
        description: "Without effect: there are no namespaces here.",
    },
];

const UPDATE: &[Operation] = &[Operation::Update];
const READ: &[Operation] = &[Operation::Read];

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

pub(super) static PATHS: [PathDefinition; 13] = [
    at("leases.list", &[Is("leases"), Is("lookup"), Rest("prefix")], PREFIX, &[Operation::List], "The leases below a prefix.", "Lists the ids of leases, folder by folder.").sudo(),
    at("leases.list", &[Is("leases"), Is("lookup"), MaybeSlash], FIELDS, &[Operation::Update, Operation::List], "Shows a lease, or lists all.", "With an id, shows when a lease was given and until when it lasts."),
    at("leases.renew", &[Is("leases"), Is("renew"), RestOrNothing("url_lease_id")], FIELDS, UPDATE, "Renews a lease.", "Makes a lease last longer. An increment sets what remains, it does not add to it."),
    at("leases.revoke-prefix", &[Is("leases"), Is("revoke-prefix"), Rest("prefix")], PREFIX, UPDATE, "Revokes all leases below a prefix.", "Ends every secret and every login below a path.").sudo(),
    at("leases.revoke-force", &[Is("leases"), Is("revoke-force"), Rest("prefix")], PREFIX, UPDATE, "Forgets all leases below a prefix.", "Tries to revoke them, and forgets them whether that works or not. What they were for may live on where it was made.").sudo(),
    at("leases.revoke", &[Is("leases"), Is("revoke"), RestOrNothing("url_lease_id")], FIELDS, UPDATE, "Revokes a lease.", "Ends a secret before its time."),
    at("leases.count", &[Is("leases"), Is("count")], COUNT, READ, "How many leases there are.", "Counts leases by mount; those that could not be revoked with type=irrevocable."),
    at("leases.tidy", &[Is("leases"), Is("tidy")], &[], UPDATE, "Looks for what is left over.", "Nothing is ever left over here; this is answered for the clients that ask."),
    at("leases.irrevocable", &[Is("leases"), MaybeSlash], COUNT, &[Operation::Read, Operation::List], "Leases that could not be revoked.", "Lists the leases whose revocation was given up, with the reason.").sudo(),
    at("leases.renew", &[Is("renew"), RestOrNothing("url_lease_id")], FIELDS, UPDATE, "Renews a lease.", "The same as leases/renew, as older clients ask for it."),
    at("leases.revoke-prefix", &[Is("revoke-prefix"), Rest("prefix")], PREFIX, UPDATE, "Revokes all leases below a prefix.", "The same as leases/revoke-prefix, as older clients ask for it.").sudo(),
    at("leases.revoke-force", &[Is("revoke-force"), Rest("prefix")], PREFIX, UPDATE, "Forgets all leases below a prefix.", "The same as leases/revoke-force, as older clients ask for it.").sudo(),
    at("leases.revoke", &[Is("revoke"), RestOrNothing("url_lease_id")], FIELDS, UPDATE, "Revokes a lease.", "The same as leases/revoke, as older clients ask for it."),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match (call.path.name, call.operation) {
        ("leases.list", Operation::List) => list(call).await,
        ("leases.list", _) => lookup(call).await,
        ("leases.renew", _) => renew(call).await,
        ("leases.revoke", _) => revoke(call).await,
        ("leases.revoke-prefix", _) => revoke_prefix(call).await,
        ("leases.revoke-force", _) => {
            let prefix = call.input.text_or_empty("prefix")?;
            call.core.revoke_leases_under(&prefix, Revocation::Forced, call.context).await?;
            Ok(None)
        }
        ("leases.count", _) => count(call).await,
        ("leases.irrevocable", _) => irrevocable(call).await,
        ("leases.tidy", _) => Ok(Some(tidied())),
        _ => Err(Fault::UnsupportedPath),
    }
}

fn tidied() -> Response {
    let warning = "Tidy operation successfully started. Any information from the operation will \
                   be printed to the server logs.";
    Response::default().warn(warning).with_status(StatusCode::ACCEPTED)
}

/// Queued: 202 without a body.
fn accepted() -> Response {
    Response { bare: Some((StatusCode::ACCEPTED, Value::Null)), ..Response::default() }
}

fn id_of(call: &Call<'_>) -> Result<String, Fault> {
    let in_path = call.input.text_or_empty("url_lease_id")?;
    let id = if in_path.is_empty() { call.input.text_or_empty("lease_id")? } else { in_path };
    if id.is_empty() { Err(Fault::refused("lease_id must be specified")) } else { Ok(id) }
}

async fn lookup(call: &Call<'_>) -> Answer {
    let lease = call.core.find_lease(&id_of(call)?).await?;
    let lease = lease.ok_or_else(|| Fault::refused("invalid lease"))?;
    Ok(Some(Response::data(shown(&lease, call))))
}

fn shown(lease: &StoredLease, call: &Call<'_>) -> Value {
    json!({
        "id": lease.id,
        "path": lease.id.rsplit_once('/').map_or("", |(path, _)| path),
        "issue_time": lease.issued_at,
        "expire_time": lease.expires_at,
        "last_renewal": lease.last_renewal_at,
        "renewable": lease.renewable && lease.revoke_at.is_some(),
        "ttl": lease.expires_at.since(call.context.now).as_secs(),
    })
}

/// The next part of each id below a prefix; what has more parts ends in a slash.
async fn list(call: &Call<'_>) -> Answer {
    let prefix = call.input.text_or_empty("prefix")?;
    let prefix = match prefix.trim_end_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let (behind, limit) = paging::range(&call.request.data);
    let parts = move |tx: &mut Tx<'_>| store::lease_parts(tx, &prefix, &behind, limit);
    Ok(Some(Response::keys(call.core.db().read(parts).await?)))
}

async fn renew(call: &Call<'_>) -> Answer {
    let increment = call.input.duration("increment")?;
    let (lease, grant) = call.core.renew_lease(&id_of(call)?, increment, call.context).await?;
    let lease = Lease { id: lease.id, ttl: grant.ttl, renewable: lease.renewable };
    let response = Response { lease: Some(lease), ..Response::default() };
    Ok(Some(grant.warnings.into_iter().fold(response, Response::warn)))
}

fn revocation(call: &Call<'_>) -> Result<Revocation, Fault> {
    // Clients of the API, who say nothing, wait; the command line says that it does not.
    let sync = call.input.boolean("sync")?.unwrap_or(true);
    Ok(if sync { Revocation::Now } else { Revocation::Queued })
}

async fn revoke(call: &Call<'_>) -> Answer {
    let revocation = revocation(call)?;
    call.core.revoke_lease(&id_of(call)?, revocation, call.context).await?;
    Ok((revocation == Revocation::Queued).then(accepted))
}

async fn revoke_prefix(call: &Call<'_>) -> Answer {
    let revocation = revocation(call)?;
    let prefix = call.input.text_or_empty("prefix")?;
    call.core.revoke_leases_under(&prefix, revocation, call.context).await?;
    Ok((revocation == Revocation::Queued).then(accepted))
}

async fn count(call: &Call<'_>) -> Answer {
    let given_up = match call.input.text_or_empty("type")?.as_str() {
        "" => false,
        "irrevocable" => true,
        _ => return Err(Fault::refused("the only type of leases that is counted is irrevocable")),
    };
    let counts = call.core.db().read(move |tx| store::count_leases(tx, given_up)).await?;
    let known = call.core.known();
    let path = |uuid: &str| {
        let mount = known.mounts.iter().find(|mount| mount.uuid == uuid);
        mount.map_or_else(|| uuid.to_owned(), |mount| mount.path.clone())
    };
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let by_mount: serde_json::Map<String, Value> =
        counts.iter().map(|(mount, count)| (path(mount), json!(count))).collect();
    Ok(Some(Response::data(json!({ "lease_count": total, "counts": by_mount }))))
}

async fn irrevocable(call: &Call<'_>) -> Answer {
    let kind = call.input.text_or_empty("type")?;
    if !matches!(kind.as_str(), "irrevocable" | "") {
        return Err(Fault::refused("the only type of leases that is listed is irrevocable"));
    }
    let limit = match call.input.text_or_empty("limit")?.as_str() {
        "none" => LIST_LIMIT,
        text => text.parse().unwrap_or(1_000),
    };
    let leases = call.core.db().read(move |tx| store::given_up_leases(tx, limit)).await?;
    let rows: Vec<Value> = leases
        .iter()
        .map(|lease| json!({ "lease_id": lease.id, "error": lease.last_error }))
        .collect();
    Ok(Some(Response::data(json!({ "lease_count": rows.len(), "leases": rows }))))
}
