//! For every route the request that would succeed, if only the right one asked.

use reqwest::Method;
use serde_json::Value;

use super::Things;
use crate::fixtures::{LINEAGE, state};

/// A request for something of the fixture, or of nobody.
#[derive(Clone)]
pub(crate) struct Plea {
    pub(crate) method: Method,
    pub(crate) pattern: String,
    about: About,
}

/// What a request is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// The things of the fixture.
    Things,
    /// What is not there, in the organization of the fixture.
    NothingInside,
    /// What is not there, in an organization that is not there.
    Nothing,
}

#[derive(PartialEq)]
pub(crate) enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
    Bytes(Vec<u8>),
}

/// The ends of addresses to which things are added that were not there, or nothing is.
const ADDING: &[&str] = &[
    "access-keys",
    "account",
    "authentication-tokens",
    "authorize",
    "code",
    "config",
    "download",
    "keys",
    "members",
    "mounts",
    "organization-memberships",
    "organizations",
    "password",
    "policies",
    "projects",
    "{project}",
    "{mount}",
    "{policy}",
    "{role}",
    "recovery-codes",
    "reserved-tag-keys",
    "remote-state-consumers",
    "reveal",
    "revoke-prefix",
    "roles",
    "second-factor",
    "settings",
    "sign-in",
    "sign-out",
    "tags",
    "teams",
    "token",
    "trusted-issuers",
    "{set}",
    "{trust}",
    "{variable}",
    "places",
    "variable-sets",
    "variables",
    "varsets",
    "vars",
    "workspaces",
];

impl Plea {
    pub(crate) fn of(method: &str, pattern: &str) -> Self {
        // What answers every method decides by itself what each means.
        let method = if method == "*" { "GET" } else { method };
        Self { method: method.parse().unwrap(), pattern: pattern.to_owned(), about: About::Things }
    }

    /// The same request for what is not there.
    pub(crate) fn about_nothing(&self) -> Self {
        Self { about: About::Nothing, ..self.clone() }
    }

    /// The same request for what is not there, but would be in the organization of the fixture.
    pub(crate) fn about_nothing_inside(&self) -> Self {
        Self { about: About::NothingInside, ..self.clone() }
    }

    /// Whether it is for a browser.
    pub(crate) fn is_page(&self) -> bool {
        self.pattern.starts_with("/app")
    }

    /// Whether it is about a variable set.
    fn is_about_sets(&self) -> bool {
        self.pattern.contains("varsets") || self.pattern.contains("variable-sets")
    }

    pub(super) fn needs_own_lock(&self) -> bool {
        let writes = self.pattern.starts_with("/api/v2/workspaces/{")
            && self.pattern.ends_with("/state-versions");
        writes || self.pattern.ends_with("/actions/unlock")
    }

    pub(super) fn needs_foreign_lock(&self) -> bool {
        self.pattern.ends_with("/force-unlock")
    }

    pub(super) fn needs_upload(&self) -> bool {
        self.pattern.starts_with("/blobs/") && self.method == Method::PUT
    }

    /// Whether something is not as it was once this was granted.
    pub(super) fn spoils(&self) -> bool {
        let (before, last) = self.pattern.rsplit_once('/').unwrap_or_default();
        match self.method.as_str() {
            "GET" => false,
            "PATCH" => matches!(last, "state-versions" | "token-ttl-policies"),
            "POST" if before.contains("/teams/{") => true,
            "POST" => !ADDING.contains(&last),
            _ => true,
        }
    }

    /// Whether the one who asks has another token or session to get afterwards.
    pub(super) fn ends_sessions(&self) -> bool {
        self.pattern.contains("password")
            || self.pattern.contains("sign-out")
            || self.pattern.contains("second-factor")
    }

    /// The path with everything filled in, and the query if one is needed.
    pub(crate) fn path(&self, things: &Things) -> String {
        let mut before = "";
        let mut parts = Vec::new();
        for part in self.pattern.split('/') {
            if part.starts_with('{') {
                let (thing, nowhere) = self.thing_after(before);
                parts.push(self.named(thing, nowhere, things).to_owned());
            } else {
                parts.push(part.to_owned());
            }
            before = part;
        }
        let path = parts.join("/");
        match self.pattern.as_str() {
            "/api/v2/state-versions" | "/api/v2/vars" => {
                let organization = self.named("organization", "nothing", things);
                format!(
                    "{path}?filter[organization][name]={organization}&filter[workspace][name]=network"
                )
            }
            "/api/v2/organization/audit-trail" => {
                let organization = self.named("organization", "nothing", things);
                format!("{path}?organization={organization}")
            }
            "/api/v2/team-projects" if self.method == Method::GET => {
                let project = self.named("project", "prj-0000000000000000", things);
                format!("{path}?filter[project][id]={project}")
            }
            "/api/v2/team-workspaces" if self.method == Method::GET => {
                let workspace = self.named("workspace", "ws-0000000000000000", things);
                format!("{path}?filter[workspace][id]={workspace}")
            }
            "/app/oauth/authorize" if self.method == Method::GET => format!(
                "{path}?response_type=code&client_id=terraform-cli&state=x\
                 &redirect_uri=http://localhost:10000/login&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
            ),
            _ => path,
        }
    }

    /// What stands after a part of the path, and what would if it were not there.
    fn thing_after(&self, before: &str) -> (&'static str, &'static str) {
        let deletes = self.method == Method::DELETE || self.pattern.ends_with("/delete");
        match before {
            "organizations" | "app" => ("organization", "nothing"),
            "workspaces" if !self.pattern.starts_with("/api/v2/workspaces/") => {
                ("network", "nothing")
            }
            "workspaces" => ("workspace", "ws-0000000000000000"),
            "projects" if deletes => ("empty-project", "prj-0000000000000000"),
            "projects" => ("project", "prj-0000000000000000"),
            "users" => ("user", "user-0000000000000000"),
            "teams" => ("team", "team-0000000000000000"),
            "tokens" if self.pattern.contains("{organization}") => {
                ("org-token-id", "at-0000000000000000")
            }
            "authentication-tokens" | "tokens" => ("token", "at-0000000000000000"),
            "access-keys" | "keys" => ("key", "at-0000000000000000"),
            "team-workspaces" => ("workspace-grant", "tws-0000000000000000"),
            "trusted-issuers" => ("trust", "trust-0000000000000000"),
            "organization-memberships" | "members" => ("membership", "ou-0000000000000000"),
            "tags" => ("tag", "tag-0000000000000000"),
            "varsets" | "variable-sets" => ("varset", "varset-0000000000000000"),
            "vars" | "variables" if self.is_about_sets() => {
                ("set-variable", "var-0000000000000000")
            }
            "vars" | "variables" => ("variable", "var-0000000000000000"),
            "{organization}" => ("network", "nothing"),
            "access" if self.pattern.contains("workspaces") => {
                ("workspace-grant", "tws-0000000000000000")
            }
            "team-projects" | "access" => ("project-grant", "tprj-0000000000000000"),
            "audit" => ("audit-at", "0"),
            "{at}" => ("audit-record", "ae-0000000000000000"),
            "reserved-tag-keys" => ("reserved-key", "rtk-0000000000000000"),
            "state-versions" | "states" => ("version", "sv-0000000000000000"),
            "state-version-outputs" => ("output", "wsout-0000000000000000"),
            "logout" => ("token-value", "nothing"),
            "blobs" => ("blob", "nothing"),
            "assets" => ("stylesheet", "nothing"),
            "policies" => ("policy", "nothing"),
            "mounts" => ("mount", "terraform_00000000"),
            "roles" => ("role-name", "nothing"),
            // Where the credential engine has tokens of its own.
            "v1" => ("mounts", "nothing"),
            other => panic!("say what stands after \"{other}\" in {}", self.pattern),
        }
    }

    fn named<'a>(&self, thing: &'static str, nowhere: &'a str, things: &'a Things) -> &'a str {
        let there = match self.about {
            About::Things => true,
            About::NothingInside => thing == "organization",
            About::Nothing => false,
        };
        match thing {
            _ if !there => nowhere,
            // Workspaces have the same name in every organization of the fixture.
            "network" => "network",
            "stylesheet" => "stateward.css",
            "mounts" => "sys/mounts",
            thing => things.get(thing),
        }
    }

    /// What is sent along.
    pub(crate) fn body(&self, things: &Things) -> Body {
        if self.method == Method::GET {
            Body::None
        } else if self.is_page() {
            Body::Form(self.form(things))
        } else if self.pattern.starts_with("/blobs") {
            Body::Bytes(state(2, LINEAGE))
        } else {
            self.document(things).map_or(Body::None, Body::Json)
        }
    }
}
