//! Revoking everything below a path: first what that hits, then the deed.

use http::StatusCode;
use identity::SafeForm;
use kernel::Error;
use serde::Deserialize;
use serde_json::Value;
use web::{
    ListQuery,
    page::{
        Button, Field, Markup, Problems, button, button_link, card, count, field, heading, html,
        page, post_form, see_other,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    frame::{at, fields, problem},
    leases::SECTION,
};
use crate::store;

const PATH: &str = "/leases/revoke-prefix";
const TITLE: &str = "Revoke many leases";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PrefixForm {
    prefix: String,
}

/// What a revocation hits.
struct Hits {
    leases: u64,
    /// Tokens of this side that were made below the path: people and machines that logged in there.
    logins: u64,
}

pub(super) async fn show(admin: Administrator, query: ListQuery) -> Shown {
    let prefix = query.get("prefix").unwrap_or_default().trim().trim_start_matches('/');
    let shell = admin.shell(TITLE, SECTION, None).crumb(TITLE, at(PATH));
    if prefix.is_empty() {
        return Ok(page(shell, question("")));
    }
    let hits = Hits::below(&admin, prefix).await?;
    Ok(page(shell, answer(&admin, prefix, &hits, None)))
}

pub(super) async fn revoke(admin: Administrator, SafeForm(form): SafeForm<PrefixForm>) -> Shown {
    let prefix = form.prefix.trim().trim_start_matches('/');
    let path = format!("sys/leases/revoke-prefix/{prefix}");
    // However many there are, nobody waits for them.
    let mut data = fields([]);
    data.insert("sync".to_owned(), Value::Bool(false));
    match admin.write(&path, data).await {
        Ok(_) => Ok(see_other(&format!("{}?done=revoked-all", at(SECTION)))),
        Err(fault) => {
            let error = problem(fault)?;
            let hits = Hits::below(&admin, prefix).await?;
            let shell = admin
                .shell(TITLE, SECTION, None)
                .crumb(TITLE, at(PATH))
                .status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, answer(&admin, prefix, &hits, Some(&error))))
        }
    }
}

impl Hits {
    async fn below(admin: &Administrator, prefix: &str) -> kernel::Result<Self> {
        let prefix = admin.core.known().spelling.of_path(prefix).into_owned();
        admin
            .core
            .db()
            .read(move |tx| {
                // As the revocation itself reads it: a whole id is that one lease.
                if !prefix.ends_with('/') && store::find_lease(tx, &prefix)?.is_some() {
                    return Ok(Self { leases: 1, logins: 0 });
                }
                let below = format!("{}/", prefix.trim_end_matches('/'));
                let logins = store::tokens_made_under(tx, &below)?.len() as u64;
                Ok(Self { leases: store::count_leases_under(tx, &below)?, logins })
            })
            .await
    }

    const fn is_nothing(&self) -> bool {
        self.leases == 0 && self.logins == 0
    }

    fn words(&self) -> String {
        let parts = [(self.leases, "lease"), (self.logins, "login")];
        let parts = parts.into_iter().filter(|(number, _)| *number > 0);
        parts.map(|(number, noun)| count(number, noun)).collect::<Vec<_>>().join(" and ")
    }
}

fn question(prefix: &str) -> Markup {
    html! {
        (heading(TITLE, html! {
            "All that was given out below a path ends before its time. You see how many leases that "
            "is before anything happens."
        }, html! {}))
        (card(html! {
            form.form method="get" action=(at(PATH)) {
                (field(&Field::text("prefix", "Path").value(prefix).focus()
                    .placeholder("terraform/creds/ci")
                    .hint("A mount, such as terraform/, one of its roles, or a way to log in, such as \
                           auth/jwt/: then everybody who came in there has to log in again.")))
                div.actions {
                    (button(Button::Primary, "See what it hits"))
                    (button_link("Cancel", &at(SECTION), false))
                }
            }
        }))
    }
}

fn answer(admin: &Administrator, prefix: &str, hits: &Hits, error: Option<&Error>) -> Markup {
    if hits.is_nothing() && error.is_none() {
        return html! {
            (question(prefix))
            p role="status" { "Nothing was given out below " code { (prefix) } " that still lives." }
        };
    }
    let words = hits.words();
    html! {
        (heading(&format!("Revoke {words}?"), html! { "All below " code { (prefix) } "." }, html! {}))
        (card(html! {
            (Problems::of(error).summary(&[]))
            p {
                "Whatever was given out there stops working within seconds, whoever uses it. This "
                "can’t be undone."
            }
            (post_form(&at(PATH), &admin.csrf(), html! {
                input type="hidden" name="prefix" value=(prefix);
                div.actions {
                    (button(Button::Danger, &format!("Revoke {words}")))
                    (button_link("Cancel", &at(SECTION), false))
                }
            }))
        }))
    }
}
