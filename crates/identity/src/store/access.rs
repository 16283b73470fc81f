//! The tables `tokens`, `sessions`, `authorization_codes` and `sign_in_attempts`.

use db::{DbError, Row, Tx};
use kernel::{Page, PageRequest, Result, SessionId, Timestamp, TokenId, UserActor, UserId};

use super::{count, users::user};
use crate::{Token, User, sql};

fn token(row: &Row<'_>) -> Result<Token, DbError> {
    Ok(Token {
        id: row.id(0)?,
        user_id: row.id(1)?,
        description: row.text(2)?,
        created_by: row.opt_id(3)?,
        created_at: row.timestamp(4)?,
        last_used_at: row.opt_timestamp(5)?,
        expires_at: row.opt_timestamp(6)?,
    })
}

/// Whom a token speaks for, and until when.
pub(crate) struct TokenOwner {
    pub(crate) actor: UserActor,
    pub(crate) token: TokenId,
    pub(crate) expires_at: Option<Timestamp>,
}

pub(crate) fn token_owner(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<TokenOwner>> {
    Ok(tx.query_optional(&sql::AUTHENTICATE_TOKEN, &[hash.into()], |row| {
        let token = row.id(0)?;
        let actor = UserActor {
            id: row.id(2)?,
            username: row.text(3)?,
            site_admin: row.bool(4)?,
            token: Some(token),
            session: None,
        };
        Ok(TokenOwner { actor, token, expires_at: row.opt_timestamp(1)? })
    })?)
}

/// A person, and until when what they showed is good.
type Holder = (UserActor, Option<Timestamp>);

pub(crate) fn token_holder(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<Holder>> {
    Ok(tx
        .query_optional(&sql::FIND_TOKEN_HOLDER, &[id.into()], |row| holder(row, Some(id), None))?)
}

pub(crate) fn session_holder(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Holder>> {
    Ok(tx.query_optional(&sql::FIND_SESSION_HOLDER, &[id.into()], |row| {
        holder(row, None, Some(id))
    })?)
}

fn holder(
    row: &Row<'_>,
    token: Option<TokenId>,
    session: Option<SessionId>,
) -> Result<Holder, DbError> {
    let actor = UserActor {
        id: row.id(1)?,
        username: row.text(2)?,
        site_admin: row.bool(3)?,
        token,
        session,
    };
    Ok((actor, row.opt_timestamp(0)?))
}

pub(crate) fn find_token(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<Token>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN, &[id.into()], token)?)
}

pub(crate) fn token_by_hash(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<(Token, User)>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN_BY_HASH, &[hash.into()], |row| {
        Ok((token(row)?, user(row, 7)?))
    })?)
}

pub(crate) fn list_tokens(tx: &mut Tx<'_>, user: UserId, page: PageRequest) -> Result<Page<Token>> {
    let params = [user.into(), page.limit().into(), page.offset().into()];
    let items = tx.query(&sql::LIST_TOKENS, &params, token)?;
    let total = tx.query_one(&sql::COUNT_TOKENS, &[user.into()], |row| row.int(0))?;
    Ok(Page { items, total: count(total), request: page })
}

pub(crate) fn insert_token(tx: &mut Tx<'_>, token: &Token, hash: &[u8; 32]) -> Result<()> {
    tx.execute(
        &sql::INSERT_TOKEN,
        &[
            token.id.into(),
            token.user_id.into(),
            hash.into(),
            (&token.description).into(),
            token.created_by.into(),
            token.created_at.into(),
            token.expires_at.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn touch_token(tx: &mut Tx<'_>, id: TokenId, at: Timestamp) -> Result<()> {
    tx.execute(&sql::TOUCH_TOKEN, &[id.into(), at.into()])?;
    Ok(())
}

pub(crate) fn delete_token(tx: &mut Tx<'_>, id: TokenId) -> Result<()> {
    tx.execute(&sql::DELETE_TOKEN, &[id.into()])?;
    Ok(())
}

/// A session as it is stored, and its person.
pub(crate) struct StoredSession {
    pub(crate) id: SessionId,
    pub(crate) last_seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) actor: UserActor,
}

pub(crate) fn session_by_hash(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<StoredSession>> {
    Ok(tx.query_optional(&sql::FIND_SESSION_BY_HASH, &[hash.into()], |row| {
        let id = row.id(0)?;
        let actor = UserActor {
            id: row.id(3)?,
            username: row.text(4)?,
            site_admin: row.bool(5)?,
            token: None,
            session: Some(id),
        };
        let (last_seen_at, expires_at) = (row.timestamp(1)?, row.timestamp(2)?);
        Ok(StoredSession { id, last_seen_at, expires_at, actor })
    })?)
}

pub(crate) fn insert_session(
    tx: &mut Tx<'_>,
    id: SessionId,
    hash: &[u8; 32],
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    let params = [id.into(), hash.into(), user.into(), now.into(), expires_at.into()];
    tx.execute(&sql::INSERT_SESSION, &params)?;
    Ok(())
}

pub(crate) fn touch_session(tx: &mut Tx<'_>, id: SessionId, at: Timestamp) -> Result<()> {
    tx.execute(&sql::TOUCH_SESSION, &[id.into(), at.into()])?;
    Ok(())
}

pub(crate) fn delete_session(tx: &mut Tx<'_>, id: SessionId) -> Result<()> {
    tx.execute(&sql::DELETE_SESSION, &[id.into()])?;
    Ok(())
}

/// Ends all sessions of a person but `kept`.
pub(crate) fn delete_sessions(
    tx: &mut Tx<'_>,
    user: UserId,
    kept: Option<SessionId>,
) -> Result<()> {
    tx.execute(&sql::DELETE_SESSIONS_BY_USER, &[user.into(), kept.into()])?;
    Ok(())
}

/// An authorization code as it is stored.
pub(crate) struct StoredCode {
    pub(crate) user: UserId,
    pub(crate) challenge: String,
    pub(crate) redirect_uri: String,
    pub(crate) expires_at: Timestamp,
}

pub(crate) fn insert_code(tx: &mut Tx<'_>, hash: &[u8; 32], code: &StoredCode) -> Result<()> {
    tx.execute(
        &sql::INSERT_CODE,
        &[
            hash.into(),
            code.user.into(),
            (&code.challenge).into(),
            (&code.redirect_uri).into(),
            code.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Takes a code out, so that it works once.
pub(crate) fn take_code(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<StoredCode>> {
    Ok(tx.query_optional(&sql::TAKE_CODE, &[hash.into()], |row| {
        Ok(StoredCode {
            user: row.id(0)?,
            challenge: row.text(1)?,
            redirect_uri: row.text(2)?,
            expires_at: row.timestamp(3)?,
        })
    })?)
}

/// Counts an attempt to sign in, and says since when how many were counted.
pub(crate) fn count_attempt(
    tx: &mut Tx<'_>,
    subject: &str,
    now: Timestamp,
    window_start: Timestamp,
) -> Result<(Timestamp, u64)> {
    let params = [subject.into(), now.into(), window_start.into()];
    Ok(tx.query_one(&sql::COUNT_SIGN_IN_ATTEMPT, &params, |row| {
        Ok((row.timestamp(0)?, count(row.int(1)?)))
    })?)
}

pub(crate) fn forgive_attempt(tx: &mut Tx<'_>, subject: &str) -> Result<()> {
    tx.execute(&sql::FORGIVE_SIGN_IN_ATTEMPT, &[subject.into()])?;
    Ok(())
}

pub(crate) fn forget_attempts(tx: &mut Tx<'_>, subject: &str) -> Result<()> {
    tx.execute(&sql::DELETE_SIGN_IN_ATTEMPTS, &[subject.into()])?;
    Ok(())
}

/// Forgets what has come to its end.
pub(crate) fn delete_expired(
    tx: &mut Tx<'_>,
    now: Timestamp,
    idle_since: Timestamp,
    window_start: Timestamp,
) -> Result<()> {
    tx.execute(&sql::DELETE_EXPIRED_SESSIONS, &[now.into(), idle_since.into()])?;
    tx.execute(&sql::DELETE_EXPIRED_CODES, &[now.into()])?;
    tx.execute(&sql::DELETE_OLD_SIGN_IN_ATTEMPTS, &[window_start.into()])?;
    Ok(())
}
