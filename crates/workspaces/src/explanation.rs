//! Who may do what with a workspace, and through what. Explanations are made of the same parts as
//! the decision: what is granted ([`GrantsAt`]) and what is shared ([`Sharing`]).

use std::collections::HashMap;

use db::Tx;
use identity::{
    GrantsAt, Reach, Right, Rights, Scope, Subject, SubjectId, TeamFacts,
    access::{At, Given, SharedWith, Through, WORKSPACE_ADMIN, union},
    everybody, find_subject, levels_at, team_facts,
};
use kernel::{Context, Error, Page, PageRequest, Result, TeamId, WorkspaceId};

use crate::{sharing::Sharing, store, workspace::Workspace};

/// Why somebody may do something with a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    /// Who.
    pub(crate) subject: Subject,
    /// What they may do with the workspace.
    pub(crate) rights: Rights,
    /// What gives it to them. The union of this is the rights.
    pub(crate) given: Vec<Given>,
}

impl Explanation {
    /// Whether it is about reading or writing the state, or a part of it.
    pub(crate) fn concerns_the_state(&self) -> bool {
        [Right::ReadState, Right::ReadOutputs, Right::WriteState]
            .into_iter()
            .any(|right| self.rights.holds(right))
    }
}

/// What explanations call things.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    teams: HashMap<TeamId, TeamFacts>,
    levels: HashMap<(TeamId, At), String>,
    /// Consumers of the state that the asker sees.
    pub(crate) workspaces: HashMap<WorkspaceId, String>,
}

impl Names {
    /// A team's name, if the asker may know it.
    pub(crate) fn team(&self, id: TeamId) -> Option<&str> {
        self.teams.get(&id).filter(|facts| facts.seen).map(|facts| facts.name.as_str())
    }

    /// What to call a subject. The tokens of a team that the asker may not know of stay nameless.
    pub(crate) fn subject<'a>(&self, subject: &'a Subject) -> &'a str {
        let hidden = |team: &TeamId| self.team(*team).is_none();
        let machine = matches!(subject.id, SubjectId::Token(_) | SubjectId::Trust(_));
        if machine && subject.standing.team_ids().iter().any(hidden) {
            return "for a secret team";
        }
        &subject.name
    }

    /// The word of what was given: a level, or words of the organization.
    pub(crate) fn access<'a>(&'a self, given: &Given, subject: &'a Subject) -> Option<&'a str> {
        match (given.through, given.at) {
            (Through::Team(team), At::Organization) => {
                let facts = self.teams.get(&team)?;
                Some(if facts.owners { "owner" } else { &facts.words })
            }
            (Through::Team(team), at) => self.levels.get(&(team, at)).map(String::as_str),
            (Through::Key(_) | Through::Trust(_), _) => subject.level.as_deref(),
            _ => None,
        }
    }
}

/// The explanation for whoever a word names; not found unless they have to do with the
/// organization. Everybody may ask about themselves.
pub(crate) fn of_one(
    tx: &mut Tx<'_>,
    context: &Context,
    (workspace, scope): (&Workspace, &Scope),
    actor: &str,
) -> Result<(Explanation, Names)> {
    let found = find_subject(tx, context, scope, actor)?;
    if !found.as_ref().is_some_and(|subject| subject.is_asker(context, scope)) {
        scope.require(Right::ManageAccess)?;
    }
    let subject = found.ok_or_else(Error::not_found)?;
    let grants = GrantsAt::load(tx, workspace.project_id, workspace.id)?;
    let sharing = Sharing::load(tx, workspace)?;
    let theirs = subject.scope(scope);
    let reach = theirs.reach(tx)?;
    let explanation = explain(&grants, &sharing, subject, &theirs, &reach);
    let names = names(tx, context, (workspace, scope), std::slice::from_ref(&explanation))?;
    Ok((explanation, names))
}

/// A page of the explanations for everybody who can read the state or its outputs, or write it:
/// people first, by name. `search` is a part of the name.
pub(crate) fn of_everybody(
    tx: &mut Tx<'_>,
    context: &Context,
    (workspace, scope): (&Workspace, &Scope),
    search: Option<&str>,
    page: PageRequest,
) -> Result<(Page<Explanation>, Names)> {
    scope.require(Right::ManageAccess)?;
    let grants = GrantsAt::load(tx, workspace.project_id, workspace.id)?;
    let sharing = Sharing::load(tx, workspace)?;
    let subjects = everybody(tx, context, scope)?;
    let common = reach_of_teams(tx, &sharing, &subjects)?;
    let mut found = Vec::new();
    for subject in subjects {
        if !search.is_none_or(|search| matches(&subject, search)) {
            continue;
        }
        let theirs = subject.scope(scope);
        let explanation = if subject.standing.direct.is_empty() || sharing.is_with_nobody() {
            explain(&grants, &sharing, subject, &theirs, &common)
        } else {
            let own = theirs.reach(tx)?;
            explain(&grants, &sharing, subject, &theirs, &own)
        };
        if explanation.concerns_the_state() {
            found.push(explanation);
        }
    }
    let page = Page::of(found, page);
    let names = names(tx, context, (workspace, scope), &page.items)?;
    Ok((page, names))
}

fn matches(subject: &Subject, search: &str) -> bool {
    subject.name.to_lowercase().contains(&search.to_lowercase())
}

/// All that is granted to any team, where it can matter: for a state that is shared.
fn reach_of_teams(tx: &mut Tx<'_>, sharing: &Sharing, subjects: &[Subject]) -> Result<Reach> {
    if sharing.is_with_nobody() {
        return Ok(Reach::default());
    }
    let mut teams: Vec<TeamId> =
        subjects.iter().flat_map(|subject| subject.standing.team_ids()).collect();
    teams.sort_unstable();
    teams.dedup();
    Reach::of_teams(tx, &teams)
}

/// Why somebody may do what they may: a pure function of what is granted and shared.
fn explain(
    grants: &GrantsAt,
    sharing: &Sharing,
    subject: Subject,
    theirs: &Scope,
    reach: &Reach,
) -> Explanation {
    let mut given = grants.explain(&subject.standing);
    given.extend(sharing.given(theirs, reach, union(given.iter().copied())));
    // What holds in the whole organization is no matter of the workspace.
    for part in &mut given {
        part.rights = part.rights.within(WORKSPACE_ADMIN);
    }
    given.retain(|part| !part.rights.is_empty());
    Explanation { rights: union(given.iter().copied()), subject, given }
}

fn names(
    tx: &mut Tx<'_>,
    context: &Context,
    (workspace, scope): (&Workspace, &Scope),
    explanations: &[Explanation],
) -> Result<Names> {
    let mut workspaces = HashMap::new();
    for given in explanations.iter().flat_map(|explanation| &explanation.given) {
        if let Through::Sharing(SharedWith::Workspace(id)) = given.through
            && !workspaces.contains_key(&id)
            && let Some(consumer) = store::find(tx, id)?
            && crate::find(tx, context, id).is_ok()
        {
            workspaces.insert(id, consumer.name);
        }
    }
    Ok(Names {
        teams: team_facts(tx, scope)?,
        levels: levels_at(tx, workspace.project_id, workspace.id)?,
        workspaces,
    })
}
