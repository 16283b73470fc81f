//! The trusted issuers of an organization: what there is, a new one, changing and deleting one.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page, TrustId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Button, Column, Icon, Markup, PageShell, Problems, button, button_link, card, confirm,
        danger_zone, empty_state, heading, host, html, page, page_request, pagination, post_form,
        search_form, see_other, table, time,
    },
};

use super::{
    Shown, done, settings,
    trust_form::{FIELDS, Offer, TrustForm},
    trust_page::{KeyState, usage},
};
use crate::{Gives, Identity, Placed, SafeForm, Scope, Trust, Visitor, trust::written_rules};

/// Where the page is below the settings.
const PART: &str = "/trusted-issuers";

fn path(organization: &str) -> String {
    format!("{}{PART}", settings::path(organization))
}

fn shell(visitor: &Visitor, scope: &Scope, title: &str) -> PageShell {
    settings::shell(visitor, scope, title).crumb("Trusted issuers", path(&scope.organization.name))
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let wanted = Some(search.to_owned()).filter(|search| !search.is_empty());
    let (scope, trusts) =
        identity.list_trusts(&visitor.context, &organization, wanted, page_request(&query)).await?;
    let mut shell = shell(&visitor, &scope, "Trusted issuers");
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, list_page(&visitor, &scope, &trusts, search)))
}

pub(super) async fn new(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
) -> Shown {
    let offer = Offer::read(&identity, &visitor, &organization).await?;
    let shell = shell(&visitor, &offer.scope, "New trusted issuer");
    Ok(page(shell, new_page(&identity, &visitor, &offer, &TrustForm::fresh(), None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<TrustForm>,
) -> Shown {
    let made = match form.new_trust(&identity, &visitor, &organization).await {
        Ok(new) => identity.create_trust(&visitor.context, &organization, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok((scope, trust)) => {
            let back = path(&scope.organization.name);
            Ok(see_other(&format!("{back}/{}?done=created", trust.id)))
        }
        Err(error) => {
            let status = shown_status(&error)?;
            let offer = Offer::read(&identity, &visitor, &organization).await?;
            let shell =
                shell(&visitor, &offer.scope, "New trusted issuer").status(status).about(&error);
            Ok(page(shell, new_page(&identity, &visitor, &offer, &form, Some(&error))))
        }
    }
}

pub(super) async fn edit(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, trust)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let (_, trust) = identity.read_trust(&visitor.context, id(&trust)?).await?;
    let offer = Offer::read(&identity, &visitor, &organization).await?;
    let mut shell = shell(&visitor, &offer.scope, &trust.name);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    let keys = KeyState::of(&identity, &trust).await;
    let form = TrustForm::of(&trust);
    let known = Known { identity: &identity, visitor: &visitor, offer: &offer, trust: &trust };
    Ok(page(shell, known.markup(&form, &keys, None)))
}

pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, trust)): Path<(String, String)>,
    SafeForm(form): SafeForm<TrustForm>,
) -> Shown {
    let (_, before) = identity.read_trust(&visitor.context, id(&trust)?).await?;
    let changed = match form.change(&identity, &visitor, &organization, &before).await {
        Ok(change) => identity.update_trust(&visitor.context, before.id, change).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok((scope, trust)) => {
            let back = path(&scope.organization.name);
            Ok(see_other(&format!("{back}/{}?done=saved", trust.id)))
        }
        Err(error) => {
            let status = shown_status(&error)?;
            let offer = Offer::read(&identity, &visitor, &organization).await?;
            let shell = shell(&visitor, &offer.scope, &before.name).status(status).about(&error);
            let keys = KeyState::of(&identity, &before).await;
            let known =
                Known { identity: &identity, visitor: &visitor, offer: &offer, trust: &before };
            Ok(page(shell, known.markup(&form, &keys, Some(&error))))
        }
    }
}

pub(super) async fn delete(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, trust)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    identity.delete_trust(&visitor.context, id(&trust)?).await?;
    Ok(see_other(&format!("{}?done=deleted", path(&organization))))
}

fn id(text: &str) -> kernel::Result<TrustId> {
    text.parse().map_err(|_| Error::not_found())
}

/// The status of a form that is shown again; other errors have a page of their own.
fn shown_status(error: &Error) -> kernel::Result<StatusCode> {
    match error.kind() {
        Kind::Invalid | Kind::Conflict => Ok(StatusCode::UNPROCESSABLE_ENTITY),
        Kind::Forbidden => Ok(StatusCode::FORBIDDEN),
        _ => Err(error.clone()),
    }
}

fn list_page(visitor: &Visitor, scope: &Scope, trusts: &Page<Trust>, search: &str) -> Markup {
    let path = path(&scope.organization.name);
    let rows = trusts.items.iter().map(|trust| row(visitor, trust, &path)).collect();
    html! {
        (heading("Trusted issuers", html! {
            "CI jobs work here without a stored secret: by the identity that their platform signs for "
            "them."
        }, button_link("New trusted issuer", &format!("{path}/new"), true)))
        (settings::parts(scope, PART))
        (search_form(&path, ("search", search), "Search trusted issuers", "list", html! {}))
        div #list {
            @if trusts.total == 0 {
                (empty_state(Icon::Key, "No trusted issuers", html! {
                    @if search.is_empty() {
                        "Trust GitHub Actions, GitLab, Kubernetes or any other issuer of OpenID "
                        "Connect, for a repository, a branch, a namespace. You see those of places "
                        "where you say who may do what."
                    } @else { "Nothing here matches “" (search) "”." }
                }, html! {}))
            } @else {
                (table("Trusted issuers", &[
                    Column::main("Name"), Column::text("Lets in"), Column::text("May"),
                    Column::text("Changed"), Column::actions("Change"),
                ], rows))
                (pagination(trusts, "trusted issuer", &path, &[("search", search)]))
            }
        }
    }
}

fn row(visitor: &Visitor, trust: &Trust, path: &str) -> Vec<Markup> {
    vec![
        html! { strong { (trust.name) } p.hint { (trust.issuer) } },
        html! {
            @for line in written_rules(&trust.rules).lines() { div { code { (line) } } }
        },
        gives_cell(trust),
        time(visitor.context.now, trust.updated_at),
        html! {
            a.button.small href={ (path) "/" (trust.id) } aria-label={ "Change " (trust.name) } {
                "Change"
            }
        },
    ]
}

/// What a trust gives, and where.
fn gives_cell(trust: &Trust) -> Markup {
    let name = trust.place_name.as_deref().unwrap_or_default();
    html! {
        @match &trust.gives {
            Gives::Team(_) => { "as one of the team " strong { (name) } }
            Gives::Level(placed) => {
                (placed.level())
                @match &**placed {
                    Placed::Organization(_) => " everywhere",
                    Placed::Project(..) => { " in project " strong { (name) } }
                    Placed::Workspace(..) => { " at workspace " strong { (name) } }
                }
            }
        }
    }
}

fn new_page(
    identity: &Identity,
    visitor: &Visitor,
    offer: &Offer,
    form: &TrustForm,
    error: Option<&Error>,
) -> Markup {
    let path = path(&offer.scope.organization.name);
    let problems = Problems::of(error);
    html! {
        (heading("New trusted issuer", html! {
            "in " strong { (offer.scope.organization.name) } ". It lets in who has the claims below, to "
            "do no more than you can."
        }, html! {}))
        (card(html! {
            (problems.summary(&FIELDS))
            (post_form(&path, &visitor.csrf(), html! {
                (form.fields(offer, host(identity.external_url()), problems))
                div.actions {
                    (button(Button::Primary, "Trust this issuer"))
                    (button_link("Cancel", &path, false))
                }
            }))
        }))
    }
}

/// What the page of one trust shows.
struct Known<'a> {
    identity: &'a Identity,
    visitor: &'a Visitor,
    offer: &'a Offer,
    trust: &'a Trust,
}

impl Known<'_> {
    fn markup(&self, form: &TrustForm, keys: &KeyState, error: Option<&Error>) -> Markup {
        let path = path(&self.offer.scope.organization.name);
        let (url, problems) = (self.identity.external_url(), Problems::of(error));
        let action = format!("{path}/{}", self.trust.id);
        html! {
            (heading(&self.trust.name, html! {
                (gives_cell(self.trust)) " · " code { (self.trust.id) }
            }, html! {}))
            (usage(self.trust, url, keys))
            (card(html! {
                (problems.summary(&FIELDS))
                (post_form(&action, &self.visitor.csrf(), html! {
                    (form.fields(self.offer, host(url), problems))
                    (button(Button::Primary, "Save changes"))
                }))
            }))
            (danger_zone(
                "Trust it no more",
                html! { "Whoever it has let in is out with their next request." },
                confirm(
                    "Delete…",
                    html! { "Jobs that " strong { (self.trust.name) } " lets in can’t work here any more." },
                    ("Delete the trusted issuer", &format!("{action}/delete")),
                    &self.visitor.csrf(),
                    html! {},
                ),
            ))
        }
    }
}
