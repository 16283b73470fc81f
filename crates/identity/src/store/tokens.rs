//! Tokens of teams and organizations, keys, and the table `token_lifetimes`.

use std::time::Duration;

use db::{DbError, Row, Tx, Value};
use kernel::{
    OrganizationId, Page, PageRequest, ProjectId, Result, TeamId, TokenId, UserId, WorkspaceId,
};

use super::{access::token, count, known};
use crate::{
    TokenHolder, TokenKind,
    lifetime::{Lifetimes, LimitedKind},
    listed_token::{ListedToken, TeamTokenOrder},
    names::{contains_pattern, fold},
    sql,
};

fn listed(row: &Row<'_>) -> Result<ListedToken, DbError> {
    Ok(ListedToken {
        token: token(row)?,
        creator: row.opt_text(18)?,
        team: row.opt_text(19)?,
        project: row.opt_text(20)?,
        workspace: row.opt_text(21)?,
        home: row.opt_id(22)?,
    })
}

pub(crate) fn lock_token(tx: &mut Tx<'_>, id: TokenId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_TOKEN, &[id.into()])?)
}

pub(crate) fn find_listed_token(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<ListedToken>> {
    Ok(tx.query_optional(&sql::FIND_LISTED_TOKEN, &[id.into()], listed)?)
}

/// What finds the one token of a holder.
fn single(holder: &TokenHolder) -> [Value<'static>; 3] {
    [holder.organization().into(), holder.kind().as_str().into(), holder.team().into()]
}

/// The one token of a holder who has at most one.
pub(crate) fn find_single_token(
    tx: &mut Tx<'_>,
    holder: &TokenHolder,
) -> Result<Option<ListedToken>> {
    Ok(tx.query_optional(&sql::FIND_SINGLE_TOKEN, &single(holder), listed)?)
}

/// Revokes the one token of a holder; its id, if there was one.
pub(crate) fn delete_single_token(
    tx: &mut Tx<'_>,
    holder: &TokenHolder,
) -> Result<Option<TokenId>> {
    Ok(tx.query_optional(&sql::DELETE_SINGLE_TOKEN, &single(holder), |row| row.id(0))?)
}

/// Whose tokens a list of tokens of teams shows.
#[derive(Clone, Debug)]
pub(crate) struct TeamTokenSelection {
    /// Of every team, but the owners perhaps.
    pub(crate) all: bool,
    /// Also of the owners.
    pub(crate) owners: bool,
    /// Of these teams, if not of all.
    pub(crate) teams: Vec<TeamId>,
    pub(crate) search: Option<String>,
    pub(crate) order: TeamTokenOrder,
}

pub(crate) fn list_team_tokens(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    selection: &TeamTokenSelection,
    page: PageRequest,
) -> Result<Page<ListedToken>> {
    let mut list: Vec<Value<'_>> = selection.teams.iter().map(Value::from).collect();
    if list.is_empty() {
        // No id is empty, so this adds none.
        list.push("".into());
    }
    let params = [
        organization.into(),
        selection.all.into(),
        selection.owners.into(),
        selection.search.as_deref().map(contains_pattern).into(),
        selection.order.as_str().into(),
        page.limit().into(),
        page.offset().into(),
    ];
    let items = tx.query_in(&sql::LIST_TEAM_TOKENS, &params, &list, listed)?;
    let [organization, all, owners, search, ..] = params;
    let params = [organization, all, owners, search];
    let total = tx.query_in(&sql::COUNT_TEAM_TOKENS, &params, &list, |row| row.int(0))?;
    Ok(Page { items, total: total.first().map_or(0, |total| count(*total)), request: page })
}

/// Some of an organization's keys, the newest first: those in one project, if it is named.
pub(crate) fn list_keys(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    project: Option<ProjectId>,
    search: Option<&str>,
    (limit, offset): (i64, i64),
) -> Result<Vec<ListedToken>> {
    let search = search.map(contains_pattern);
    let params = [organization.into(), project.into(), search.into(), limit.into(), offset.into()];
    Ok(tx.query(&sql::LIST_KEYS, &params, listed)?)
}

pub(crate) fn count_keys(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    project: Option<ProjectId>,
    search: Option<&str>,
) -> Result<u64> {
    let params = [organization.into(), project.into(), search.map(contains_pattern).into()];
    Ok(count(tx.query_one(&sql::COUNT_KEYS, &params, |row| row.int(0))?))
}

pub(crate) fn workspace_id_by_name(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<WorkspaceId>> {
    let params = [organization.into(), fold(name).into()];
    Ok(tx.query_optional(&sql::FIND_WORKSPACE_ID_BY_NAME, &params, |row| row.id(0))?)
}

fn lifetime(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}

pub(crate) fn lifetimes(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Lifetimes> {
    let limits = tx.query(&sql::LIST_LIFETIMES, &[organization.into()], |row| {
        let word = row.text(0)?;
        let known_kind = |kind: &LimitedKind| kind.token_kind().as_str() == word;
        let kind = known(&word, LimitedKind::ALL.into_iter().find(known_kind))?;
        Ok((kind, lifetime(row.int(1)?)))
    })?;
    Ok(Lifetimes::new(limits))
}

/// How long a token of a kind may live that belongs to an organization.
pub(crate) fn longest_life(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    kind: TokenKind,
) -> Result<Option<Duration>> {
    // The one token that a team has by the older API is one of its tokens.
    let kind = if kind == TokenKind::LegacyTeam { TokenKind::Team } else { kind };
    let params = [organization.into(), kind.as_str().into()];
    let found = tx.query_optional(&sql::FIND_LIFETIME, &params, |row| row.int(0))?;
    Ok(found.map(lifetime))
}

/// How long a person's token may live that is to be good in all of their organizations.
pub(crate) fn longest_life_everywhere(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Duration>> {
    let found = tx.query_one(&sql::FIND_SHORTEST_LIFETIME, &[user.into()], |row| row.opt_int(0))?;
    Ok(found.map(lifetime))
}

/// Limits the life of a kind of tokens; none: no longer.
pub(crate) fn put_lifetime(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    kind: LimitedKind,
    longest: Option<Duration>,
) -> Result<()> {
    let word = kind.token_kind().as_str();
    match longest {
        Some(longest) => {
            let milliseconds = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
            let params = [organization.into(), word.into(), milliseconds.into()];
            tx.execute(&sql::UPSERT_LIFETIME, &params)?;
        }
        None => {
            tx.execute(&sql::DELETE_LIFETIME, &[organization.into(), word.into()])?;
        }
    }
    Ok(())
}
