//! Other shares of the key: `rekey`, and `rotate/root` as newer clients ask for it.

use serde_json::{Value, json};

use super::seal::{division, refuse_pgp, share, written};
use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    seal::Rekeying,
};

const INIT: &[Field] = &[
    Field {
        name: "secret_shares",
        kind: FieldKind::Integer,
        description: "How many new shares there shall be. Five unless said.",
    },
    Field {
        name: "secret_threshold",
        kind: FieldKind::Integer,
        description: "How many of them shall unseal. Three unless said.",
    },
    Field {
        name: "stored_shares",
        kind: FieldKind::Integer,
        description: "Without effect: no share is kept here.",
    },
    Field { name: "pgp_keys", kind: FieldKind::Texts, description: "Not supported." },
    Field {
        name: "backup",
        kind: FieldKind::Boolean,
        description: "Without effect: there is nothing to keep without PGP keys.",
    },
    Field {
        name: "require_verification",
        kind: FieldKind::Boolean,
        description: "Not supported: the new shares count at once.",
    },
];
const UPDATE: &[Field] = &[
    Field { name: "key", kind: FieldKind::Text, description: "One of the old shares." },
    Field { name: "nonce", kind: FieldKind::Text, description: "Which attempt it is for." },
];
const STAGES: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];

const INIT_SYNOPSIS: &str = "New shares of the key.";
const INIT_DESCRIPTION: &str =
    "Begins to make new shares of the same key, says how far that is, or leaves it.";
const UPDATE_SYNOPSIS: &str = "Takes one of the old shares for new ones.";
const UPDATE_DESCRIPTION: &str =
    "With enough of the old shares, answers with the new ones, and the old ones open nothing more.";

pub(super) static PATHS: [PathDefinition; 4] = [
    PathDefinition::new(
        "rekey.bare.init",
        Pattern(&[Piece::Is("rekey"), Piece::Is("init")]),
        INIT,
        STAGES,
        INIT_SYNOPSIS,
        INIT_DESCRIPTION,
    ),
    PathDefinition::new(
        "rekey.bare.update",
        Pattern(&[Piece::Is("rekey"), Piece::Is("update")]),
        UPDATE,
        &[Operation::Update],
        UPDATE_SYNOPSIS,
        UPDATE_DESCRIPTION,
    ),
    PathDefinition::new(
        "rekey.init",
        Pattern(&[Piece::Is("rotate"), Piece::Is("root"), Piece::Is("init")]),
        INIT,
        STAGES,
        INIT_SYNOPSIS,
        INIT_DESCRIPTION,
    ),
    PathDefinition::new(
        "rekey.update",
        Pattern(&[Piece::Is("rotate"), Piece::Is("root"), Piece::Is("update")]),
        UPDATE,
        &[Operation::Update],
        UPDATE_SYNOPSIS,
        UPDATE_DESCRIPTION,
    ),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    let updates = call.path.name.ends_with("update");
    let document = match call.operation {
        Operation::Delete => {
            call.core.cancel_rekeying();
            return Ok(None);
        }
        Operation::Update if updates => {
            let (key, nonce) = share(call)?;
            let rekeying = call.core.continue_rekeying(&key, &nonce, call.context).await?;
            completed(&rekeying).unwrap_or_else(|| shown(&rekeying))
        }
        Operation::Update => {
            refuse_pgp(call, &["pgp_keys"])?;
            if call.input.boolean("require_verification")?.unwrap_or_default() {
                return Err(Fault::refused("require_verification is not supported"));
            }
            shown(&call.core.begin_rekeying(division(call)?).await?)
        }
        _ => shown(&call.core.rekeying().await?),
    };
    Ok(Some(if call.path.name.starts_with("rekey.bare") {
        Response::bare(document)
    } else {
        Response::data(document)
    }))
}

fn shown(rekeying: &Rekeying) -> Value {
    let (nonce, t, n) = rekeying.begun.as_ref().map_or(("", 0, 0), |(nonce, division)| {
        (nonce.as_str(), division.threshold, division.shares)
    });
    json!({
        "nonce": nonce,
        "started": rekeying.begun.is_some(),
        "t": t,
        "n": n,
        "progress": rekeying.progress,
        "required": rekeying.required,
        "pgp_fingerprints": null,
        "backup": false,
        "verification_required": false,
        "verification_nonce": "",
    })
}

fn completed(rekeying: &Rekeying) -> Option<Value> {
    let (keys, keys_base64) = written(rekeying.new_shares.as_ref()?);
    let nonce = rekeying.begun.as_ref().map_or("", |(nonce, _)| nonce.as_str());
    Some(json!({
        "nonce": nonce,
        "complete": true,
        "keys": keys,
        "keys_base64": keys_base64,
        "pgp_fingerprints": null,
        "backup": false,
        "verification_required": false,
        "verification_nonce": "",
    }))
}
