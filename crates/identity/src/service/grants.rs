//! What teams may do at a place. Each function takes the scope at that place, whose rights say
//! whether the caller may.

use db::Tx;
use kernel::{Context, Error, Id, Page, PageRequest, ProjectAccessId, ProjectId, Result, TeamId};

use super::teams::{find_team, may_see, seen_teams};
use crate::{
    Grant, Grantable, Identity, Right, Scope,
    access::{ProjectLevel, Wish, settle},
    audit::{Event, record},
    scope_by_id, store,
};

/// A page of what is granted at a place, by the name of the team.
pub fn list_grants<L: Grantable>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    at: Id<L::Place>,
    page: PageRequest,
) -> Result<Page<Grant<L>>> {
    scope.require(Right::ManageAccess)?;
    let (all, own) = seen_teams(scope);
    store::list_grants(tx, at, (all, &own), page)
}

/// A grant, whoever asks: for finding its place. [`require_grant`] says whether it may be seen.
pub fn find_grant<L: Grantable>(tx: &mut Tx<'_>, id: Id<L::Access>) -> Result<Option<Grant<L>>> {
    store::find_grant(tx, id)
}

/// Refuses those who may not say who may do what at the grant's place, or may not see its team.
pub fn require_grant<L: Grantable>(scope: &Scope, grant: &Grant<L>) -> Result<()> {
    scope.require(Right::ManageAccess)?;
    if may_see(scope, &grant.team) { Ok(()) } else { Err(Error::not_found()) }
}

/// Grants something to a team.
pub fn create_grant<L: Grantable>(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    (at, team): (Id<L::Place>, TeamId),
    access: Option<&str>,
    wish: &Wish,
) -> Result<Grant<L>> {
    scope.require(Right::ManageAccess)?;
    let wrong = |text: &str| Error::invalid_at("/data/relationships/team", text);
    let team = find_team(tx, scope, team)
        .map_err(|hidden| wrong("this organization has no such team").in_place_of(&hidden))?;
    if team.owners {
        return Err(wrong("the owners may do everything already"));
    }
    let (level, custom) = settle::<L>(access, wish, None)?;
    L::require_held(tx, scope, at, (level, custom.as_ref()), None)?;
    let (id, now) = (Id::generate(), context.now);
    let grant = Grant { id, at, team, level, custom, created_at: now, updated_at: now };
    store::insert_grant(tx, &grant)?;
    note(tx, context, "create", &grant)?;
    Ok(grant)
}

/// Changes what was granted.
pub fn update_grant<L: Grantable>(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    mut grant: Grant<L>,
    access: Option<&str>,
    wish: &Wish,
) -> Result<Grant<L>> {
    require_grant(scope, &grant)?;
    let before = (grant.level, grant.custom.clone());
    let (level, custom) = settle(access, wish, Some(before.clone()))?;
    let held = Some((before.0, before.1.as_ref()));
    L::require_held(tx, scope, grant.at, (level, custom.as_ref()), held)?;
    grant.level = level;
    grant.custom = custom;
    grant.updated_at = context.now;
    store::update_grant(tx, &grant)?;
    note(tx, context, "update", &grant)?;
    Ok(grant)
}

/// Takes back what was granted.
pub fn delete_grant<L: Grantable>(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    grant: &Grant<L>,
) -> Result<()> {
    require_grant(scope, grant)?;
    store::delete_grant::<L>(tx, grant.id)?;
    note(tx, context, "delete", grant)
}

fn note<L: Grantable>(
    tx: &mut Tx<'_>,
    context: &Context,
    action: &'static str,
    grant: &Grant<L>,
) -> Result<()> {
    let custom = grant.custom.as_ref().map(serde_json::to_value).transpose();
    let event = Event::new(action, L::KIND, grant.id)
        .of(grant.team.organization_id)
        .named(&grant.team.name)
        .with("team", grant.team.id.to_string())
        .with("at", grant.at.to_string())
        .with("access", grant.level.word())
        .with("custom", custom.map_err(Error::internal)?);
    record(tx, context, &event)
}

/// A grant at a project.
pub type ProjectGrant = Grant<ProjectLevel>;

impl Identity {
    /// A page of what is granted at a project.
    pub async fn list_project_grants(
        &self,
        context: &Context,
        project: ProjectId,
        page: PageRequest,
    ) -> Result<(Scope, Page<ProjectGrant>)> {
        let context = context.clone();
        self.db()
            .snapshot(move |tx| {
                let scope = at_project(tx, &context, project)?;
                let grants = list_grants(tx, &scope, project, page)?;
                Ok((scope, grants))
            })
            .await
    }

    /// Grants something to a team at a project.
    pub async fn create_project_grant(
        &self,
        context: &Context,
        project: ProjectId,
        team: TeamId,
        access: Option<String>,
        wish: Wish,
    ) -> Result<ProjectGrant> {
        let context = context.clone();
        self.db()
            .write(move |tx| {
                at_project(tx, &context, project)?.require(Right::ManageAccess)?;
                store::lock_project(tx, project)?;
                let scope = at_project(tx, &context, project)?;
                create_grant(tx, &context, &scope, (project, team), access.as_deref(), &wish)
            })
            .await
    }

    /// What was granted at a project.
    pub async fn read_project_grant(
        &self,
        context: &Context,
        id: ProjectAccessId,
    ) -> Result<ProjectGrant> {
        let context = context.clone();
        self.db().read(move |tx| visible(tx, &context, id).map(|(_, grant)| grant)).await
    }

    /// Changes what was granted at a project.
    pub async fn update_project_grant(
        &self,
        context: &Context,
        id: ProjectAccessId,
        access: Option<String>,
        wish: Wish,
    ) -> Result<ProjectGrant> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, grant) = hold(tx, &context, id)?;
                update_grant(tx, &context, &scope, grant, access.as_deref(), &wish)
            })
            .await
    }

    /// Takes back what was granted at a project.
    pub async fn delete_project_grant(&self, context: &Context, id: ProjectAccessId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, grant) = hold(tx, &context, id)?;
                delete_grant(tx, &context, &scope, &grant)
            })
            .await
    }
}

/// The scope at a project, if the caller may see it.
fn at_project(tx: &mut Tx<'_>, context: &Context, id: ProjectId) -> Result<Scope> {
    let project = store::project_by_id(tx, id)?.ok_or_else(Error::not_found)?;
    scope_by_id(tx, context, project.organization_id)?.at_project(tx, id)
}

fn visible(
    tx: &mut Tx<'_>,
    context: &Context,
    id: ProjectAccessId,
) -> Result<(Scope, ProjectGrant)> {
    let grant = store::find_grant::<ProjectLevel>(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = at_project(tx, context, grant.at)?;
    require_grant(&scope, &grant)?;
    Ok((scope, grant))
}

fn hold(tx: &mut Tx<'_>, context: &Context, id: ProjectAccessId) -> Result<(Scope, ProjectGrant)> {
    let (_, grant) = visible(tx, context, id)?;
    store::lock_project(tx, grant.at)?;
    visible(tx, context, id)
}
