//! The tables `trusts` and `token_trusts`, and the tokens of CI jobs.

use db::{DbError, Row, Tx};
use kernel::{Error, OrganizationId, ProjectId, Result, Timestamp, TokenId, TrustId, WorkspaceId};

use super::{count, known};
use crate::{
    Placed,
    names::{contains_pattern, fold},
    sql,
    trust::{Gives, Keys, Trust},
};

fn trust(row: &Row<'_>) -> Result<Trust, DbError> {
    let rules = row.text(5)?;
    let rules = serde_json::from_str(&rules)
        .map_err(|error| DbError::Failed { cause: format!("the rules of a trust: {error}") })?;
    let keys = match (row.opt_text(6)?, row.opt_text(7)?) {
        (Some(document), _) => Keys::Given(document),
        (None, Some(address)) => Keys::At(address),
        (None, None) => Keys::Discovered,
    };
    let gives = match row.opt_id(8)? {
        Some(team) => Gives::Team(team),
        None => Gives::Level(Box::new(known("trust without a level", Placed::read(row, 9)?)?)),
    };
    Ok(Trust {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        issuer: row.text(3)?,
        audience: row.text(4)?,
        rules,
        keys,
        gives,
        created_by: row.opt_id(13)?,
        created_at: row.timestamp(14)?,
        updated_at: row.timestamp(15)?,
        place_name: row.opt_text(16)?,
    })
}

pub(crate) fn find_trust(tx: &mut Tx<'_>, id: TrustId) -> Result<Option<Trust>> {
    Ok(tx.query_optional(&sql::FIND_TRUST, &[id.into()], trust)?)
}

pub(crate) fn list_trusts(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    search: Option<&str>,
) -> Result<Vec<Trust>> {
    let params = [organization.into(), search.map(contains_pattern).into()];
    Ok(tx.query(&sql::LIST_TRUSTS, &params, trust)?)
}

pub(crate) fn count_trusts(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<u64> {
    let params = [organization.into()];
    Ok(tx.query_one(&sql::COUNT_TRUSTS, &params, |row| Ok(count(row.int(0)?)))?)
}

/// The trusts in an issuer, of all organizations, in the order in which they are locked.
pub(crate) fn trusts_in(tx: &mut Tx<'_>, issuer: &str) -> Result<Vec<Trust>> {
    Ok(tx.query(&sql::LIST_TRUSTS_BY_ISSUER, &[issuer.into()], trust)?)
}

pub(crate) fn lock_trust(tx: &mut Tx<'_>, id: TrustId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_TRUST, &[id.into()])?)
}

pub(crate) fn insert_trust(tx: &mut Tx<'_>, trust: &Trust) -> Result<()> {
    let stored = Stored::of(trust)?;
    let [project, workspace, level, custom] = Placed::values(stored.placed);
    tx.execute(
        &sql::INSERT_TRUST,
        &[
            trust.id.into(),
            trust.organization_id.into(),
            (&trust.name).into(),
            fold(&trust.name).into(),
            (&trust.issuer).into(),
            (&trust.audience).into(),
            stored.rules.into(),
            stored.keys.into(),
            stored.keys_url.into(),
            stored.team.into(),
            project,
            workspace,
            level,
            custom,
            trust.created_by.into(),
            trust.created_at.into(),
            trust.updated_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn update_trust(tx: &mut Tx<'_>, trust: &Trust) -> Result<()> {
    let stored = Stored::of(trust)?;
    let [project, workspace, level, custom] = Placed::values(stored.placed);
    tx.execute(
        &sql::UPDATE_TRUST,
        &[
            trust.id.into(),
            (&trust.name).into(),
            fold(&trust.name).into(),
            (&trust.issuer).into(),
            (&trust.audience).into(),
            stored.rules.into(),
            stored.keys.into(),
            stored.keys_url.into(),
            stored.team.into(),
            project,
            workspace,
            level,
            custom,
            trust.updated_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

/// The columns of a trust that are not simply its fields.
struct Stored<'a> {
    rules: String,
    keys: Option<&'a String>,
    keys_url: Option<&'a String>,
    team: Option<kernel::TeamId>,
    placed: Option<&'a Placed>,
}

impl<'a> Stored<'a> {
    fn of(trust: &'a Trust) -> Result<Self> {
        let (keys, keys_url) = match &trust.keys {
            Keys::Discovered => (None, None),
            Keys::At(address) => (None, Some(address)),
            Keys::Given(document) => (Some(document), None),
        };
        let (team, placed) = match &trust.gives {
            Gives::Team(team) => (Some(*team), None),
            Gives::Level(placed) => (None, Some(&**placed)),
        };
        let rules = serde_json::to_string(&trust.rules).map_err(Error::internal)?;
        Ok(Self { rules, keys, keys_url, team, placed })
    }
}

fn taken(error: DbError) -> Error {
    error.or_constraint("trusts_name", || {
        Error::invalid("name", "this organization has a trusted issuer of that name already")
    })
}

pub(crate) fn delete_trust(tx: &mut Tx<'_>, id: TrustId) -> Result<()> {
    tx.execute(&sql::DELETE_TRUST, &[id.into()])?;
    Ok(())
}

/// Lets nobody in any more whom a trust has let in, until they show their identity again.
pub(crate) fn delete_tokens_of_trust(tx: &mut Tx<'_>, id: TrustId) -> Result<()> {
    tx.execute(&sql::DELETE_TOKENS_OF_TRUST, &[id.into()])?;
    Ok(())
}

/// Remembers the token of a CI job, and gives its id: the one that it had before, if it had one.
pub(crate) fn put_workload(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    subject: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<TokenId> {
    let id = TokenId::generate();
    let params = [id.into(), hash.into(), subject.into(), now.into(), expires_at.into()];
    tx.execute(&sql::INSERT_WORKLOAD, &params)?;
    Ok(tx.query_one(&sql::FIND_WORKLOAD, &[hash.into()], |row| row.id(0))?)
}

/// Rests the token of a CI job on a trust; whether that was done: not if it has changed meanwhile.
pub(crate) fn put_token_trust(tx: &mut Tx<'_>, token: TokenId, trust: &Trust) -> Result<bool> {
    lock_trust(tx, trust.id)?;
    let params = [token.into(), trust.id.into(), trust.updated_at.into()];
    Ok(tx.execute(&sql::INSERT_TOKEN_TRUST, &params)? > 0)
}

/// Forgets the tokens of CI jobs that have come to their end.
pub(crate) fn delete_expired_workloads(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    tx.execute(&sql::DELETE_EXPIRED_WORKLOADS, &[now.into()])?;
    tx.execute(&sql::DELETE_EXPIRED_REVOKED_WORKLOADS, &[now.into()])?;
    Ok(())
}

/// The trusts that the token of a CI job rests on.
pub(crate) fn trusts_of_token(tx: &mut Tx<'_>, token: TokenId) -> Result<Vec<TrustId>> {
    Ok(tx.query(&sql::LIST_TRUSTS_OF_TOKEN, &[token.into()], |row| row.id(0))?)
}

/// Sees to it that the token of a CI job is not let in again while it lives; others can't be.
pub(crate) fn bar_workload(tx: &mut Tx<'_>, token: TokenId) -> Result<()> {
    tx.execute(&sql::INSERT_REVOKED_WORKLOAD, &[token.into()])?;
    Ok(())
}

/// Whether the token of a CI job was revoked.
pub(crate) fn is_barred_workload(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<bool> {
    Ok(tx.query_optional(&sql::FIND_REVOKED_WORKLOAD, &[hash.into()], |_| Ok(()))?.is_some())
}

/// The organization and the project that a workspace stands in.
pub(crate) fn workspace_home(
    tx: &mut Tx<'_>,
    id: WorkspaceId,
) -> Result<Option<(OrganizationId, ProjectId)>> {
    Ok(tx.query_optional(&sql::FIND_WORKSPACE_HOME, &[id.into()], |row| {
        Ok((row.id(0)?, row.id(1)?))
    })?)
}
