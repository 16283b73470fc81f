//! A page that makes the commands to copy: choose a role and a command line.

use kernel::Result;
use web::{
    ListQuery,
    page::{
        Choice, Icon, Markup, Select, button_link, code_block, empty_state, heading, html, page,
        section_heading, select,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    frame::at,
    mounts::{TERRAFORM, address},
    snippets::{Cli, Snippets},
};
use crate::{
    engines::terraform::{CONFIG, Config, ROLES, Role},
    mount::Mount,
};

const SECTION: &str = "/commands";
/// How many roles can be chosen from.
const MOST_ROLES: usize = 1_000;

/// A role that can be chosen: its mount and its name.
struct Offered<'a> {
    mount: &'a Mount,
    name: String,
}

impl Offered<'_> {
    /// How the form names it.
    fn value(&self) -> String {
        format!("{}/{}", self.mount.accessor, self.name)
    }
}

pub(super) async fn show(admin: Administrator, query: ListQuery) -> Shown {
    let offered = offered(&admin).await?;
    let cli = Cli::named(query.get("cli").unwrap_or_default());
    let wanted = query.get("role").unwrap_or_default();
    let chosen = offered.iter().find(|role| role.value() == wanted).or(offered.first());
    let contents = match chosen {
        None => nothing(&admin),
        Some(chosen) => {
            let (role, config) = read(&admin, chosen).await?;
            let core = &admin.core;
            let own = core.settings().external_url.as_str();
            let snippets = Snippets {
                cli,
                address: own,
                own_authority: core.settings().own_authorities.is_some(),
                username: &admin.visitor.user().username,
                mount: &chosen.mount.path,
                role: &chosen.name,
                api: config.as_ref().and_then(|config| config.address.as_deref()).unwrap_or(own),
                leased: role.is_none_or(|role| role.kind().is_leased()),
            };
            markup(&offered, chosen, &snippets)
        }
    };
    Ok(page(admin.shell("Commands", SECTION, None), contents))
}

/// The address of this page, about a role.
pub(super) fn about(mount: &Mount, role: &str) -> String {
    format!("{}?role={}", at(SECTION), web::page::Escaped(&format!("{}/{role}", mount.accessor)))
}

/// Every role of every mount.
async fn offered(admin: &Administrator) -> Result<Vec<Offered<'_>>> {
    let mut offered = Vec::new();
    for mount in admin.known.mounts.iter().filter(|mount| mount.r#type == TERRAFORM) {
        let view = admin.view(mount)?;
        let names = admin.core.db().read(move |tx| view.list(tx, ROLES)).await?;
        let room = MOST_ROLES - offered.len();
        offered.extend(names.into_iter().take(room).map(|name| Offered { mount, name }));
    }
    Ok(offered)
}

async fn read(
    admin: &Administrator,
    chosen: &Offered<'_>,
) -> Result<(Option<Role>, Option<Config>)> {
    let (view, key) = (admin.view(chosen.mount)?, format!("{ROLES}{}", chosen.name));
    admin.core.db().read(move |tx| Ok((view.get(tx, &key)?, view.get(tx, CONFIG)?))).await
}

fn nothing(admin: &Administrator) -> Markup {
    let mount = admin.known.mounts.iter().find(|mount| mount.r#type == TERRAFORM);
    html! {
        (heading("Commands", html! { "What to type to get a token that lives for minutes." }, html! {}))
        (empty_state(Icon::Terminal, "No roles yet", html! {
            "A role says whose tokens are given out. The commands are about one."
        }, html! {
            @match mount {
                Some(mount) => (button_link("New role", &format!("{}/new-role", address(mount)), true)),
                None => (button_link("Enable the Terraform engine", &at("/mounts/new"), true)),
            }
        }))
    }
}

fn markup(offered: &[Offered<'_>], chosen: &Offered<'_>, snippets: &Snippets<'_>) -> Markup {
    let roles: Vec<_> = offered
        .iter()
        .map(|role| Choice::new(role.value(), format!("{}creds/{}", role.mount.path, role.name)))
        .collect();
    let clis = [Choice::new("bao", "bao (OpenBao)"), Choice::new("vault", "vault (HashiCorp)")];
    html! {
        (heading("Commands", html! { "What to type to get a token that lives for minutes." }, html! {}))
        form.form-row method="get" action=(at(SECTION)) {
            (select(&Select {
                name: "role", label: "Role", hint: "", choices: &roles, chosen: &chosen.value(),
            }))
            (select(&Select {
                name: "cli", label: "Command line", hint: "", choices: &clis,
                chosen: snippets.cli.program(),
            }))
            button.button type="submit" { "Show commands" }
        }
        div.part {
            (section_heading("log-in", "Log in", html! { "Once, for as long as the login lasts." }))
            (code_block("People of this server", &snippets.login()))
        }
        div.part {
            (section_heading("token", "Get a token", html! {
                @if snippets.leased { "Another one each time; it ends with its lease." }
                @else { "The one token that the role has." }
            }))
            (code_block("By hand", &snippets.read()))
            (code_block("A Terraform run on a token of its own", &snippets.run()))
        }
        @if snippets.leased {
            div.part {
                (section_heading("lease", "Keep or end it", html! {
                    "The id of the lease stands beside the token."
                }))
                (code_block("Leases", &snippets.leases()))
            }
        }
        div.part {
            (section_heading("terraform", "From a configuration", html! {
                "With Terraform’s provider for Vault, which asks this server."
            }))
            (code_block("main.tf", &snippets.configuration()))
        }
        div.part {
            (section_heading("policy", "Who may", html! {
                "Whoever reads tokens needs a policy that says so. "
                a href=(at("/new-policy")) { "Make one" } ", and give it to a way to log in."
            }))
            (code_block("A policy", &snippets.policy()))
        }
    }
}
