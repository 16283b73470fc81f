//! The table of tokens.

use db::{DbError, Row, Tx};
use identity::Networks;
use kernel::{Result, Timestamp};
use serde_json::json;

use super::{hash, known, object, object_text, seconds, stored, texts};
use crate::{
    cubbyhole, sql,
    token::{Token, TokenHash, TokenKind},
    view::after,
};

fn token(row: &Row<'_>) -> Result<Token, DbError> {
    let networks = row.text(17)?;
    Ok(Token {
        hash: hash(row.bytes(0)?)?,
        kind: TokenKind::Service,
        accessor: row.text(1)?,
        parent: row.opt_bytes(2)?.map(hash).transpose()?,
        path: row.text(3)?,
        display_name: row.text(4)?,
        policies: texts(&row.text(5)?)?,
        meta: object(&row.text(6)?)?,
        uses_left: row.int(7)?,
        created_at: row.timestamp(8)?,
        creation_ttl: seconds(row.int(9)?),
        expires_at: row.opt_timestamp(10)?,
        last_renewal_at: row.opt_timestamp(11)?,
        explicit_max_ttl: seconds(row.int(12)?),
        period: seconds(row.int(13)?),
        renewable: row.bool(14)?,
        orphan: row.bool(15)?,
        role: row.text(16)?,
        networks: known(&networks, Networks::parse(&networks))?,
        entity_id: row.text(18)?,
        login: object(&row.text(19)?)?,
        entity: None,
    })
}

pub(crate) fn find_token(tx: &mut Tx<'_>, hash: &TokenHash) -> Result<Option<Token>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN, &[hash.into()], token)?)
}

/// Whether a token is there.
pub(crate) fn is_token_known(tx: &mut Tx<'_>, hash: &TokenHash) -> Result<bool> {
    Ok(tx.query_optional(&sql::KNOW_TOKEN, &[hash.into()], |row| row.int(0))?.is_some())
}

pub(crate) fn find_token_by_accessor(tx: &mut Tx<'_>, accessor: &str) -> Result<Option<Token>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN_BY_ACCESSOR, &[accessor.into()], token)?)
}

/// Whether it is stored: no token has the same value.
pub(crate) fn insert_token(tx: &mut Tx<'_>, token: &Token) -> Result<bool> {
    let added = tx.execute(
        &sql::INSERT_TOKEN,
        &[
            (&token.hash).into(),
            (&token.accessor).into(),
            token.parent.as_ref().into(),
            (&token.path).into(),
            (&token.display_name).into(),
            json!(token.policies).to_string().into(),
            object_text(&token.meta).into(),
            token.uses_left.into(),
            token.created_at.into(),
            stored(token.creation_ttl).into(),
            token.expires_at.into(),
            stored(token.explicit_max_ttl).into(),
            stored(token.period).into(),
            token.renewable.into(),
            token.orphan.into(),
            (&token.role).into(),
            token.networks.text().into(),
            (&token.entity_id).into(),
            object_text(&token.login).into(),
        ],
    )?;
    Ok(added == 1)
}

/// Uses a token of which the uses are counted: how many are left, -1 if that was the last; none if
/// there was no use left.
pub(crate) fn use_token(tx: &mut Tx<'_>, hash: &TokenHash) -> Result<Option<i64>> {
    Ok(tx.query_optional(&sql::USE_TOKEN, &[hash.into()], |row| row.int(0))?)
}

pub(crate) fn renew_token(
    tx: &mut Tx<'_>,
    hash: &TokenHash,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&sql::RENEW_TOKEN, &[hash.into(), expires_at.into(), now.into()])?;
    Ok(())
}

/// Ends a token and all that it made: its children and theirs, and the leases of each. How many
/// tokens that were.
pub(crate) fn revoke_token(tx: &mut Tx<'_>, token: &TokenHash, now: Timestamp) -> Result<usize> {
    let mut tree = vec![*token];
    let mut ended = 0;
    while let Some(next) = tree.pop() {
        tree.extend(children(tx, &next)?);
        end_token(tx, &next, now)?;
        ended += 1;
    }
    Ok(ended)
}

/// Ends a token, and lets its children live without it.
pub(crate) fn revoke_token_alone(tx: &mut Tx<'_>, token: &TokenHash, now: Timestamp) -> Result<()> {
    tx.execute(&sql::ORPHAN_CHILDREN, &[token.into()])?;
    end_token(tx, token, now)
}

fn end_token(tx: &mut Tx<'_>, token: &TokenHash, now: Timestamp) -> Result<()> {
    tx.execute(&sql::EXPIRE_LEASES_OF_TOKEN, &[token.into(), now.into()])?;
    cubbyhole::forget(tx, token)?;
    tx.execute(&sql::DELETE_TOKEN, &[token.into()])?;
    Ok(())
}

fn children(tx: &mut Tx<'_>, token: &TokenHash) -> Result<Vec<TokenHash>> {
    Ok(tx.query(&sql::CHILDREN_OF_TOKEN, &[token.into()], |row| hash(row.bytes(0)?))?)
}

pub(crate) fn list_accessors(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    Ok(tx.query(&sql::LIST_ACCESSORS, &[], |row| row.text(0))?)
}

pub(crate) fn expired_tokens(
    tx: &mut Tx<'_>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<TokenHash>> {
    let params = [now.into(), limit.into()];
    Ok(tx.query(&sql::LIST_EXPIRED_TOKENS, &params, |row| hash(row.bytes(0)?))?)
}

/// The tokens that paths with this beginning made.
pub(crate) fn tokens_made_under(tx: &mut Tx<'_>, prefix: &str) -> Result<Vec<TokenHash>> {
    let params = [prefix.into(), after(prefix).into()];
    Ok(tx.query(&sql::LIST_TOKENS_BY_PATH, &params, |row| hash(row.bytes(0)?))?)
}
