//! Somebody who can hold rights in an organization: for explaining who may do what.

use std::{collections::HashMap, fmt};

use db::Tx;
use kernel::{Context, ProjectId, Result, TeamId, TokenId, TrustId, UserId, WorkspaceId};

use crate::{
    Scope, TokenHolder, Visibility,
    access::{At, Given, GrantAt, ProjectRights, Rights, Standing},
    scope_by_id, store,
};

/// Somebody who can hold rights.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Who it is.
    pub id: SubjectId,
    /// What people call them.
    pub name: String,
    /// The word of the level that was given to a key or a trust itself.
    pub level: Option<String>,
    /// What they are in the organization.
    pub standing: Standing,
}

/// Which of those who can hold rights somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectId {
    /// A person.
    User(UserId),
    /// A team, as its tokens stand for it.
    Team(TeamId),
    /// A token of a team, a key, or another token.
    Token(TokenId),
    /// An issuer that is trusted, for the CI jobs that it lets in.
    Trust(TrustId),
}

impl SubjectId {
    /// What the wire calls that kind of thing.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "users",
            Self::Team(_) => "teams",
            Self::Token(_) => "authentication-tokens",
            Self::Trust(_) => "trusted-issuers",
        }
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Team(id) => id.fmt(f),
            Self::Token(id) => id.fmt(f),
            Self::Trust(id) => id.fmt(f),
        }
    }
}

/// All that is granted at a workspace and at its project, to whatever team.
#[derive(Clone, Debug)]
pub struct GrantsAt {
    project: ProjectId,
    workspace: WorkspaceId,
    of_project: Vec<GrantAt<ProjectRights>>,
    of_workspace: Vec<GrantAt<Rights>>,
}

impl GrantsAt {
    /// What is granted at a workspace that stands in a project.
    pub fn load(tx: &mut Tx<'_>, project: ProjectId, workspace: WorkspaceId) -> Result<Self> {
        Ok(Self {
            project,
            workspace,
            of_project: store::project_grants(tx, project)?,
            of_workspace: store::workspace_grants(tx, workspace)?,
        })
    }

    /// Everything that gives somebody rights at the workspace.
    pub fn explain(&self, standing: &Standing) -> Vec<Given> {
        let Self { project, workspace, of_project, of_workspace } = self;
        standing.explain_workspace(*project, *workspace, of_project, of_workspace)
    }
}

/// What an explanation says about a team.
#[derive(Clone, Debug)]
pub struct TeamFacts {
    /// Its name.
    pub name: String,
    /// Whether its members own the organization.
    pub owners: bool,
    /// What it may do in the whole organization, in the words of the wire.
    pub words: String,
    /// Whether the asker may know of it.
    pub seen: bool,
}

/// The teams of the scope's organization.
pub fn team_facts(tx: &mut Tx<'_>, scope: &Scope) -> Result<HashMap<TeamId, TeamFacts>> {
    let sees = |team: &store::TeamRow| {
        let open = team.owners || team.visibility == Visibility::Organization;
        open || crate::service::sees_all(scope) || scope.standing().is_in(team.id)
    };
    let rows = store::team_rows(tx, scope.organization.id)?.into_iter();
    let facts = rows.map(|team| {
        let seen = sees(&team);
        let facts = TeamFacts { name: team.name, owners: team.owners, words: team.words, seen };
        (team.id, facts)
    });
    Ok(facts.collect())
}

/// Everybody who may hold more than the members of the scope's organization: those in teams,
/// the site's administrators, the tokens of teams, keys and trusts. People first, by name.
pub fn everybody(tx: &mut Tx<'_>, context: &Context, scope: &Scope) -> Result<Vec<Subject>> {
    let organization = scope.organization.id;
    let mut subjects = store::people_in_teams(tx, organization)?;
    let admins = store::site_admins(tx)?;
    subjects.retain(|subject| !admins.iter().any(|admin| admin.id == subject.id));
    subjects.extend(admins);
    subjects.extend(store::token_subjects(tx, organization, context.now)?);
    subjects.extend(store::trust_subjects(tx, organization, None)?);
    Ok(subjects)
}

/// Whoever a word names: a person by name or id, a team, a token or a trust by id. None unless
/// they have to do with the scope's organization, and the asker may know of them.
pub fn find_subject(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    word: &str,
) -> Result<Option<Subject>> {
    let organization = scope.organization.id;
    if let Ok(id) = word.parse::<TeamId>() {
        return team_subject(tx, scope, id);
    }
    if let Ok(id) = word.parse::<TokenId>() {
        return token_subject(tx, context, scope, id);
    }
    if let Ok(id) = word.parse::<TrustId>() {
        return Ok(store::trust_subjects(tx, organization, Some(id))?.pop());
    }
    let user = match word.parse::<UserId>() {
        Ok(id) => store::find_user(tx, id)?,
        Err(_) if word.contains('@') => None,
        Err(_) => store::user_by_login(tx, word)?,
    };
    let Some(user) = user else { return Ok(None) };
    let membership = store::membership_of_user(tx, organization, user.id)?;
    let standing = match membership {
        _ if user.site_admin => store::site_standing(),
        Some(membership) => store::member_standing(tx, membership)?,
        None => return Ok(None),
    };
    Ok(Some(Subject { id: SubjectId::User(user.id), name: user.username, level: None, standing }))
}

fn team_subject(tx: &mut Tx<'_>, scope: &Scope, id: TeamId) -> Result<Option<Subject>> {
    let Ok(team) = crate::find_team(tx, scope, id) else { return Ok(None) };
    let standing = store::team_standing(tx, id, scope.organization.id)?;
    let subject =
        |standing| Subject { id: SubjectId::Team(id), name: team.name, level: None, standing };
    Ok(standing.map(subject))
}

/// A token as it is now: one that has come to its end holds nothing.
fn token_subject(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    id: TokenId,
) -> Result<Option<Subject>> {
    let (Some(token), Some(bearer)) = (store::find_token(tx, id)?, store::bearer_by_id(tx, id)?)
    else {
        return Ok(None);
    };
    let expired = bearer.is_expired(context.now);
    let actor = Context { actor: bearer.actor, ..context.clone() };
    let theirs = match scope_by_id(tx, &actor, scope.organization.id) {
        Ok(theirs) => theirs,
        Err(error) if error.kind() == kernel::Kind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let level = match &token.holder {
        TokenHolder::Key(_, placed) => Some(placed.level().to_owned()),
        _ => None,
    };
    let standing = if expired { Standing::default() } else { theirs.standing().clone() };
    Ok(Some(Subject { id: SubjectId::Token(id), name: token.description, level, standing }))
}

/// The word of the level that each team was granted at a project, and at a workspace in it.
pub fn levels_at(
    tx: &mut Tx<'_>,
    project: ProjectId,
    workspace: WorkspaceId,
) -> Result<HashMap<(TeamId, At), String>> {
    let mut levels = HashMap::new();
    for (team, level) in store::project_levels(tx, project)? {
        levels.insert((team, At::Project(project)), level);
    }
    for (team, level) in store::workspace_levels(tx, workspace)? {
        levels.insert((team, At::Workspace(workspace)), level);
    }
    Ok(levels)
}

impl Subject {
    /// What they may do in the organization of a scope.
    pub fn scope(&self, of: &Scope) -> Scope {
        of.of_somebody(self.standing.clone())
    }

    /// Whether this is the asker, or stands for them.
    pub fn is_asker(&self, context: &Context, scope: &Scope) -> bool {
        match self.id {
            SubjectId::User(id) => context.user().is_some_and(|user| user.id == id),
            SubjectId::Team(id) => scope.standing().is_in(id),
            SubjectId::Token(id) => context.token() == Some(id),
            SubjectId::Trust(_) => false,
        }
    }
}
