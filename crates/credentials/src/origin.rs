//! Who stands behind a token that a login at this server's own people made, or that such a token
//! made: an API token, or a person who came with a password. With them everything ends, at once and
//! whatever it is: kept here or not, with a parent or without. So it is asked with every request,
//! of those tokens alone that have somebody behind them.

use std::time::Duration;

use db::Tx;
use identity::{Credential, find_user};
use kernel::{Result, Timestamp, TokenId, UserId};
use serde_json::{Map, Value};

use crate::{limits, token::Token};

/// Where a login keeps which API token was shown, and when that ends, in microseconds since 1970.
pub(crate) const API_TOKEN: &str = "token_id";
pub(crate) const API_TOKEN_END: &str = "token_expires_at";
/// Where a login keeps which person it is of.
pub(crate) const PERSON: &str = "user_id";
/// Where a token that another made keeps the person who logged in with a password. What it does is
/// not done in their name.
const PERSON_BEHIND: &str = "login_user_id";

/// The id of the API token or, where none was shown, of the person behind a token.
pub(crate) fn of(token: &Token) -> Option<&str> {
    [API_TOKEN, PERSON, PERSON_BEHIND].into_iter().find_map(|name| kept(token, name))
}

/// Whether there is nobody behind a token, or they are still good.
pub(crate) fn stands(tx: &mut Tx<'_>, token: &Token, now: Timestamp) -> Result<bool> {
    of(token).map_or(Ok(true), |id| is_good(tx, id, now))
}

/// Whether an API token or a person is still good. What is neither is not.
pub(crate) fn is_good(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<bool> {
    if let Ok(id) = id.parse::<TokenId>() {
        return Ok(Credential::Token(id).holder(tx, now)?.is_some());
    }
    match id.parse::<UserId>() {
        Ok(id) => Ok(find_user(tx, id)?.is_some()),
        Err(_) => Ok(false),
    }
}

/// How long the API token behind a token is still good; none: for ever, or there is none.
pub(crate) fn left(token: &Token, now: Timestamp) -> Option<Duration> {
    let end = token.login.get(API_TOKEN_END)?.as_i64()?;
    Some(Timestamp::from_micros(end).since(now))
}

/// What is kept with a token that another makes: who stands behind that one, and what binds them.
/// Who logged in is not handed on as such: nobody else stands for what they do.
pub(crate) fn handed_on(parent: &Token) -> Map<String, Value> {
    let names = [limits::KEPT, API_TOKEN, API_TOKEN_END];
    let mut handed: Map<String, Value> = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), parent.login.get(name)?.clone())))
        .collect();
    if let (None, Some(person)) = (kept(parent, API_TOKEN), of(parent)) {
        handed.insert(PERSON_BEHIND.to_owned(), Value::from(person));
    }
    handed
}

fn kept<'a>(token: &'a Token, name: &str) -> Option<&'a str> {
    token.login.get(name).and_then(Value::as_str)
}
