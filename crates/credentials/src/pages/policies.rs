//! Policies: what there is, reading, writing and deleting one.

use http::StatusCode;
use identity::SafeForm;
use kernel::{Error, Page};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Column, Icon, Markup, Tone, badge, button_link, card, code_block, confirm, count,
        danger_zone, empty_state, heading, html, page, page_request, pagination, path_segment,
        post_form, search_form, see_other, table,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    frame::{at, fields, problem},
    policy_form::{PolicyForm, Refusal},
};
use crate::{
    policy::RESPONSE_WRAPPING_POLICY,
    store,
    token::{DEFAULT, RESPONSE_WRAPPING, ROOT},
};

const SECTION: &str = "/policies";

pub(super) async fn list(admin: Administrator, query: ListQuery) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let wanted = search.to_lowercase();
    let mut policies = admin.core.db().read(store::list_policies).await?;
    policies.push((ROOT.to_owned(), String::new()));
    policies.retain(|(name, _)| name.contains(&wanted));
    policies.sort();
    let policies = Page::of(policies, page_request(&query));
    let shell = admin.shell("Policies", SECTION, query.get("done"));
    Ok(page(shell, list_page(&policies, search)))
}

pub(super) async fn new(admin: Administrator) -> Shown {
    Ok(new_page(&admin, &PolicyForm::default(), None))
}

pub(super) async fn create(admin: Administrator, SafeForm(form): SafeForm<PolicyForm>) -> Shown {
    let form = form.tidy();
    let refusal = match find(&admin, &form.name).await? {
        _ if form.name.is_empty() => Refusal::Other(Error::invalid("name", "a policy has a name")),
        Some(_) => Refusal::Other(Error::invalid("name", "there is a policy of this name")),
        None => match write(&admin, &form).await? {
            Ok(()) => return Ok(see_other(&format!("{}?done=created", address(&form.name)))),
            Err(refusal) => refusal,
        },
    };
    Ok(new_page(&admin, &form, Some(&refusal)))
}

pub(super) async fn show(
    admin: Administrator,
    Path(name): Path<String>,
    query: ListQuery,
) -> Shown {
    let text = find(&admin, &name).await?.ok_or_else(Error::not_found)?;
    let form = PolicyForm { name, text };
    let shell = admin.shell(&form.name, SECTION, query.get("done"));
    let shell = shell.crumb(&form.name, address(&form.name));
    Ok(page(shell, one_page(&admin, &form, None)))
}

pub(super) async fn update(
    admin: Administrator,
    Path(name): Path<String>,
    SafeForm(form): SafeForm<PolicyForm>,
) -> Shown {
    find(&admin, &name).await?.ok_or_else(Error::not_found)?;
    let form = PolicyForm { name, ..form }.tidy();
    match write(&admin, &form).await? {
        Ok(()) => Ok(see_other(&format!("{}?done=saved", address(&form.name)))),
        Err(refusal) => {
            let shell = admin
                .shell(&form.name, SECTION, None)
                .crumb(&form.name, address(&form.name))
                .status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, one_page(&admin, &form, Some(&refusal))))
        }
    }
}

pub(super) async fn delete(
    admin: Administrator,
    Path(name): Path<String>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    find(&admin, &name).await?.ok_or_else(Error::not_found)?;
    match admin.delete(&format!("sys/policies/acl/{name}")).await {
        Ok(_) => Ok(see_other(&format!("{}?done=deleted", at(SECTION)))),
        Err(fault) => Err(problem(fault)?.into()),
    }
}

/// The text of a policy, if it is there.
async fn find(admin: &Administrator, name: &str) -> kernel::Result<Option<String>> {
    match name {
        ROOT => return Ok(Some(String::new())),
        RESPONSE_WRAPPING => return Ok(Some(RESPONSE_WRAPPING_POLICY.to_owned())),
        _ => {}
    }
    let policies = admin.core.db().read(store::list_policies).await?;
    Ok(policies.into_iter().find(|(known, _)| known == name).map(|(_, text)| text))
}

async fn write(
    admin: &Administrator,
    form: &PolicyForm,
) -> kernel::Result<std::result::Result<(), Refusal>> {
    if let Err(refusal) = form.check() {
        return Ok(Err(refusal));
    }
    let path = format!("sys/policies/acl/{}", form.name);
    match admin.write(&path, fields([("policy", form.text.as_str())])).await {
        Ok(_) => Ok(Ok(())),
        Err(fault) => Ok(Err(Refusal::Other(problem(fault)?))),
    }
}

fn address(name: &str) -> String {
    format!("{}/{}", at(SECTION), path_segment(name))
}

/// What is said of those that are there from the beginning.
fn about(name: &str) -> Option<&'static str> {
    match name {
        ROOT => Some("May do everything. It has no text, and can’t be changed."),
        DEFAULT => Some("What every token may do that does not refuse it."),
        RESPONSE_WRAPPING => {
            Some("What a token may do that an answer waits under. It can’t be changed.")
        }
        _ => None,
    }
}

fn list_page(policies: &Page<(String, String)>, search: &str) -> Markup {
    let path = at(SECTION);
    let rows = policies.items.iter().map(|(name, text)| row(name, text)).collect();
    html! {
        (heading("Policies", html! {
            "A policy says which paths whoever has it may use, and how. What no policy gives is refused."
        }, button_link("New policy", &at("/new-policy"), true)))
        (search_form(&path, ("search", search), "Search policies", "list", html! {}))
        div #list {
            @if policies.total == 0 {
                (empty_state(Icon::Lock, "No policy matches", html! {
                    "No policy is called “" (search) "”."
                }, html! {}))
            } @else {
                (table("Policies", &[Column::main("Name"), Column::text("Rules")], rows))
                (pagination(policies, "policy", &path, &[("search", search)]))
            }
        }
    }
}

fn row(name: &str, text: &str) -> Vec<Markup> {
    vec![
        html! {
            a href=(address(name)) { strong { (name) } }
            @if let Some(about) = about(name) { p.hint { (about) } }
        },
        html! {
            @if name == ROOT { (badge(Tone::Warning, "Everything")) }
            @else { span.quiet { (count(text.lines().count() as u64, "line")) } }
        },
    ]
}

fn new_page(
    admin: &Administrator,
    form: &PolicyForm,
    refusal: Option<&Refusal>,
) -> axum::response::Response {
    let mut shell = admin.shell("New policy", SECTION, None).crumb("New", at("/new-policy"));
    if refusal.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    page(
        shell,
        html! {
            (heading("New policy", html! { "It counts as soon as a token has it." }, html! {}))
            (card(post_form(&at(SECTION), &admin.csrf(), form.fields(true, refusal))))
        },
    )
}

fn one_page(admin: &Administrator, form: &PolicyForm, refusal: Option<&Refusal>) -> Markup {
    let name = form.name.as_str();
    let fixed = matches!(name, ROOT | RESPONSE_WRAPPING);
    let lead = about(name)
        .unwrap_or("Changes count from the next request on, for every token that has it.");
    html! {
        (heading(name, html! { (lead) }, html! {}))
        @if fixed {
            @if !form.text.is_empty() { (code_block(name, &form.text)) }
        } @else {
            (card(post_form(&address(name), &admin.csrf(), form.fields(false, refusal))))
            @if name != DEFAULT { (end(admin, name)) }
        }
    }
}

fn end(admin: &Administrator, name: &str) -> Markup {
    danger_zone(
        "Delete this policy",
        html! { "Tokens that have it keep its name, and may no longer do what only it gave them." },
        confirm(
            "Delete…",
            html! { "Whoever has no other policy but " strong { (name) } " is shut out at once." },
            ("Delete the policy", &format!("{}/delete", address(name))),
            &admin.csrf(),
            html! {},
        ),
    )
}
