//! What several pages about workspaces share; the state crate's pages use it too.

use db::Tx;
use identity::{Project, ProjectFilter, Right, Scope, Tag, Visitor};
use kernel::{PageRequest, Result};
use web::page::{
    Icon, Markup, PageShell, Tab, Tone, badge, code_block, confirm, host, html, icon, path_segment,
    tabs, time,
};

use crate::workspace::{Lock, Workspace};

/// Where the pages of an organization's workspaces are.
#[derive(Clone, Debug)]
pub struct Place(String);

impl Place {
    /// The pages of an organization, by its address.
    pub fn of(organization: &str) -> Self {
        Self(format!("/app/{}", path_segment(organization)))
    }

    /// The list.
    pub fn list(&self) -> String {
        format!("{}/workspaces", self.0)
    }

    /// A new one.
    pub fn new_workspace(&self) -> String {
        format!("{}/new-workspace", self.0)
    }

    /// One of them.
    pub fn workspace(&self, name: &str) -> String {
        format!("{}/workspaces/{}", self.0, path_segment(name))
    }

    /// A page or action of one of them.
    pub fn part(&self, name: &str, part: &str) -> String {
        format!("{}/{part}", self.workspace(name))
    }
}

/// The frame of a page about an organization's workspaces.
pub fn shell(visitor: &Visitor, scope: &Scope, title: &str) -> PageShell {
    visitor.shell(title).organization(&scope.organization.name, "workspaces")
}

/// The parts of a workspace: what each is called, and where it is below its page.
const PARTS: &[(&str, &str)] =
    &[("State", ""), (VARIABLES, "variables"), (ACCESS, "access"), ("Settings", "settings")];
const VARIABLES: &str = "Variables";
const ACCESS: &str = "Access";

/// The way between the parts of a workspace that the caller may see; `active` is where the page is
/// below the workspace's.
pub fn sections(scope: &Scope, place: &Place, workspace: &str, active: &str) -> Markup {
    let parts: Vec<Tab> = PARTS
        .iter()
        .filter(|(label, _)| match *label {
            VARIABLES => scope.allows(Right::ReadVariables) || scope.allows(Right::ManageVariables),
            ACCESS => scope.allows(Right::ManageAccess),
            _ => true,
        })
        .map(|(label, part)| Tab {
            label: (*label).to_owned(),
            href: match *part {
                "" => place.workspace(workspace),
                part => place.part(workspace, part),
            },
            current: *part == active,
        })
        .collect();
    tabs("Workspace", &parts)
}

/// The block that joins a configuration to a workspace, or to any in the default project.
/// Addresses can't hold spaces, so a project that has some in its name is named by its id.
pub fn cloud_block(
    external_url: &str,
    scope: &Scope,
    project: Option<(kernel::ProjectId, &str)>,
    workspace: &str,
) -> Markup {
    let organization = &scope.organization;
    let address = match project {
        Some((id, _)) if id == organization.default_project_id => organization.name.clone(),
        Some((id, name)) if name.contains(' ') => format!("{}.{id}", organization.name),
        Some((_, name)) => format!("{}.{name}", organization.name),
        None => organization.name.clone(),
    };
    let text = format!(
        "terraform {{\n  cloud {{\n    hostname     = \"{}\"\n    organization = \"{address}\"\n\n    \
         workspaces {{\n      name = \"{workspace}\"\n    }}\n  }}\n}}",
        host(external_url)
    );
    code_block("main.tf", &text)
}

/// Who holds the lock, since when, and the way to break it for those who may.
pub fn lock_notice(
    visitor: &Visitor,
    scope: &Scope,
    place: &Place,
    workspace: &Workspace,
) -> Markup {
    let Some(lock) = &workspace.lock else { return html! {} };
    let now = visitor.context.now;
    let own = lock.holder.is(&visitor.context);
    html! {
        div.lock role="status" {
            div.lock-text {
                (icon(Icon::Lock))
                div {
                    p {
                        "Locked by " strong { (holder(lock)) } @if own { " (you)" } " "
                        (time(now, lock.at))
                    }
                    p.hint {
                        @if !lock.reason.is_empty() { "“" (lock.reason) "” · " }
                        "last sign of life " (time(now, lock.seen_at))
                    }
                }
            }
            @if own || scope.allows(Right::ForceUnlock) {
                (confirm(
                    "Force-unlock…",
                    html! {
                        "Only if nothing works on " strong { (workspace.name) } " any more: a "
                        "Terraform that still runs can’t save its state after this."
                    },
                    ("Force-unlock", &place.part(&workspace.name, "force-unlock")),
                    &visitor.csrf(),
                    html! { input type="hidden" name="lock" value=(lock.id); },
                ))
            }
        }
    }
}

/// What can be chosen as a workspace's project: all there are, up to a number that still fits
/// into a choice.
pub(super) fn projects(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Project>> {
    let request = PageRequest::new(1, PageRequest::MAX_SIZE);
    let found = identity::list_projects(tx, scope, &ProjectFilter::default(), request)?;
    Ok(found.items.into_iter().map(|listed| listed.details.project).collect())
}

/// The projects in which the caller may make workspaces.
pub(super) fn open_projects(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Project>> {
    let mut found = projects(tx, scope)?;
    if !scope.allows(Right::CreateWorkspace) {
        let open = scope.reach(tx)?.projects_with(scope, Right::CreateWorkspace);
        found.retain(|project| open.contains(&project.id));
    }
    Ok(found)
}

/// Who holds a lock, as people say it.
pub(super) fn holder(lock: &Lock) -> String {
    match &lock.holder {
        crate::Holder::User { username, .. } => username.clone(),
        crate::Holder::Service { name, .. } => name.clone(),
        crate::Holder::Run(run) => run.to_string(),
    }
}

/// Tags as pills. Each leads to the workspaces that carry it.
pub(super) fn tags(place: &Place, tags: &[Tag]) -> Markup {
    html! {
        @if !tags.is_empty() {
            div.badges {
                @for tag in tags {
                    a href={ (place.list()) "?tag=" (path_segment(&tag.key)) } {
                        (badge(Tone::Neutral, &words(tag)))
                    }
                }
            }
        }
    }
}

/// A tag as people write it.
pub(super) fn words(tag: &Tag) -> String {
    if tag.value.is_empty() { tag.key.clone() } else { format!("{}={}", tag.key, tag.value) }
}

/// Reads tags as people write them: words and `key=value`, between commas.
pub(super) fn read_tags(text: &str) -> Vec<Tag> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            Tag { key: key.trim().to_owned(), value: value.trim().to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written() {
        let tags = read_tags(" core, env = production,, =x");
        let written: Vec<_> = tags.iter().map(words).collect();
        assert_eq!(written, ["core", "env=production", "=x"]);
    }

    #[test]
    fn addresses_hold_nothing_that_ends_them() {
        assert_eq!(
            Place::of("a/b").part("c d", "settings"),
            "/app/a%2Fb/workspaces/c%20d/settings"
        );
    }
}
