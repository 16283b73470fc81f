//! An organization's own tokens, those of its teams, and how long tokens may live.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page, Result, TokenId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Button, Column, Icon, Markup, PageShell, Problems, button_link, card, definition_list,
        empty_state, expiry, heading, html, page, page_request, pagination, search_form,
        section_heading, see_other, table, time,
    },
};

use super::{
    Shown, done, settings,
    token_form::{last_used_cell, name_cell},
    token_limits::{self, LimitsForm},
    tokens::{created_page, revoke_cell},
};
use crate::{
    Identity, Lifetimes, ListedToken, OrganizationTokenKind, Right, SafeForm, Scope,
    TeamTokenOrder, Token, Visitor,
};

/// Where the page is below the settings.
pub(super) const PART: &str = "/tokens";

pub(super) fn path(organization: &str) -> String {
    format!("{}{PART}", settings::path(organization))
}

pub(super) fn shell(visitor: &Visitor, scope: &Scope) -> PageShell {
    settings::shell(visitor, scope, "Tokens").crumb("Tokens", path(&scope.organization.name))
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let known = Known::read(&identity, &visitor, &organization, &query).await?;
    let mut shell = shell(&visitor, &known.scope);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, known.markup(&visitor, &LimitsForm::of(&known.lifetimes), None)))
}

pub(super) async fn revoke(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, token)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let token: TokenId = token.parse().map_err(|_| Error::not_found())?;
    identity.revoke_token(&visitor.context, token).await?;
    Ok(see_other(&format!("{}?done=revoked", path(&organization))))
}

pub(super) async fn limit(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<LimitsForm>,
) -> Shown {
    let changed = async {
        let change = form.change()?;
        identity.update_lifetimes(&visitor.context, &organization, change).await
    };
    match changed.await {
        Ok((scope, _)) => Ok(see_other(&format!("{}?done=saved", path(&scope.organization.name)))),
        Err(error) if error.kind() == Kind::Invalid => {
            let query = ListQuery::default();
            let known = Known::read(&identity, &visitor, &organization, &query).await?;
            let shell = shell(&visitor, &known.scope).status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, known.markup(&visitor, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

/// The page that shows a token which was made.
pub(super) fn made(
    identity: &Identity,
    visitor: &Visitor,
    scope: &Scope,
    token: &Token,
    secret: &str,
) -> axum::response::Response {
    let back = path(&scope.organization.name);
    let contents = created_page(identity, visitor, (token, secret), &back);
    page(shell(visitor, scope).secret(), contents)
}

/// What the page shows.
struct Known {
    scope: Scope,
    /// The organization's token and that of its audit trail, for those who keep them.
    own: Option<[Option<Token>; 2]>,
    /// The tokens of teams, for those who keep any.
    teams: Option<Page<ListedToken>>,
    lifetimes: Lifetimes,
    search: String,
}

/// Nothing instead of an answer that says that there is none, or none for this caller.
fn if_any<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Known {
    async fn read(
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
        query: &ListQuery,
    ) -> Result<Self> {
        let context = &visitor.context;
        let (scope, lifetimes) = identity.lifetimes(context, organization).await?;
        let search = query.get("search").unwrap_or_default().to_owned();
        let wanted = Some(search.clone()).filter(|search| !search.is_empty());
        let teams = identity
            .list_team_tokens(
                context,
                organization,
                wanted,
                TeamTokenOrder::default(),
                page_request(query),
            )
            .await;
        let mut own = None;
        if scope.allows(Right::ManageOrganizationTokens) {
            let mut found = [None, None];
            for (kind, slot) in
                [OrganizationTokenKind::Organization, OrganizationTokenKind::AuditTrails]
                    .into_iter()
                    .zip(&mut found)
            {
                let read = identity.read_organization_token(context, organization, kind).await;
                *slot = if_any(read)?.map(|listed| listed.token);
            }
            own = Some(found);
        }
        let teams = if_any(teams)?.map(|(_, tokens)| tokens);
        Ok(Self { scope, own, teams, lifetimes, search })
    }

    fn markup(&self, visitor: &Visitor, limits: &LimitsForm, error: Option<&Error>) -> Markup {
        let organization = &self.scope.organization.name;
        let path = path(organization);
        html! {
            (heading("Tokens", html! {
                "What machines use to work in " strong { (organization) } " without a person."
            }, html! {
                @if self.teams.is_some() {
                    (button_link("New team token", &format!("{path}/new?kind=team"), true))
                }
            }))
            (settings::parts(&self.scope, PART))
            @if let Some([organization, audit]) = &self.own {
                (self.single(visitor, "Organization token", "organization", organization.as_ref(),
                    "It keeps the organization: teams, projects, workspaces, access. It sees no state \
                     and starts no run. There is one; a new one replaces it."))
                (self.single(visitor, "Audit trail token", "audit-trails", audit.as_ref(),
                    "It reads the audit trail and nothing else. There is one; a new one replaces it."))
            }
            @match &self.teams {
                Some(teams) => (self.team_tokens(visitor, teams, &path)),
                None => (card(html! {
                    p { "You keep no tokens here. Members of a team keep its tokens if the team says so; "
                        "owners keep all of them." }
                })),
            }
            (token_limits::part(&self.scope, &self.lifetimes, visitor, &path, limits, Problems::of(error)))
        }
    }

    /// A token of which there is at most one.
    fn single(
        &self,
        visitor: &Visitor,
        title: &str,
        kind: &str,
        token: Option<&Token>,
        about: &str,
    ) -> Markup {
        let path = path(&self.scope.organization.name);
        let now = visitor.context.now;
        let new = format!("{path}/new?kind={kind}");
        card(html! {
            (section_heading(&format!("{kind}-token"), title, html! { (about) }))
            @match token {
                Some(token) => {
                    (definition_list(&[
                        ("For", name_cell(token)),
                        ("Created", time(now, token.created_at)),
                        ("Last used", last_used_cell(now, token)),
                        ("Expires", expiry(now, token.expires_at)),
                    ]))
                    div.actions {
                        a class=(Button::Plain.class()) href=(new) { "Replace…" }
                        (revoke_cell(token, &format!("{path}/{}/revoke", token.id), &visitor.csrf()))
                    }
                }
                None => div.actions { (button_link("Create", &new, false)) },
            }
        })
    }

    fn team_tokens(&self, visitor: &Visitor, tokens: &Page<ListedToken>, path: &str) -> Markup {
        let rows = tokens.items.iter().map(|listed| row(visitor, listed, path)).collect();
        html! {
            (section_heading("teams", "Team tokens", html! {
                "Each stands for its team, and may do what the team may do."
            }))
            (search_form(path, ("search", &self.search), "Search team tokens", "list", html! {}))
            div #list {
                @if tokens.total == 0 {
                    (empty_state(Icon::Key, "No team tokens", html! {
                        @if self.search.is_empty() { "Create one for a team whose jobs run here." }
                        @else { "Nothing here matches “" (self.search) "”." }
                    }, html! {}))
                } @else {
                    (table("Team tokens", &[
                        Column::main("Description"), Column::text("Team"), Column::text("Created"),
                        Column::text("Last used"), Column::text("Expires"), Column::actions("Revoke"),
                    ], rows))
                    (pagination(tokens, "token", path, &[("search", &self.search)]))
                }
            }
        }
    }
}

fn row(visitor: &Visitor, listed: &ListedToken, path: &str) -> Vec<Markup> {
    let (now, token) = (visitor.context.now, &listed.token);
    vec![
        name_cell(token),
        html! { (listed.team.as_deref().unwrap_or_default()) },
        created_cell(visitor, listed),
        last_used_cell(now, token),
        expiry(now, token.expires_at),
        revoke_cell(token, &format!("{path}/{}/revoke", token.id), &visitor.csrf()),
    ]
}

/// When a token was made, and by whom.
pub(super) fn created_cell(visitor: &Visitor, listed: &ListedToken) -> Markup {
    html! {
        div {
            (time(visitor.context.now, listed.token.created_at))
            @if let Some(creator) = &listed.creator { p.hint { "by " (creator) } }
        }
    }
}
