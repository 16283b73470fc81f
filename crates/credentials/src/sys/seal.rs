//! The seal: `init`, `unseal`, `seal`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::status::{ANY, seal_status, wrong_method};
use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    seal::Division,
};

/// What the command line asks for.
const SHARES: i64 = 5;
const THRESHOLD: i64 = 3;

const INIT: &[Field] = &[
    Field {
        name: "secret_shares",
        kind: FieldKind::Integer,
        description: "In how many shares the key is given out. Five unless said.",
    },
    Field {
        name: "secret_threshold",
        kind: FieldKind::Integer,
        description: "How many of them unseal. Three unless said.",
    },
    Field {
        name: "stored_shares",
        kind: FieldKind::Integer,
        description: "Without effect: no share is kept here.",
    },
    Field { name: "pgp_keys", kind: FieldKind::Texts, description: "Not supported." },
    Field { name: "root_token_pgp_key", kind: FieldKind::Text, description: "Not supported." },
    Field {
        name: "recovery_shares",
        kind: FieldKind::Integer,
        description: "Only for seals that open themselves.",
    },
    Field {
        name: "recovery_threshold",
        kind: FieldKind::Integer,
        description: "Only for seals that open themselves.",
    },
    Field {
        name: "recovery_pgp_keys",
        kind: FieldKind::Texts,
        description: "Only for seals that open themselves.",
    },
];
const UNSEAL: &[Field] = &[
    Field {
        name: "key",
        kind: FieldKind::Text,
        description: "A share, in hexadecimal digits or in base64.",
    },
    Field {
        name: "reset",
        kind: FieldKind::Boolean,
        description: "Whether to forget the shares that were given so far.",
    },
    Field {
        name: "migrate",
        kind: FieldKind::Boolean,
        description: "Without effect: seals are changed on the server's own machine.",
    },
];

pub(super) static PATHS: [PathDefinition; 3] = [
    PathDefinition::new(
        "seal.init",
        Pattern(&[Piece::Is("init")]),
        INIT,
        ANY,
        "Makes the key and its shares, once.",
        "Says whether the server is initialized, or initializes it: the key is made, and its \
         shares and a root token are given out, once. Only where the server's settings say that \
         people hold the key; elsewhere the first start has done it.",
    )
    .open(),
    PathDefinition::new(
        "seal.unseal",
        Pattern(&[Piece::Is("unseal")]),
        UNSEAL,
        ANY,
        "Unseals this server, share by share.",
        "Takes a share of the key. With enough of them this server has the key in its memory and \
         answers until it ends or is sealed.",
    )
    .open(),
    PathDefinition::new(
        "seal.seal",
        Pattern(&[Piece::Is("seal")]),
        &[],
        &[Operation::Update],
        "Seals this side.",
        "Forgets the key, at every server: nothing under /v1/ answers until they are unsealed, or, \
         where the master key opens the seal, until they start again.",
    )
    .sudo(),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match (call.path.name, call.operation) {
        ("seal.init", Operation::Read) => {
            let initialized = call.core.written_seal().await?.is_some();
            Ok(Some(Response::bare(json!({ "initialized": initialized }))))
        }
        ("seal.init", Operation::Update) => init(call).await,
        ("seal.unseal", Operation::Update) => unseal(call).await,
        ("seal.seal", _) => {
            call.core.seal_everywhere(call.context).await?;
            Ok(None)
        }
        _ => Err(wrong_method()),
    }
}

async fn init(call: &Call<'_>) -> Answer {
    if call.core.written_seal().await?.is_some() {
        return Err(Fault::refused("Vault is already initialized"));
    }
    let given = |name: &str| -> Result<bool, Fault> {
        Ok(call.input.integer(name)?.is_some_and(|number| number != 0))
    };
    if given("recovery_shares")? || given("recovery_threshold")? {
        return Err(Fault::refused(
            "parameters recovery_shares,recovery_threshold not applicable to seal type shamir",
        ));
    }
    refuse_pgp(call, &["pgp_keys", "recovery_pgp_keys", "root_token_pgp_key"])?;
    let initialized = call.core.initialize(division(call)?, call.context).await?;
    let (keys, keys_base64) = written(&initialized.shares);
    Ok(Some(Response::bare(json!({
        "keys": keys,
        "keys_base64": keys_base64,
        "root_token": initialized.root_token.expose(),
    }))))
}

/// How many shares are asked for.
pub(super) fn division(call: &Call<'_>) -> Result<Division, Fault> {
    Division::checked(
        call.input.integer("secret_shares")?.unwrap_or(SHARES),
        call.input.integer("secret_threshold")?.unwrap_or(THRESHOLD),
    )
}

pub(super) fn refuse_pgp(call: &Call<'_>, names: &[&str]) -> Result<(), Fault> {
    for name in names {
        if call.input.texts(name)?.is_some_and(|keys| keys.iter().any(|key| !key.is_empty())) {
            return Err(Fault::refused(format!(
                "{name} is not supported: shares and tokens are not encrypted for their holders"
            )));
        }
    }
    Ok(())
}

/// A share that was sent, and the attempt that it is for.
pub(super) fn share(call: &Call<'_>) -> Result<(String, String), Fault> {
    let key = call.input.text_or_empty("key")?;
    if key.is_empty() {
        return Err(Fault::refused("'key' must be specified in request body as JSON"));
    }
    Ok((key, call.input.text_or_empty("nonce")?))
}

/// Shares as they are given out: in hexadecimal digits, and in base64.
pub(super) fn written(shares: &[barrier::shamir::SecretBytes]) -> (Vec<String>, Vec<String>) {
    let hex = |share: &barrier::shamir::SecretBytes| barrier::hex(share.expose());
    let base64 = |share: &barrier::shamir::SecretBytes| STANDARD.encode(share.expose());
    (shares.iter().map(hex).collect(), shares.iter().map(base64).collect())
}

async fn unseal(call: &Call<'_>) -> Answer {
    if call.input.boolean("reset")?.unwrap_or_default() {
        call.core.stop_unsealing();
    } else {
        let key = call.input.text_or_empty("key")?;
        if key.is_empty() {
            return Err(Fault::refused(
                "'key' must be specified in request body as JSON, or 'reset' set to true",
            ));
        }
        call.core.unseal_with(&key, call.context).await?;
    }
    let status: Value = seal_status(call.core).await?;
    Ok(Some(Response::bare(status)))
}
