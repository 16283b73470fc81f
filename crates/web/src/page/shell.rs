//! The frame around every page, and the headers that go with it.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use kernel::{Denial, Kind, Timestamp};
use maud::{DOCTYPE, Markup, html};

use super::{
    Crumb, Flash, Icon, Tab, Tone, asset_url, button_link, csrf_field, flash, icon, tabs,
    text::{path_segment, sentence},
};

/// What is around a page's contents. Start with [`PageShell::new`] (identity's
/// `Visitor::shell` does, for signed-in people) and add what the page needs.
#[derive(Clone, Debug)]
pub struct PageShell {
    /// The page's own title; the product's name is added.
    pub title: String,
    /// The instant that relative times are told from.
    pub now: Timestamp,
    /// Who is signed in.
    pub user: Option<ShellUser>,
    /// Where the page stands, from the organization down; the last one is the page itself.
    pub crumbs: Vec<Crumb>,
    /// The sections beside this one.
    pub tabs: Vec<Tab>,
    /// What has just happened.
    pub flash: Option<Flash>,
    /// Wide with navigation, or one thing in the middle.
    pub layout: Layout,
    /// The answer's status.
    pub status: StatusCode,
    /// Whether the page or its address holds a secret: it is then never stored nor named to others.
    pub secret: bool,
    /// Whether a page with a secret is named to this server all the same, never to others.
    pub named_here: bool,
    /// One more origin that forms may lead to, e.g. `http://localhost:10001`.
    pub form_target: Option<String>,
    /// What the page tells that was not allowed: for the audit trail.
    pub denial: Option<Denial>,
}

/// Who is signed in, for the frame.
#[derive(Clone, Debug)]
pub struct ShellUser {
    /// The name shown.
    pub username: String,
    /// For the sign-out form.
    pub csrf: String,
    /// Whether they administer the site, and are led to what only they see.
    pub site_admin: bool,
}

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Navigation, and the page's contents over the width.
    Wide,
    /// One card in the middle: signing in, consent, errors.
    Focus,
}

impl PageShell {
    /// A shell with nothing but a title.
    pub fn new(title: impl Into<String>, now: Timestamp) -> Self {
        Self {
            title: title.into(),
            now,
            user: None,
            crumbs: Vec::new(),
            tabs: Vec::new(),
            flash: None,
            layout: Layout::Wide,
            status: StatusCode::OK,
            secret: false,
            named_here: false,
            form_target: None,
            denial: None,
        }
    }

    /// Says who is signed in.
    #[must_use]
    pub fn user(mut self, user: ShellUser) -> Self {
        self.user = Some(user);
        self
    }

    /// Adds a step to the path that leads here.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: href.into() });
        self
    }

    /// The path and the sections of an organization; `active` is the section's name.
    #[must_use]
    pub fn organization(self, name: &str, active: &str) -> Self {
        let base = format!("/app/{}", path_segment(name));
        let tab = |label: &str, part: &str| Tab {
            label: label.to_owned(),
            href: format!("{base}/{part}"),
            current: active == part,
        };
        let mut shell = self.crumb(name, format!("{base}/workspaces"));
        shell.tabs = vec![
            tab("Workspaces", "workspaces"),
            tab("Projects", "projects"),
            tab("Settings", "settings"),
        ];
        shell
    }

    /// The sections of a person's own settings; `active` is the section's name.
    #[must_use]
    pub fn account(self, active: &str) -> Self {
        let tab = |label: &str, part: &str| Tab {
            label: label.to_owned(),
            href: format!("/app/settings/{part}"),
            current: active == part,
        };
        let mut shell = self.crumb("Your account", "/app/settings/account");
        shell.tabs = vec![tab("Account", "account"), tab("Tokens", "tokens")];
        shell
    }

    /// Says what has just happened, if something has.
    #[must_use]
    pub fn flash(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.flash = Some(Flash { tone, text: text.into() });
        self
    }

    /// One card in the middle instead of the whole frame.
    #[must_use]
    pub fn focus(mut self) -> Self {
        self.layout = Layout::Focus;
        self
    }

    /// The answer's status, when it is not 200.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page tells of this error by itself. If it was a refusal, the audit trail tells of it too.
    #[must_use]
    pub fn about(mut self, error: &kernel::Error) -> Self {
        self.denial = error.denial().cloned();
        self
    }

    /// The page or its address holds a secret.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The page is named to this server: where there is no session yet to prove a form by, it is
    /// proved by where it comes from, which browsers keep to themselves for a page that is not.
    #[must_use]
    pub fn named_here(mut self) -> Self {
        self.named_here = true;
        self
    }

    /// Lets the page's forms lead to one more origin. Browsers hold the policy against redirects
    /// that follow a form too, hence the consent page needs it.
    #[must_use]
    pub fn form_target(mut self, origin: impl Into<String>) -> Self {
        self.form_target = Some(origin.into());
        self
    }
}

/// The whole page.
pub fn page(shell: PageShell, contents: Markup) -> Response {
    let body = match shell.layout {
        Layout::Wide => wide(&shell, &contents),
        Layout::Focus => focus(&shell, &contents),
    };
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (shell.title) " · Stateward" }
                link rel="icon" type="image/svg+xml" href=(asset_url("logo.svg"));
                link rel="stylesheet" href=(asset_url("stateward.css"));
                script src=(asset_url("stateward.js")) defer {}
            }
            body { (body) }
        }
    };
    answer(&shell, document.into_string())
}

fn wide(shell: &PageShell, contents: &Markup) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the contents" }
        header.top {
            div.bar {
                a.brand href="/app" aria-label="Stateward, all organizations" {
                    (icon(Icon::Logo)) span.brand-name { "Stateward" }
                }
                (crumbs(&shell.crumbs))
                @if let Some(user) = &shell.user { (user_menu(user)) }
            }
            @if !shell.tabs.is_empty() { (tabs("Sections", &shell.tabs)) }
        }
        main #main tabindex="-1" {
            @if let Some(message) = &shell.flash { (flash(message)) }
            (contents)
        }
    }
}

fn focus(shell: &PageShell, contents: &Markup) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the contents" }
        div.focus-page {
            header.focus-brand {
                a.brand href="/app" aria-label="Stateward" {
                    (icon(Icon::Logo)) span.brand-name { "Stateward" }
                }
            }
            main.focus-card #main tabindex="-1" {
                @if let Some(message) = &shell.flash { (flash(message)) }
                (contents)
            }
        }
    }
}

fn crumbs(crumbs: &[Crumb]) -> Markup {
    let last = crumbs.len().saturating_sub(1);
    html! {
        nav.crumbs aria-label="Breadcrumbs" {
            ol {
                @for (position, crumb) in crumbs.iter().enumerate() {
                    li {
                        a href=(crumb.href) aria-current=[(position == last).then_some("page")] {
                            (crumb.label)
                        }
                    }
                }
            }
        }
    }
}

fn user_menu(user: &ShellUser) -> Markup {
    let initial: String = user.username.chars().take(1).flat_map(char::to_uppercase).collect();
    html! {
        details.menu {
            summary aria-label={ "Account menu of " (user.username) } {
                span.avatar aria-hidden="true" { (initial) }
                span.menu-name { (user.username) }
                (icon(Icon::Chevron))
            }
            div.menu-sheet {
                p.menu-note { "Signed in as " strong { (user.username) } }
                a href="/app" { (icon(Icon::Organization)) "Organizations" }
                a href="/app/settings/account" { (icon(Icon::Person)) "Account" }
                a href="/app/settings/tokens" { (icon(Icon::Key)) "Tokens" }
                @if user.site_admin {
                    a href="/app/credentials" { (icon(Icon::Lock)) "Short-lived credentials" }
                }
                form method="post" action="/app/sign-out" {
                    (csrf_field(&user.csrf))
                    button type="submit" { (icon(Icon::Leave)) "Sign out" }
                }
            }
        }
    }
}

/// The page's answer with the headers that every page carries.
fn answer(shell: &PageShell, document: String) -> Response {
    let mut response = (shell.status, document).into_response();
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::CACHE_CONTROL, if shell.secret { "no-store" } else { "private, no-cache" });
    let unnamed = shell.secret && !shell.named_here;
    set(header::REFERRER_POLICY, if unnamed { "no-referrer" } else { "same-origin" });
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if let Ok(policy) = HeaderValue::from_str(&policy(shell.form_target.as_deref())) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(denial) = &shell.denial {
        response.extensions_mut().insert(denial.clone());
    }
    response
}

fn policy(form_target: Option<&str>) -> String {
    let form_target = form_target.map_or_else(String::new, |origin| format!(" {origin}"));
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'{form_target}; frame-ancestors 'none'; \
         base-uri 'none'"
    )
}

/// Leads the browser on after a form, with 303.
pub fn see_other(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, "/app")]).into_response();
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The page for an error: what is wrong, and the way on. Never holds the internal part.
/// `reference` is the request's id, for whoever looks into the log.
pub fn error_page(error: &kernel::Error, status: StatusCode, reference: Option<&str>) -> Response {
    let title = title(error.kind());
    let shell = PageShell::new(title, Timestamp::from_micros(0)).focus().secret().status(status);
    let contents = html! {
        p.error-status { (status.as_u16()) }
        h1 { (title) }
        @for detail in error.details() {
            p.lead { (sentence(&detail.text)) }
        }
        div.actions {
            @if error.kind() == Kind::Unauthorized {
                (button_link("Sign in", "/app/sign-in", true))
            } @else {
                (button_link("Go to your organizations", "/app", true))
            }
        }
        @if matches!(error.kind(), Kind::Conflict | Kind::Invalid | Kind::TooLarge) {
            p.hint { "Nothing was changed. Your browser’s way back leads to where you were." }
        }
        @if let (Some(reference), true) = (reference, status.is_server_error()) {
            p.hint { "For the server's log: " code { (reference) } }
        }
    };
    page(shell, contents)
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::BadRequest | Kind::UnsupportedMediaType => "That request can’t be read",
        Kind::Unauthorized => "You are not signed in",
        Kind::Forbidden => "You are not allowed to do this",
        Kind::NotFound => "There is nothing here",
        Kind::Conflict => "That can’t be done right now",
        Kind::PreconditionFailed => "Something has changed in the meantime",
        Kind::TooLarge => "That is too large",
        Kind::Invalid => "Something needs another look",
        Kind::TooManyRequests => "Too many attempts",
        Kind::Unavailable => "Stateward is not available right now",
        Kind::Internal => "Something went wrong on the server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_refuses_everything_inline() {
        let policy = policy(Some("http://localhost:10001"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("form-action 'self' http://localhost:10001;"), "{policy}");
    }

    #[test]
    fn pages_with_secrets_are_neither_stored_nor_named_to_others() {
        let shell = PageShell::new("Token", Timestamp::from_micros(0)).secret();
        let response = page(shell, html! {});
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
        let shell = PageShell::new("Sign in", Timestamp::from_micros(0)).secret().named_here();
        let response = page(shell, html! {});
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[header::REFERRER_POLICY], "same-origin");
    }

    #[test]
    fn a_location_with_a_line_break_leads_home() {
        let response = see_other("/app\r\nset-cookie: a=b");
        assert_eq!(response.headers()[header::LOCATION], "/app");
    }
}
