//! A root token by shares: `generate-root`, and `generate-root-token` as newer clients ask for it.

use serde_json::{Value, json};

use super::seal::{refuse_pgp, share};
use crate::{
    Operation,
    backend::{Answer, Call},
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    seal::{Attempt, mask_length},
};

const ATTEMPT: &[Field] = &[
    Field {
        name: "otp",
        kind: FieldKind::Text,
        description: "The mask that the token is given out under; it is made up unless given.",
    },
    Field { name: "pgp_key", kind: FieldKind::Text, description: "Not supported." },
];
const UPDATE: &[Field] = &[
    Field { name: "key", kind: FieldKind::Text, description: "A share of the key." },
    Field { name: "nonce", kind: FieldKind::Text, description: "Which attempt it is for." },
];
const ATTEMPTS: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];

const ATTEMPT_SYNOPSIS: &str = "An attempt at a root token.";
const ATTEMPT_DESCRIPTION: &str = "Begins an attempt, says how it stands, or ends it. Whoever \
     begins it holds the mask that the token is given out under.";
const UPDATE_SYNOPSIS: &str = "Takes a share for a root token.";
const UPDATE_DESCRIPTION: &str =
    "With enough shares, answers with a new root token under the mask of the attempt.";

pub(super) static PATHS: [PathDefinition; 4] = [
    // The shares are what opens these, and whoever needs them may have no token.
    PathDefinition::new(
        "root-token.bare.attempt",
        Pattern(&[Piece::Is("generate-root"), Piece::Is("attempt")]),
        ATTEMPT,
        ATTEMPTS,
        ATTEMPT_SYNOPSIS,
        ATTEMPT_DESCRIPTION,
    )
    .open(),
    PathDefinition::new(
        "root-token.bare.update",
        Pattern(&[Piece::Is("generate-root"), Piece::Is("update")]),
        UPDATE,
        &[Operation::Update],
        UPDATE_SYNOPSIS,
        UPDATE_DESCRIPTION,
    )
    .open(),
    PathDefinition::new(
        "root-token.attempt",
        Pattern(&[Piece::Is("generate-root-token"), Piece::Is("attempt")]),
        ATTEMPT,
        ATTEMPTS,
        ATTEMPT_SYNOPSIS,
        ATTEMPT_DESCRIPTION,
    ),
    PathDefinition::new(
        "root-token.update",
        Pattern(&[Piece::Is("generate-root-token"), Piece::Is("update")]),
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
            call.core.cancel_root_attempt();
            return Ok(None);
        }
        Operation::Update if updates => {
            let (key, nonce) = share(call)?;
            shown(&call.core.continue_root_attempt(&key, &nonce).await?, "")
        }
        Operation::Update => {
            refuse_pgp(call, &["pgp_key"])?;
            let mask = call.core.begin_root_attempt(call.input.text_or_empty("otp")?).await?;
            shown(&call.core.root_attempt().await?, mask.expose())
        }
        _ => shown(&call.core.root_attempt().await?, ""),
    };
    Ok(Some(if call.path.name.starts_with("root-token.bare") {
        Response::bare(document)
    } else {
        Response::data(document)
    }))
}

fn shown(attempt: &Attempt, mask: &str) -> Value {
    let token = attempt.encoded_token.as_deref().unwrap_or_default();
    json!({
        "nonce": attempt.nonce.as_deref().unwrap_or_default(),
        "started": attempt.nonce.is_some(),
        "progress": attempt.progress,
        "required": attempt.required,
        "complete": attempt.encoded_token.is_some(),
        "encoded_token": token,
        "encoded_root_token": token,
        "pgp_fingerprint": "",
        "otp": mask,
        "otp_length": mask_length(),
    })
}
