//! The parts of a team's page.

use kernel::{Error, Page, PageRequest};
use web::page::{
    Button, Column, Field, Markup, Problems, Tick, Tone, badge, button, card, checkbox, confirm,
    danger_zone, field, heading, html, pagination, post_form, search_form, section_heading, table,
    ticks,
};

use super::teams::{self, LABELS, Sent, text};
use crate::{
    Membership, MembershipStatus, Scope, TeamDetails, Visibility, Visitor, service::TeamPlace,
};

/// What the page of a team shows.
pub(super) struct TeamPage<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) scope: &'a Scope,
    pub(super) details: &'a TeamDetails,
    pub(super) places: &'a [TeamPlace],
    /// A part of the name of the members that are shown, and which page of them.
    pub(super) search: &'a str,
    pub(super) number: u32,
    /// What was sent, if something is wrong with it.
    pub(super) form: &'a Sent,
    pub(super) error: Option<&'a Error>,
}

impl TeamPage<'_> {
    pub(super) fn markup(&self) -> Markup {
        let team = &self.details.team;
        html! {
            (heading(&team.name, html! {
                (people(self.details.people())) " · " code { (team.id) }
                @if team.visibility == Visibility::Secret { " " (badge(Tone::Neutral, "Secret")) }
            }, html! {}))
            (Problems::of(self.error).summary(&["name", "sso-team-id", "member"]))
            (self.members())
            (self.everywhere())
            (self.places())
            @if self.details.permitted.update { (self.settings()) }
            @if self.details.permitted.delete { (self.end()) }
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", teams::path(&self.scope.organization.name), self.details.team.id)
    }

    fn members(&self) -> Markup {
        let wanted = self.search.to_lowercase();
        let found: Vec<&Membership> = self
            .details
            .members
            .iter()
            .filter(|member| called(member).to_lowercase().contains(&wanted))
            .collect();
        let page = Page::of(found, PageRequest::new(self.number, PageRequest::DEFAULT_SIZE));
        let rows = page.items.iter().map(|member| self.member(member)).collect();
        let path = self.path();
        html! {
            section.part {
                (section_heading("members", "Members", html! {}))
                @if self.details.permitted.update_members { (self.addition()) }
                @if self.details.members.len() > 8 || !self.search.is_empty() {
                    (search_form(&path, ("search", self.search), "Search members", "list", html! {}))
                }
                div #list {
                    @if page.items.is_empty() {
                        p.quiet {
                            @if self.search.is_empty() { "Nobody is in this team yet." }
                            @else { "Nobody in this team is called “" (self.search) "”." }
                        }
                    } @else {
                        (table("Members", &[Column::main("Name"), Column::text("E-mail"),
                            Column::actions("Remove")], rows))
                        (pagination(&page, "member", &path, &[("search", self.search)]))
                    }
                }
            }
        }
    }

    fn member(&self, member: &Membership) -> Vec<Markup> {
        let team = &self.details.team;
        vec![
            html! {
                strong { (called(member)) }
                @if member.status == MembershipStatus::Invited {
                    " " (badge(Tone::Neutral, "Invited"))
                }
            },
            html! { (member.email) },
            html! {
                @if self.details.permitted.update_members {
                    (confirm(
                        "Remove…",
                        html! { strong { (called(member)) } " loses what " strong { (team.name) }
                            " gives, and stays a member of the organization." },
                        ("Remove from the team", &format!("{}/members/remove", self.path())),
                        &self.visitor.csrf(),
                        html! { input type="hidden" name="membership" value=(member.id); },
                    ))
                }
            },
        ]
    }

    fn addition(&self) -> Markup {
        let problems = Problems::of(self.error);
        post_form(
            &format!("{}/members", self.path()),
            &self.visitor.csrf(),
            html! {
                div.form-row {
                    (field(&Field::text("member", "Add a member").value(text(self.form, "member"))
                        .placeholder("user name")
                        .error(problems.with("member"))))
                    (button(Button::Plain, "Add"))
                }
            },
        )
    }

    fn everywhere(&self) -> Markup {
        let (team, permitted) = (&self.details.team, &self.details.permitted);
        if team.owners {
            return card(html! {
                (section_heading("access", "In the whole organization", html! {}))
                p { "Owners may do everything. That can’t be changed, so that somebody always can." }
            });
        }
        let tick = |label: &teams::Label| {
            let tick = Tick::new(label.word, label.text, team.holds(label.word)).hint(label.hint);
            tick.fixed(!permitted.update_access)
        };
        let all: Vec<Tick> = LABELS.iter().map(tick).collect();
        let legend = "In the whole organization";
        let hint = "What everybody in the team may do, wherever it is.";
        card(html! {
            @if permitted.update_access {
                (post_form(&format!("{}/access", self.path()), &self.visitor.csrf(), html! {
                    (ticks(legend, hint, &all))
                    (button(Button::Primary, "Save access"))
                }))
            } @else { (ticks(legend, hint, &all)) }
        })
    }

    fn places(&self) -> Markup {
        if self.details.team.owners {
            return html! {};
        }
        let rows = self.places.iter().map(|place| {
            vec![
                html! { a href=(place.page(&self.scope.organization.name)) { (place.name) } },
                html! { (place.kind()) },
                html! { (place.level) },
            ]
        });
        html! {
            section.part {
                (section_heading("places", "At projects and workspaces", html! {
                    "Access is granted on the page of the project or workspace."
                }))
                @if self.places.is_empty() {
                    p.quiet { "Nothing that you see was granted to this team." }
                } @else {
                    (table("Grants", &[Column::main("Name"), Column::text("Kind"),
                        Column::text("Access")], rows.collect()))
                }
            }
        }
    }

    fn settings(&self) -> Markup {
        let team = &self.details.team;
        let sent = self.form.contains_key("sso-team-id");
        let problems = Problems::of(self.error);
        let value = |name: &str, stored: &str| {
            if sent { text(self.form, name).to_owned() } else { stored.to_owned() }
        };
        let name = value("name", &team.name);
        let sso = value("sso-team-id", &team.sso_team_id);
        let visibility = value("visibility", team.visibility.as_str());
        card(html! {
            (section_heading("settings", "Settings", html! {}))
            (post_form(&self.path(), &self.visitor.csrf(), html! {
                @if !team.owners {
                    (field(&Field::text("name", "Name").value(&name)
                        .error(problems.with("name"))))
                    (teams::visibility(&visibility))
                } @else {
                    input type="hidden" name="name" value=(team.name);
                }
                (field(&Field::text("sso-team-id", "Group at sign-in").optional().value(&sso)
                    .hint("People with this group on the sign-in server are put into the team, and taken out when they lose it.")
                    .error(problems.with("sso-team-id"))))
                (checkbox("allow-member-token-management", "Members manage the team’s tokens",
                    "Else only those who keep the teams do.", team.allow_member_token_management))
                (button(Button::Primary, "Save changes"))
            }))
        })
    }

    fn end(&self) -> Markup {
        let name = &self.details.team.name;
        danger_zone(
            "Delete this team",
            html! { "Its tokens end, and its members lose what it gives them." },
            confirm(
                "Delete…",
                html! { "The team " strong { (name) } " goes. This can’t be undone." },
                ("Delete the team", &format!("{}/delete", self.path())),
                &self.visitor.csrf(),
                html! {},
            ),
        )
    }
}

fn people(number: usize) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// What people know a member by.
fn called(member: &Membership) -> &str {
    member.user.as_ref().map_or(&member.email, |user| &user.username)
}
