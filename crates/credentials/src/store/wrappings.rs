//! Wrapping tokens as tokens: to be looked at, and revoked, before somebody uses them.

use db::{DbError, Row, Tx};
use identity::Networks;
use kernel::Result;
use serde_json::Map;

use super::{hash, seconds};
use crate::{
    sql,
    token::{RESPONSE_WRAPPING, Token, TokenHash, TokenKind},
};

fn token(row: &Row<'_>) -> Result<Token, DbError> {
    let ttl = seconds(row.int(3)?);
    Ok(Token {
        hash: hash(row.bytes(0)?)?,
        kind: TokenKind::Service,
        accessor: row.text(1)?,
        parent: None,
        path: row.text(2)?,
        display_name: "token".to_owned(),
        policies: vec![RESPONSE_WRAPPING.to_owned()],
        meta: Map::new(),
        uses_left: 1,
        created_at: row.timestamp(4)?,
        creation_ttl: ttl,
        expires_at: Some(row.timestamp(5)?),
        last_renewal_at: None,
        explicit_max_ttl: ttl,
        period: seconds(0),
        renewable: false,
        orphan: true,
        role: String::new(),
        networks: Networks::default(),
        entity_id: String::new(),
        login: Map::new(),
        entity: None,
    })
}

pub(crate) fn find_wrapping_token(tx: &mut Tx<'_>, hash: &TokenHash) -> Result<Option<Token>> {
    Ok(tx.query_optional(&sql::FIND_WRAPPING_TOKEN, &[hash.into()], token)?)
}

pub(crate) fn find_wrapping_token_by_accessor(
    tx: &mut Tx<'_>,
    accessor: &str,
) -> Result<Option<Token>> {
    let params = [accessor.into()];
    Ok(tx.query_optional(&sql::FIND_WRAPPING_TOKEN_BY_ACCESSOR, &params, token)?)
}

/// The accessor of the wrapping token that is no more, if it was there.
pub(crate) fn delete_wrapping(tx: &mut Tx<'_>, hash: &TokenHash) -> Result<Option<String>> {
    Ok(tx.query_optional(&sql::DELETE_WRAPPING, &[hash.into()], |row| row.text(0))?)
}
