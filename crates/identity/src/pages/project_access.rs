//! Which teams have access to a project.

use axum::extract::State;
use kernel::{Error, PageRequest, ProjectAccessId, ProjectId, Result};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{Markup, PageShell, button_link, heading, html, page, page_request, see_other},
};

use super::{
    Shown, done,
    members::{is_answered, status_of},
    projects,
};
use crate::{
    Identity, ProjectDetails, ProjectGrant, Right, SafeForm, Scope, Team, TeamFilter, Visitor,
    access::ProjectLevel,
    grant_pages::{self, Form, Sent},
};

/// Teams beyond these pages are granted something through the API.
const MAX_PAGES_TO_CHOOSE: u32 = 10;

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, project)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let id = projects::id(&project)?;
    let known = Known::read(&identity, &visitor, id).await?;
    let (_, grants) =
        identity.list_project_grants(&visitor.context, id, page_request(&query)).await?;
    let mut shell = known.shell(&visitor);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    let path = known.path();
    let action = match grants.total {
        0 => html! {},
        _ => button_link("Give a team access", &format!("{path}/new"), true),
    };
    Ok(page(
        shell,
        html! {
            (known.heading(action))
            (grant_pages::list::<ProjectLevel>(&grants, &path, &visitor.csrf()))
        },
    ))
}

pub(super) async fn new(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, project)): Path<(String, String)>,
) -> Shown {
    let known = Known::read(&identity, &visitor, projects::id(&project)?).await?;
    known.form(&identity, &visitor, None, &Sent::new(), None).await
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, project)): Path<(String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let id = projects::id(&project)?;
    let known = Known::read(&identity, &visitor, id).await?;
    let team = form
        .get("team")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Error::new(kernel::Kind::Invalid, "choose a team"));
    let (access, wish) = grant_pages::read::<ProjectLevel>(&form);
    let made = match team {
        Ok(team) => identity.create_project_grant(&visitor.context, id, team, access, wish).await,
        Err(error) => Err(error),
    };
    known.answer(&identity, &visitor, None, &form, made).await
}

pub(super) async fn edit(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, _, grant)): Path<(String, String, String)>,
) -> Shown {
    let grant = identity.read_project_grant(&visitor.context, id(&grant)?).await?;
    let known = Known::read(&identity, &visitor, grant.at).await?;
    known.form(&identity, &visitor, Some(&grant), &Sent::new(), None).await
}

pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, _, grant)): Path<(String, String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let grant = identity.read_project_grant(&visitor.context, id(&grant)?).await?;
    let known = Known::read(&identity, &visitor, grant.at).await?;
    let (access, wish) = grant_pages::read::<ProjectLevel>(&form);
    let changed = identity.update_project_grant(&visitor.context, grant.id, access, wish).await;
    known.answer(&identity, &visitor, Some(&grant), &form, changed).await
}

pub(super) async fn delete(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, _, grant)): Path<(String, String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let grant = identity.read_project_grant(&visitor.context, id(&grant)?).await?;
    let known = Known::read(&identity, &visitor, grant.at).await?;
    identity.delete_project_grant(&visitor.context, grant.id).await?;
    Ok(see_other(&format!("{}?done=access-removed", known.path())))
}

fn id(text: &str) -> Result<ProjectAccessId> {
    text.parse().map_err(|_| Error::not_found())
}

/// The project that a page is about.
struct Known {
    scope: Scope,
    details: ProjectDetails,
}

impl Known {
    async fn read(identity: &Identity, visitor: &Visitor, id: ProjectId) -> Result<Self> {
        let (scope, details) = identity.read_project(&visitor.context, id).await?;
        scope.require(Right::ManageAccess)?;
        Ok(Self { scope, details })
    }

    fn path(&self) -> String {
        format!("{}/{}/access", projects::path(&self.scope), self.details.project.id)
    }

    fn shell(&self, visitor: &Visitor) -> PageShell {
        projects::edit_shell(visitor, &self.scope, &self.details).crumb("Access", self.path())
    }

    fn heading(&self, action: Markup) -> Markup {
        html! {
            (heading("Access", html! {
                "to the project " strong { (self.details.project.name) }
                " and to every workspace in it"
            }, action))
            (projects::parts(&self.scope, self.details.project.id, "/access"))
        }
    }

    async fn answer(
        &self,
        identity: &Identity,
        visitor: &Visitor,
        grant: Option<&ProjectGrant>,
        sent: &Sent,
        outcome: Result<ProjectGrant>,
    ) -> Shown {
        match outcome {
            Ok(_) => Ok(see_other(&format!("{}?done=access", self.path()))),
            Err(error) if is_answered(&error) => {
                self.form(identity, visitor, grant, sent, Some(&error)).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn form(
        &self,
        identity: &Identity,
        visitor: &Visitor,
        grant: Option<&ProjectGrant>,
        sent: &Sent,
        error: Option<&Error>,
    ) -> Shown {
        let back = self.path();
        let teams = match grant {
            Some(_) => None,
            None => Some(identity.teams_to_choose(&self.scope).await?),
        };
        let title = grant.map_or_else(
            || "Give a team access".to_owned(),
            |grant| format!("Access of {}", grant.team.name),
        );
        let crumb = grant.map_or("New", |grant| grant.team.name.as_str());
        let action = grant.map_or_else(|| back.clone(), |grant| format!("{back}/{}", grant.id));
        let mut shell = self.shell(visitor).crumb(crumb, action.clone());
        if let Some(error) = error {
            shell = shell.status(status_of(error)).about(error);
        }
        let csrf = visitor.csrf();
        let form = Form::<ProjectLevel> {
            action: &action,
            back: &back,
            csrf: &csrf,
            teams: teams.as_deref(),
            grant,
            sent,
            error,
        };
        Ok(page(
            shell,
            html! {
                (heading(&title, html! {
                    "to the project " strong { (self.details.project.name) }
                }, html! {}))
                (form.markup())
            },
        ))
    }
}

impl Identity {
    /// The teams that can be granted something, as many as fit into a choice.
    pub async fn teams_to_choose(&self, scope: &Scope) -> Result<Vec<Team>> {
        let scope = scope.at_organization();
        let list = move |tx: &mut db::Tx<'_>| {
            let mut teams = Vec::new();
            for number in 1..=MAX_PAGES_TO_CHOOSE {
                let request = PageRequest::new(number, PageRequest::MAX_SIZE);
                let page = crate::list_teams(tx, &scope, &TeamFilter::default(), request)?;
                teams.extend(page.items);
                if teams.len() as u64 >= page.total {
                    break;
                }
            }
            Ok(teams)
        };
        let teams = self.db().snapshot(list).await?;
        Ok(teams.into_iter().filter(|team| !team.owners).collect())
    }
}
