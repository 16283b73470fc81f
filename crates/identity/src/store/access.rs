//! The tables `tokens`, `sessions`, `authorization_codes` and `sign_in_attempts`.

use std::{net::IpAddr, time::Duration};

use db::{DbError, Row, Tx};
use kernel::{
    Actor, Page, PageRequest, Principal, Result, ServiceActor, SessionId, Timestamp, TokenId,
    TokenLimits, UserActor, UserId,
};

use super::{count, known};
use crate::{
    Placed, Token, sql,
    token::{Networks, TokenHolder, TokenKind, is_past, limits},
};

pub(super) fn token(row: &Row<'_>) -> Result<Token, DbError> {
    let word = row.text(1)?;
    let kind = known(&word, TokenKind::parse(&word))?;
    let networks = row.text(11)?;
    let address = row.opt_text(15)?;
    Ok(Token {
        id: row.id(0)?,
        holder: holder(row, kind)?,
        description: row.text(9)?,
        read_only: row.bool(10)?,
        networks: known(&networks, Networks::parse(&networks))?,
        created_by: row.opt_id(12)?,
        created_at: row.timestamp(13)?,
        last_used_at: row.opt_timestamp(14)?,
        last_used_address: address.and_then(|address| address.parse().ok()),
        expires_at: row.opt_timestamp(16)?,
        childless: row.bool(17)?,
    })
}

fn holder(row: &Row<'_>, kind: TokenKind) -> Result<TokenHolder, DbError> {
    Ok(match kind {
        TokenKind::User => TokenHolder::User(row.id(2)?),
        TokenKind::Team | TokenKind::LegacyTeam => TokenHolder::Team {
            organization: row.id(3)?,
            team: row.id(4)?,
            legacy: kind == TokenKind::LegacyTeam,
        },
        TokenKind::Organization => TokenHolder::Organization(row.id(3)?),
        TokenKind::AuditTrails => TokenHolder::Auditor(row.id(3)?),
        TokenKind::Key => TokenHolder::Key(row.id(3)?, known("key", Placed::read(row, 5)?)?),
        TokenKind::Workload => TokenHolder::Workload,
    })
}

/// Whoever bears a token: who that is, and when and from where the token is good.
pub(crate) struct Bearer {
    pub(crate) actor: Actor,
    pub(crate) token: TokenId,
    expires_at: Option<Timestamp>,
    networks: Networks,
}

impl Bearer {
    /// When the token ends; none: never.
    pub(crate) const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Where it may be used from.
    pub(crate) const fn networks(&self) -> &Networks {
        &self.networks
    }

    /// Whether the token has come to its end.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        is_past(self.expires_at, now)
    }

    /// Whether the token lets its bearer in.
    pub(crate) fn is_admitted(&self, now: Timestamp, address: Option<IpAddr>) -> bool {
        !self.is_expired(now) && self.networks.admit(address)
    }
}

fn bearer(row: &Row<'_>) -> Result<Bearer, DbError> {
    let (token, word, networks) = (row.id(0)?, row.text(1)?, row.text(5)?);
    let kind = known(&word, TokenKind::parse(&word))?;
    let expires_at = row.opt_timestamp(3)?;
    let limits = limits(row.bool(4)?, row.timestamp(2)?, expires_at);
    let actor = match kind {
        TokenKind::User => Actor::User(UserActor {
            id: row.id(9)?,
            username: row.text(10)?,
            site_admin: row.bool(11)?,
            token: Some(token),
            session: None,
            limits,
        }),
        kind => Actor::Service(ServiceActor {
            principal: principal(row, kind, token)?,
            name: service_name(row, kind)?,
            token,
            limits,
        }),
    };
    let networks = known(&networks, Networks::parse(&networks))?;
    Ok(Bearer { actor, token, expires_at, networks })
}

fn principal(row: &Row<'_>, kind: TokenKind, token: TokenId) -> Result<Principal, DbError> {
    Ok(match kind {
        TokenKind::Organization => Principal::Organization(row.id(7)?),
        TokenKind::AuditTrails => Principal::Auditor(row.id(7)?),
        TokenKind::Team | TokenKind::LegacyTeam => Principal::Team(row.id(8)?),
        TokenKind::Key | TokenKind::User => Principal::Key(token),
        TokenKind::Workload => Principal::Workload(token),
    })
}

/// What people know a machine by.
fn service_name(row: &Row<'_>, kind: TokenKind) -> Result<String, DbError> {
    match kind {
        TokenKind::Organization | TokenKind::AuditTrails => row.text(12),
        TokenKind::Team | TokenKind::LegacyTeam => row.text(13),
        TokenKind::Key | TokenKind::Workload | TokenKind::User => row.text(6),
    }
}

/// Whoever bears the token with a hash.
pub(crate) fn bearer_by_hash(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<Bearer>> {
    Ok(tx.query_optional(&sql::AUTHENTICATE_TOKEN, &[hash.into()], bearer)?)
}

/// Whoever bears the token with an id.
pub(crate) fn bearer_by_id(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<Bearer>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN_HOLDER, &[id.into()], bearer)?)
}

/// The person in a session, until when.
pub(crate) fn session_holder(
    tx: &mut Tx<'_>,
    id: SessionId,
) -> Result<Option<(UserActor, Timestamp)>> {
    Ok(tx.query_optional(&sql::FIND_SESSION_HOLDER, &[id.into()], |row| {
        let actor = UserActor {
            id: row.id(1)?,
            username: row.text(2)?,
            site_admin: row.bool(3)?,
            token: None,
            session: Some(id),
            limits: TokenLimits::default(),
        };
        Ok((actor, row.timestamp(0)?))
    })?)
}

pub(crate) fn find_token(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<Token>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN, &[id.into()], token)?)
}

pub(crate) fn token_by_hash(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<Token>> {
    Ok(tx.query_optional(&sql::FIND_TOKEN_BY_HASH, &[hash.into()], token)?)
}

pub(crate) fn list_tokens(tx: &mut Tx<'_>, user: UserId, page: PageRequest) -> Result<Page<Token>> {
    let params = [user.into(), page.limit().into(), page.offset().into()];
    let items = tx.query(&sql::LIST_TOKENS, &params, token)?;
    let total = tx.query_one(&sql::COUNT_TOKENS, &[user.into()], |row| row.int(0))?;
    Ok(Page { items, total: count(total), request: page })
}

pub(crate) fn insert_token(tx: &mut Tx<'_>, token: &Token, hash: &[u8; 32]) -> Result<()> {
    let placed = match &token.holder {
        TokenHolder::Key(_, placed) => Some(placed),
        _ => None,
    };
    let [project, workspace, level, custom] = Placed::values(placed);
    tx.execute(
        &sql::INSERT_TOKEN,
        &[
            token.id.into(),
            token.holder.kind().as_str().into(),
            token.holder.user().into(),
            token.holder.organization().into(),
            token.holder.team().into(),
            project,
            workspace,
            level,
            custom,
            hash.into(),
            (&token.description).into(),
            token.read_only.into(),
            token.networks.text().into(),
            token.created_by.into(),
            token.created_at.into(),
            token.expires_at.into(),
            token.childless.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn touch_token(
    tx: &mut Tx<'_>,
    id: TokenId,
    at: Timestamp,
    address: Option<IpAddr>,
) -> Result<()> {
    let address = address.map(|address| address.to_string());
    tx.execute(&sql::TOUCH_TOKEN, &[id.into(), at.into(), address.into()])?;
    Ok(())
}

/// Whether the token was still there.
pub(crate) fn delete_token(tx: &mut Tx<'_>, id: TokenId) -> Result<bool> {
    Ok(tx.execute(&sql::DELETE_TOKEN, &[id.into()])? > 0)
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
            limits: TokenLimits::default(),
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

/// Whoever finds that a token no longer works sees for this long that it had ended.
const EXPIRED_TOKENS_KEPT: Duration = Duration::from_hours(30 * 24);

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
    super::delete_expired_workloads(tx, now)?;
    tx.execute(&sql::DELETE_EXPIRED_TOKENS, &[now.minus(EXPIRED_TOKENS_KEPT).into()])?;
    Ok(())
}
