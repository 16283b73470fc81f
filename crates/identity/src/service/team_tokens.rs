//! Tokens of teams: several of each team, and the one of the older API.
//!
//! Who keeps a team's tokens: its members, if the team says so; and whoever manages teams, but the
//! owners' tokens only owners. A token puts somebody in the place of the team, so whoever is not in
//! the team must hold all that it may do. One exception, as in the vendor's product: an
//! organization's token, which sees no state itself, makes tokens of every team but the owners.
//! Credential engines live from that.

use db::Tx;
use kernel::{Context, Error, Page, PageRequest, Result, Secret, TeamId};

use super::{
    minting::held,
    teams::{list_teams, may_see},
    tokens::revoke,
};
use crate::{
    Identity, ListedToken, NewToken, Right, Scope, Team, TeamFilter, TeamTokenOrder, Token,
    TokenHolder, hand_out, scope, scope_by_id,
    store::{self, TeamTokenSelection},
};

impl Identity {
    /// Makes one of the tokens of a team.
    pub async fn create_team_token(
        &self,
        context: &Context,
        team: TeamId,
        new: NewToken,
    ) -> Result<(Token, Secret<String>)> {
        self.mint_team_token(context, team, new, false).await
    }

    /// Makes the one token of a team by the older API; it replaces the one before.
    pub async fn create_legacy_team_token(
        &self,
        context: &Context,
        team: TeamId,
        new: NewToken,
    ) -> Result<(Token, Secret<String>)> {
        self.mint_team_token(context, team, new, true).await
    }

    async fn mint_team_token(
        &self,
        context: &Context,
        team: TeamId,
        new: NewToken,
        legacy: bool,
    ) -> Result<(Token, Secret<String>)> {
        self.mint(context, new, move |tx, context| {
            let organization = store::find_team(tx, team)?.ok_or_else(Error::not_found)?;
            let scope = held(tx, context, organization.organization_id)?;
            let team = managed_team(tx, &scope, team)?;
            require_making(tx, &scope, &team)?;
            let organization = team.organization_id;
            Ok(TokenHolder::Team { organization, team: team.id, legacy })
        })
        .await
    }

    /// A page of the tokens of a team.
    pub async fn list_tokens_of_team(
        &self,
        context: &Context,
        team: TeamId,
        page: PageRequest,
    ) -> Result<Page<ListedToken>> {
        let context = context.clone();
        let tokens = self
            .db()
            .snapshot(move |tx| {
                let (_, team) = managed(tx, &context, team)?;
                let selection = TeamTokenSelection {
                    all: false,
                    owners: true,
                    teams: vec![team.id],
                    search: None,
                    order: TeamTokenOrder::parse(Some("-created-at")),
                };
                store::list_team_tokens(tx, team.organization_id, &selection, page)
            })
            .await?;
        Ok(tokens.map(|listed| self.listed_with_last_use(listed)))
    }

    /// A page of the tokens of an organization's teams, as far as the caller keeps them. `search` is
    /// a part of a team's name, of the description, or of the name of whoever made it.
    pub async fn list_team_tokens(
        &self,
        context: &Context,
        address: &str,
        search: Option<String>,
        order: TeamTokenOrder,
        page: PageRequest,
    ) -> Result<(Scope, Page<ListedToken>)> {
        let (context, address) = (context.clone(), address.to_owned());
        let (scope, tokens) = self
            .db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                scope.require_whole()?;
                let selection = selection(tx, &scope, search.clone(), order)?;
                let id = scope.organization.id;
                let tokens = store::list_team_tokens(tx, id, &selection, page)?;
                Ok((scope, tokens))
            })
            .await?;
        Ok((scope, tokens.map(|listed| self.listed_with_last_use(listed))))
    }

    /// The teams whose tokens the caller keeps, by name.
    pub async fn teams_to_keep_tokens_of(
        &self,
        context: &Context,
        address: &str,
    ) -> Result<(Scope, Vec<Team>)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let (filter, mut kept) = (TeamFilter::default(), Vec::new());
                for number in 1.. {
                    let request = PageRequest::new(number, PageRequest::MAX_SIZE);
                    let page = list_teams(tx, &scope, &filter, request)?;
                    let more = page.next().is_some();
                    kept.extend(
                        page.items
                            .into_iter()
                            .filter(|team| manages_tokens_of(&scope.at_organization(), team)),
                    );
                    if !more {
                        break;
                    }
                }
                Ok((scope, kept))
            })
            .await
    }

    /// The one token of a team by the older API.
    pub async fn read_legacy_team_token(
        &self,
        context: &Context,
        team: TeamId,
    ) -> Result<ListedToken> {
        let context = context.clone();
        let found = self
            .db()
            .read(move |tx| {
                let (_, team) = managed(tx, &context, team)?;
                store::find_single_token(tx, &legacy(&team))
            })
            .await?;
        Ok(self.listed_with_last_use(found.ok_or_else(Error::not_found)?))
    }

    /// Revokes that one.
    pub async fn revoke_legacy_team_token(&self, context: &Context, team: TeamId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, _) = managed(tx, &context, team)?;
                let scope = held(tx, &context, scope.organization.id)?;
                let team = managed_team(tx, &scope, team)?;
                let found = store::find_single_token(tx, &legacy(&team))?;
                revoke(tx, &context, &found.ok_or_else(Error::not_found)?.token)
            })
            .await
    }
}

const fn legacy(team: &Team) -> TokenHolder {
    TokenHolder::Team { organization: team.organization_id, team: team.id, legacy: true }
}

/// A team whose tokens the caller keeps.
fn managed(tx: &mut Tx<'_>, context: &Context, team: TeamId) -> Result<(Scope, Team)> {
    let found = store::find_team(tx, team)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, found.organization_id)?;
    let team = managed_team(tx, &scope, team)?;
    Ok((scope, team))
}

fn managed_team(tx: &mut Tx<'_>, scope: &Scope, team: TeamId) -> Result<Team> {
    let team = store::find_team(tx, team)?.ok_or_else(Error::not_found)?;
    if manages_tokens_of(scope, &team) {
        return Ok(team);
    }
    let error = if may_see(scope, &team) {
        Error::forbidden(format!(
            "you may not manage the tokens of \"{}\"; ask somebody who manages teams, or an owner \
             of \"{}\"",
            team.name, scope.organization.name
        ))
    } else {
        Error::not_found()
    };
    Err(error.denying(scope.at_organization().denial(Right::ManageTeams)))
}

/// Whether the caller sees, makes and revokes the tokens of a team.
pub(super) fn manages_tokens_of(scope: &Scope, team: &Team) -> bool {
    is_trusted_member(scope, team)
        || (scope.allows(Right::ManageTeams) && (!team.owners || scope.is_owner()))
}

/// Whether the caller is in a team whose members keep its tokens.
fn is_trusted_member(scope: &Scope, team: &Team) -> bool {
    team.allow_member_token_management
        && scope.standing().is_in(team.id)
        && scope.allows(Right::ReadOrganization)
}

fn require_making(tx: &mut Tx<'_>, scope: &Scope, team: &Team) -> Result<()> {
    if is_trusted_member(scope, team) {
        return Ok(());
    }
    hand_out::team(tx, scope, team)
}

/// The tokens that the caller keeps: of all teams, or of those they are in.
fn selection(
    tx: &mut Tx<'_>,
    scope: &Scope,
    search: Option<String>,
    order: TeamTokenOrder,
) -> Result<TeamTokenSelection> {
    let all = scope.allows(Right::ManageTeams);
    let mut teams = Vec::new();
    for id in scope.standing().team_ids() {
        let team = store::find_team(tx, id)?;
        if team.is_some_and(|team| manages_tokens_of(scope, &team)) {
            teams.push(id);
        }
    }
    if !all && teams.is_empty() {
        scope.require(Right::ManageTeams)?;
    }
    let owners = scope.is_owner();
    Ok(TeamTokenSelection { all, owners: owners || !all, teams, search, order })
}
