//! Ending tokens.

use identity::audit;

use super::{asker, lookup};
use crate::{
    backend::{Answer, Call},
    batch::Shown,
    fault::Fault,
    response::Response,
    store,
    token::{Token, TokenHash},
};

pub(super) async fn token(call: &Call<'_>) -> Answer {
    // One that is gone is as good as revoked.
    match lookup::named(call)? {
        Shown::Kept(hash) => end(call, hash, true).await,
        shown => lookup::find(call, shown).await?.map_or(Ok(None), |_| Err(batch())),
    }
}

pub(super) async fn own(call: &Call<'_>) -> Answer {
    let token = asker(call)?;
    if token.is_batch() {
        return Err(batch());
    }
    end(call, token.hash, true).await
}

pub(super) async fn accessor(call: &Call<'_>) -> Answer {
    let accessor = lookup::accessor_of(call)?;
    // Also one that is refused, since who stood behind it is gone: its row is there until its end.
    let read = move |tx: &mut db::Tx<'_>| match store::find_token_by_accessor(tx, &accessor)? {
        Some(token) => Ok(Some(token)),
        None => store::find_wrapping_token_by_accessor(tx, &accessor),
    };
    let found = call.core.db().read(read).await?.filter(|token| token.lives(call.context.now));
    match found {
        Some(Token { hash, .. }) => end(call, hash, true).await,
        None => Ok(Some(Response::default().warn("No token found with this accessor"))),
    }
}

pub(super) async fn alone(call: &Call<'_>) -> Answer {
    let found = lookup::find(call, lookup::named(call)?).await?;
    let token = found.ok_or_else(|| Fault::refused("token to revoke not found"))?;
    if token.is_batch() {
        return Err(batch());
    }
    end(call, token.hash, false).await
}

/// What is not kept can't be struck out.
fn batch() -> Fault {
    Fault::refused("batch tokens cannot be revoked")
}

/// Nothing is ever left over: rows of tokens and their leases go in one transaction.
pub(super) fn tidy() -> Response {
    let warning = "Tidy operation successfully started. Any information from the operation will \
                   be printed to the server logs.";
    Response::default().warn(warning).with_status(http::StatusCode::ACCEPTED)
}

async fn end(call: &Call<'_>, hash: TokenHash, with_children: bool) -> Answer {
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            let Some(token) = store::find_token(tx, &hash)? else {
                let Some(accessor) = store::delete_wrapping(tx, &hash)? else { return Ok(()) };
                let event = audit::Event::new("revoke", "credential-tokens", &accessor);
                return audit::record(tx, &context, &event);
            };
            if with_children {
                store::revoke_token(tx, &hash, context.now)?;
            } else {
                store::revoke_token_alone(tx, &hash, context.now)?;
            }
            let event = audit::Event::new("revoke", "credential-tokens", &token.accessor)
                .named(token.display_name);
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}
