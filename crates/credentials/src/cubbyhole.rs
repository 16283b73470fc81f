//! `cubbyhole/`: a place of its own for every token, which nobody else sees, and which is gone with
//! the token.

use barrier::hex;
use db::Tx;
use serde_json::{Map, Value};

use crate::{
    Operation,
    backend::{Answer, Answering, Backend, Call, Doing, Paths},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    sql,
    token::{Token, TokenHash},
    view::after,
};

const FIELDS: &[Field] = &[Field {
    name: "path",
    kind: FieldKind::Text,
    description: "Where in the token's own place.",
}];

static PATHS: [PathDefinition; 1] = [PathDefinition::new(
    "entry",
    Pattern(&[Piece::RestOrNothing("path")]),
    FIELDS,
    &[Operation::Read, Operation::Create, Operation::Update, Operation::Delete, Operation::List],
    "What a token keeps for itself.",
    "Whatever is written here is kept sealed, is seen by the token that wrote it and by nobody\n\
     else, root's tokens among them, and is gone when that token ends.",
)
.telling_creation()];

/// A place of its own for every token.
pub(crate) struct Cubbyhole;

impl Backend for Cubbyhole {
    fn kind(&self) -> &'static str {
        "cubbyhole"
    }

    fn about(&self) -> &'static str {
        "A place of its own for every token: what one writes no other one reads. It is gone with\n\
         the token."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&PATHS];
        &FAMILIES
    }

    fn exists<'a>(&'a self, call: &'a Call<'a>) -> Doing<'a, bool> {
        Box::pin(async move { Ok(load(call).await?.is_some()) })
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            if call.token.is_some_and(Token::is_batch) {
                // What it kept there would never be forgotten.
                return Err(Fault::refused(
                    "cubbyhole operations are only supported by 'service' type tokens",
                ));
            }
            if path(call)?.is_empty() && call.operation != Operation::List {
                return Err(Fault::Failed("missing path".to_owned()));
            }
            match call.operation {
                Operation::Read => {
                    Ok(load(call).await?.map(|entry| Response::data(Value::Object(entry))))
                }
                Operation::List => list(call).await,
                Operation::Delete => delete(call).await,
                _ => write(call).await,
            }
        })
    }
}

/// Where a token's place begins.
fn place(token: &TokenHash) -> String {
    format!("{}/", hex(token))
}

/// Forgets what a token has kept.
pub(crate) fn forget(tx: &mut Tx<'_>, token: &TokenHash) -> kernel::Result<()> {
    let place = place(token);
    let end = after(&place);
    tx.execute(&sql::DELETE_CUBBYHOLE, &[place.into(), end.into()])?;
    Ok(())
}

fn path(call: &Call<'_>) -> Result<String, Fault> {
    call.input.text_or_empty("path")
}

fn token(call: &Call<'_>) -> Result<TokenHash, Fault> {
    call.token.map(|token| token.hash).ok_or(Fault::Denied)
}

fn key(call: &Call<'_>) -> Result<String, Fault> {
    Ok(format!("{}{}", place(&token(call)?), path(call)?))
}

async fn load(call: &Call<'_>) -> Result<Option<Map<String, Value>>, Fault> {
    call.kept(key(call)?).await
}

async fn write(call: &Call<'_>) -> Answer {
    if call.request.data.is_empty() {
        return Err(Fault::Failed("missing data fields".to_owned()));
    }
    let (view, key, token) = (call.view()?, key(call)?, token(call)?);
    let data = call.request.data.clone();
    let written = call.core.db().write(move |tx| {
        // What a token keeps that ends at this moment would never be forgotten.
        tx.lock(&sql::LOCK_TOKEN, &[(&token).into()])?;
        if !crate::store::is_token_known(tx, &token)? {
            return Ok(Err(Fault::BadToken));
        }
        view.put(tx, &key, &data)?;
        Ok(Ok(None))
    });
    written.await?
}

async fn delete(call: &Call<'_>) -> Answer {
    let (view, key) = (call.view()?, key(call)?);
    call.core.db().write(move |tx| view.delete(tx, &key)).await?;
    Ok(None)
}

/// What is in a folder: names, and folders with a slash.
async fn list(call: &Call<'_>) -> Answer {
    let (view, prefix) = (call.view()?, key(call)?);
    let keys = call.core.db().read(move |tx| view.list(tx, &prefix)).await?;
    Ok(Some(Response::keys(folded(keys))))
}

/// Sorted keys, those in the same folder as one.
fn folded(keys: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = keys
        .into_iter()
        .map(|key| match key.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => key,
        })
        .collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_one() {
        let keys = ["a", "b/1", "b/2/3", "b-c", "d/"].map(str::to_owned).to_vec();
        assert_eq!(folded(keys), ["a", "b/", "b-c", "d/"]);
        assert!(folded(Vec::new()).is_empty());
    }

    #[test]
    fn places_are_apart() {
        let place = place(&[7; 32]);
        assert_eq!(place.len(), 65);
        assert!(place.ends_with('/'));
    }
}
