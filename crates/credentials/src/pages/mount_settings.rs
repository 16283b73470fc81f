//! The settings of a mount: what is said of it, how long its leases last, where it works, its end.

use std::time::Duration;

use http::StatusCode;
use identity::SafeForm;
use kernel::{Error, Secret};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Field, Markup, PageShell, Problems, Select, button, card, confirm, count,
        danger_zone, definition_list, field, heading, html, page, post_form, section_heading,
        see_other, select, text_area, time,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    frame::{at, fields, problem},
    mounts::{FIELDS, MountForm, SECTION, TERRAFORM, address},
};
use crate::{
    duration::Printed,
    engines::terraform::{CONFIG, Config, DEFAULT_ADDRESS},
    mount::Mount,
    store,
};

const OWN: &str = "own";
const OTHER: &str = "other";

/// What the form of a connection holds.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigForm {
    /// This server itself, or another.
    target: String,
    address: String,
    token: Option<Secret<String>>,
    ca_cert: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DisableForm {
    confirmation: String,
}

/// What the page shows.
struct Known {
    mount: Mount,
    config: Option<Config>,
    leases: u64,
}

pub(super) async fn show(
    admin: Administrator,
    Path(mount): Path<String>,
    query: ListQuery,
) -> Shown {
    let known = Known::read(&admin, &mount).await?;
    let shell = shell(&admin, &known.mount, query.get("done"));
    let form = MountForm::of(&known.mount);
    Ok(page(shell, known.markup(&admin, &form, &known.connection(), None)))
}

pub(super) async fn tune(
    admin: Administrator,
    Path(mount): Path<String>,
    SafeForm(form): SafeForm<MountForm>,
) -> Shown {
    let known = Known::read(&admin, &mount).await?;
    let tuned = match form.lengths() {
        Ok((default, max)) => {
            let data = fields([
                ("description", form.description.trim()),
                ("default_lease_ttl", default),
                ("max_lease_ttl", max),
            ]);
            admin.write(&format!("sys/mounts/{}tune", known.mount.path), data).await
        }
        Err(error) => {
            let shell = refused(&admin, &known.mount);
            return Ok(page(shell, known.markup(&admin, &form, &known.connection(), Some(&error))));
        }
    };
    match tuned {
        Ok(_) => Ok(see_other(&settings(&known.mount, "saved"))),
        Err(fault) => {
            let error = problem(fault)?;
            let shell = refused(&admin, &known.mount);
            Ok(page(shell, known.markup(&admin, &form, &known.connection(), Some(&error))))
        }
    }
}

pub(super) async fn configure(
    admin: Administrator,
    Path(mount): Path<String>,
    SafeForm(form): SafeForm<ConfigForm>,
) -> Shown {
    let known = Known::read(&admin, &mount).await?;
    match admin.write(&format!("{}config", known.mount.path), form.data()).await {
        Ok(_) => Ok(see_other(&settings(&known.mount, "saved"))),
        Err(fault) => {
            let error = problem(fault)?;
            let shell = refused(&admin, &known.mount);
            let mount = MountForm::of(&known.mount);
            Ok(page(shell, known.markup(&admin, &mount, &form, Some(&error))))
        }
    }
}

pub(super) async fn disable(
    admin: Administrator,
    Path(mount): Path<String>,
    SafeForm(form): SafeForm<DisableForm>,
) -> Shown {
    let known = Known::read(&admin, &mount).await?;
    let path = &known.mount.path;
    let error = if form.confirmation.trim().trim_end_matches('/') == path.trim_end_matches('/') {
        match admin.delete(&format!("sys/mounts/{path}")).await {
            Ok(_) => return Ok(see_other(&format!("{}?done=disabled", at(SECTION)))),
            Err(fault) => problem(fault)?,
        }
    } else {
        let text = "the mount was not disabled: type its path exactly as it is written";
        Error::new(kernel::Kind::Invalid, text)
    };
    let form = MountForm::of(&known.mount);
    let shell = refused(&admin, &known.mount);
    Ok(page(shell, known.markup(&admin, &form, &known.connection(), Some(&error))))
}

fn settings(mount: &Mount, done: &str) -> String {
    format!("{}/settings?done={done}", address(mount))
}

fn shell(admin: &Administrator, mount: &Mount, done: Option<&str>) -> PageShell {
    admin
        .shell(&format!("Settings of {}", mount.path), SECTION, done)
        .crumb(&mount.path, address(mount))
        .crumb("Settings", format!("{}/settings", address(mount)))
}

fn refused(admin: &Administrator, mount: &Mount) -> PageShell {
    shell(admin, mount, None).status(StatusCode::UNPROCESSABLE_ENTITY)
}

impl MountForm {
    fn of(mount: &Mount) -> Self {
        let length = |length: Duration| {
            if length.is_zero() { String::new() } else { Printed(length).short() }
        };
        Self {
            path: mount.path.clone(),
            description: mount.description.clone(),
            default_lease_ttl: length(mount.default_lease_ttl),
            max_lease_ttl: length(mount.max_lease_ttl),
        }
    }
}

impl ConfigForm {
    /// What `config` is sent. A token that is not given stays as it is.
    fn data(&self) -> Map<String, Value> {
        if self.target == OWN {
            return Map::from_iter([("own_server".to_owned(), json!(true))]);
        }
        let address = match self.address.trim() {
            "" => DEFAULT_ADDRESS,
            address => address,
        };
        let mut data = fields([("address", address), ("ca_cert", self.ca_cert.trim())]);
        let token = self.token.as_ref().map(|token| token.expose().trim());
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            data.insert("token".to_owned(), json!(token));
        }
        data
    }
}

impl Known {
    async fn read(admin: &Administrator, accessor: &str) -> kernel::Result<Self> {
        let mount = admin.mount_named(accessor)?.clone();
        if mount.r#type != TERRAFORM {
            return Err(Error::not_found());
        }
        let (view, uuid) = (admin.view(&mount)?, mount.uuid.clone());
        let (config, leases) = admin
            .core
            .db()
            .read(move |tx| {
                let counts = store::count_leases(tx, false)?;
                let mine = counts.iter().find(|(mount, _)| *mount == uuid);
                Ok((view.get(tx, CONFIG)?, mine.map_or(0, |(_, count)| count.unsigned_abs())))
            })
            .await?;
        Ok(Self { mount, config, leases })
    }

    fn connection(&self) -> ConfigForm {
        let config = self.config.as_ref();
        let address = config.and_then(|config| config.address.clone());
        let own = config.is_some_and(|config| config.address.is_none());
        ConfigForm {
            target: if own { OWN } else { OTHER }.to_owned(),
            address: address.unwrap_or_default(),
            token: None,
            ca_cert: config.and_then(|config| config.ca_cert.clone()).unwrap_or_default(),
        }
    }

    fn markup(
        &self,
        admin: &Administrator,
        form: &MountForm,
        connection: &ConfigForm,
        error: Option<&Error>,
    ) -> Markup {
        let problems = Problems::of(error);
        html! {
            (heading(&format!("Settings of {}", self.mount.path), html! {}, html! {}))
            (problems.summary(&FIELDS))
            div.part {
                (section_heading("connection", "Where it works", html! {
                    @if self.config.is_none() {
                        "Nowhere yet: roles give out nothing until this is said."
                    } @else { "The Terraform API whose tokens it gives out." }
                }))
                (card(self.connection_form(admin, connection)))
            }
            div.part {
                (section_heading("lengths", "How long its leases last", html! {
                    "Roles may say less, not more."
                }))
                (card(html! {
                    (definition_list(&[
                        ("Accessor", html! { code { (self.mount.accessor) } }),
                        ("Enabled", time(admin.context().now, self.mount.created_at)),
                    ]))
                    (post_form(&address(&self.mount), &admin.csrf(), html! {
                        (form.fields(admin.system_limits(), problems))
                        (button(Button::Primary, "Save changes"))
                    }))
                }))
            }
            (self.end(admin))
        }
    }

    fn connection_form(&self, admin: &Administrator, form: &ConfigForm) -> Markup {
        let targets = [
            Choice::new(OWN, "At this server itself, without a token"),
            Choice::new(OTHER, "At another Terraform API"),
        ];
        let has_token = self.config.as_ref().is_some_and(|config| config.token.is_some());
        let kept = if has_token {
            "Empty: the one that is kept stays. It is never shown again."
        } else {
            "It makes the other tokens, and is tried at once."
        };
        html! {
            (post_form(&format!("{}/config", address(&self.mount)), &admin.csrf(), html! {
                (select(&Select {
                    name: "target", label: "It works", choices: &targets, chosen: &form.target,
                    hint: "At this server, whoever writes a role stands for it with their own rights.",
                }))
                (field(&Field::text("address", "Address").optional().value(&form.address)
                    .placeholder("https://app.terraform.io")
                    .hint("Of another API only. Empty: HCP Terraform.")))
                (field(&Field::password("token", "Token", "off").optional().hint(kept)))
                (text_area(&Field::text("ca_cert", "Certificate authorities").optional()
                    .value(&form.ca_cert).placeholder("-----BEGIN CERTIFICATE-----")
                    .hint("PEM, if the API’s certificate comes from one that this machine does not trust."), 3))
                (button(Button::Primary, "Save connection"))
            }))
        }
    }

    fn end(&self, admin: &Administrator) -> Markup {
        let path = &self.mount.path;
        danger_zone(
            "Disable this mount",
            html! {
                "Its roles are forgotten, and "
                @if self.leases == 0 { "it has no live leases." }
                @else {
                    "what was given out under " (count(self.leases, "lease"))
                    " stops working at once."
                }
            },
            confirm(
                "Disable…",
                html! { "This can’t be undone. Type " strong { (path) } " to go on." },
                ("Disable the mount", &format!("{}/disable", address(&self.mount))),
                &admin.csrf(),
                field(&Field::text("confirmation", "Path of the mount")),
            ),
        )
    }
}
