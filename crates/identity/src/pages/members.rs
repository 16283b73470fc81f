//! Who works in an organization.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, MembershipId, Page};
use serde::{Deserialize, de::IgnoredAny};
use web::{
    ListQuery, Path,
    page::{
        Button, Column, Field, Markup, Problems, Tone, badge, button, card, confirm, field,
        heading, html, page, page_request, pagination, post_form, search_form, see_other, table,
        time,
    },
};

use super::{Shown, done, settings};
use crate::{
    Identity, Membership, MembershipDetails, MembershipFilter, MembershipStatus, Right, SafeForm, Scope, Visitor,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InvitationForm {
    email: String,
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let form = InvitationForm::default();
    answer(&visitor, &identity, &organization, &query, &form, None).await
}

pub(super) async fn invite(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<InvitationForm>,
) -> Shown {
    let email = form.email.trim();
    match identity.create_membership(&visitor.context, &organization, email, Vec::new()).await {
        Ok((scope, _)) => {
            Ok(see_other(&format!("{}?done=invited", path(&scope.organization.name))))
        }
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict) => {
            let query = ListQuery::default();
            answer(&visitor, &identity, &organization, &query, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, membership)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let id: MembershipId = membership.parse().map_err(|_| Error::not_found())?;
    let (_, membership) = identity.read_membership(&visitor.context, id).await?;
    identity.delete_membership(&visitor.context, id).await?;
    let left = membership.membership.user.is_some_and(|user| user.id == visitor.user().id);
    let to = if left { "/app".to_owned() } else { path(&organization) };
    Ok(see_other(&format!("{to}?done=removed")))
}

async fn answer(
    visitor: &Visitor,
    identity: &Identity,
    organization: &str,
    query: &ListQuery,
    form: &InvitationForm,
    error: Option<&Error>,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let filter = MembershipFilter {
        search: Some(search.to_owned()).filter(|search| !search.is_empty()),
        ..MembershipFilter::default()
    };
    let request = page_request(query);
    let (scope, members) =
        identity.list_memberships(&visitor.context, organization, filter, request).await?;
    let mut shell = settings::shell(visitor, &scope, "Members")
        .crumb("Members", path(&scope.organization.name));
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    if error.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let view = View { visitor, scope: &scope, members: &members, search, form, error };
    Ok(page(shell, view.markup()))
}

/// What the page shows.
struct View<'a> {
    visitor: &'a Visitor,
    scope: &'a Scope,
    members: &'a Page<MembershipDetails>,
    search: &'a str,
    form: &'a InvitationForm,
    error: Option<&'a Error>,
}

fn path(organization: &str) -> String {
    format!("{}/members", settings::path(organization))
}

impl View<'_> {
    fn markup(&self) -> Markup {
        let path = path(&self.scope.organization.name);
        let rows = self.members.items.iter().map(|details| self.row(&details.membership)).collect();
        html! {
            (heading("Members", html! {
                "Who works in " strong { (self.scope.organization.name) } ". Owners also change its "
                "settings, invite others and break locks."
            }, html! {}))
            (settings::parts(self.scope, "/members"))
            @if self.scope.allows(Right::ManageMemberships) { (card(self.invitation())) }
            (search_form(&path, ("search", self.search), "Search members", "list", html! {}))
            div #list {
                (table("Members", &[
                    Column::main("Name"), Column::text("E-mail"), Column::text("Role"),
                    Column::text("Since"), Column::actions("Remove"),
                ], rows))
                (pagination(self.members, "member", &path, &[("search", self.search)]))
            }
        }
    }

    fn row(&self, member: &Membership) -> Vec<Markup> {
        let own = member.user.as_ref().is_some_and(|user| user.id == self.visitor.user().id);
        let called = member.user.as_ref().map_or(member.email.as_str(), |user| &user.username);
        let action = format!("{}/{}/remove", path(&self.scope.organization.name), member.id);
        vec![
            html! {
                @match &member.user {
                    Some(user) => strong { (user.username) },
                    None => span.quiet { "no account yet" },
                }
                @if own { " " (badge(Tone::Accent, "You")) }
            },
            html! { (member.email) },
            html! {
                @if member.status == MembershipStatus::Invited { " " (badge(Tone::Neutral, "Invited")) }
            },
            time(self.visitor.context.now, member.created_at),
            html! {
                @if own || self.scope.allows(Right::ManageMemberships) {
                    (confirm(
                        if own { "Leave…" } else { "Remove…" },
                        html! { strong { (called) } " loses access to everything in "
                            strong { (self.scope.organization.name) } "." },
                        (if own { "Leave the organization" } else { "Remove the member" }, &action),
                        &self.visitor.csrf(),
                        html! {},
                    ))
                }
            },
        ]
    }

    fn invitation(&self) -> Markup {
        let problems = Problems::of(self.error);
        html! {
            h2 { "Invite somebody" }
            (problems.summary(&["email"]))
            (post_form(&path(&self.scope.organization.name), &self.visitor.csrf(), html! {
                div.form-row {
                    (field(&Field::text("email", "E-mail").value(&self.form.email)
                        .placeholder("grace@example.com").error(problems.with("email"))))
                }
                (button(Button::Primary, "Invite"))
            }))
        }
    }
}
