//! For every route the request that would succeed, if only the right one asked.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::Things;
use crate::fixtures::{LINEAGE, announcement, linkages, md5, resource, state};

/// A request for something of the fixture, or of nobody.
pub(super) struct Plea {
    pub(super) method: Method,
    pub(super) pattern: String,
    nothing: bool,
}

pub(super) enum Body {
    None,
    Json(Value),
    Form(Vec<(&'static str, String)>),
    Bytes(Vec<u8>),
}

impl Plea {
    pub(super) fn of(method: &str, pattern: &str) -> Self {
        Self { method: method.parse().unwrap(), pattern: pattern.to_owned(), nothing: false }
    }

    /// The same request for what is not there.
    pub(super) fn about_nothing(&self) -> Self {
        Self { method: self.method.clone(), pattern: self.pattern.clone(), nothing: true }
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

    /// The path with everything filled in, and the query if one is needed.
    pub(super) fn path(&self, things: &Things) -> String {
        let mut before = "";
        let mut parts = Vec::new();
        for part in self.pattern.split('/') {
            if part.starts_with('{') {
                parts.push(self.parameter(before, things));
            } else {
                parts.push(part.to_owned());
            }
            before = part;
        }
        let path = parts.join("/");
        match self.pattern.as_str() {
            "/api/v2/state-versions" => format!(
                "{path}?filter[organization][name]={}&filter[workspace][name]=network",
                things.organization
            ),
            "/app/oauth/authorize" if self.method == Method::GET => format!(
                "{path}?response_type=code&client_id=terraform-cli&state=x\
                 &redirect_uri=http://localhost:10000/login&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
            ),
            _ => path,
        }
    }

    fn parameter(&self, before: &str, things: &Things) -> String {
        let by_name = !self.pattern.starts_with("/api/v2/workspaces/");
        let (there, nowhere) = match before {
            "organizations" | "app" => (things.organization.as_str(), "nothing"),
            "workspaces" if by_name => ("network", "nothing"),
            "workspaces" => (things.workspace.as_str(), "ws-0000000000000000"),
            "projects" => (things.project.as_str(), "prj-0000000000000000"),
            "users" => (things.user.as_str(), "user-0000000000000000"),
            "authentication-tokens" | "tokens" => (things.token.as_str(), "at-0000000000000000"),
            "organization-memberships" | "members" => {
                (things.membership.as_str(), "ou-0000000000000000")
            }
            "tags" => (things.tag.as_str(), "tag-0000000000000000"),
            "state-versions" | "states" => (things.version.as_str(), "sv-0000000000000000"),
            "state-version-outputs" => (things.output.as_str(), "wsout-0000000000000000"),
            "logout" => (things.token_value.as_str(), "nothing"),
            "blobs" => (things.blob.as_str(), "nothing"),
            "assets" => ("stateward.css", "nothing"),
            other => panic!("say what stands after \"{other}\" in {}", self.pattern),
        };
        if self.nothing { nowhere } else { there }.to_owned()
    }

    pub(super) fn body(&self, things: &Things) -> Body {
        if self.method == Method::GET {
            Body::None
        } else if self.pattern.starts_with("/app") {
            Body::Form(self.form(things))
        } else if self.pattern.starts_with("/blobs") {
            Body::Bytes(state(2, LINEAGE))
        } else {
            self.document(things).map_or(Body::None, Body::Json)
        }
    }

    fn document(&self, things: &Things) -> Option<Value> {
        let pattern = self.pattern.strip_prefix("/api/v2/")?;
        let (kind, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
        let last = pattern.rsplit_once('/').map_or(pattern, |(_, last)| last);
        let tag =
            |kind: &str, name: &str| json!({"data": [{"type": kind, "attributes": {name: "new"}}]});
        let new = || format!("new-{}", things.organization);
        Some(match (self.method.as_str(), kind, last) {
            ("POST", "organizations", "organizations") => {
                resource("organizations", json!({"name": new(), "email": "new@example.com"}))
            }
            ("POST", "organizations", "organization-memberships") => {
                resource("", json!({"email": "new@example.com"}))
            }
            ("POST", _, "projects" | "workspaces") if kind == "organizations" => {
                resource(last, json!({"name": "new"}))
            }
            ("POST" | "PATCH" | "DELETE", _, "remote-state-consumers" | "workspaces") => {
                linkages("workspaces", &[&things.workspace])
            }
            ("PATCH", "account", "password") => resource("users", password(&things.password)),
            ("PATCH", "account", _) => resource("users", json!({})),
            ("POST" | "DELETE", "workspaces", "tags") => tag("tags", "name"),
            ("DELETE", "organizations", "tags") => linkages("tags", &[&things.tag]),
            ("PATCH", _, "tag-bindings") => tag("tag-bindings", "key"),
            ("POST", _, "state-versions") => {
                announcement(2, LINEAGE, &md5(&state(2, LINEAGE)), false)
            }
            ("PATCH", _, "state-versions") => json!({"data": {"type": "state-versions",
                "relationships": {"rollback-state-version": {
                    "data": {"type": "state-versions", "id": things.version}}}}}),
            ("PATCH", _, _) if rest.contains("workspaces/") => resource("workspaces", json!({})),
            ("PATCH", _, "ssh-key") => resource("workspaces", json!({"id": null})),
            ("PATCH", _, _) => resource(kind, json!({})),
            ("POST", _, _) if rest.contains("actions/") => return None,
            ("POST", _, _) => resource(last, json!({})),
            _ => return None,
        })
    }

    fn form(&self, things: &Things) -> Vec<(&'static str, String)> {
        let last = self.pattern.rsplit_once('/').map_or("", |(_, last)| last);
        let own = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
            pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
        };
        let organization = things.organization.as_str();
        let new = format!("new-{organization}");
        match last {
            "organizations" => own(&[("name", &new), ("email", "new@example.com")]),
            "projects" | "workspaces" | "{project}" => {
                own(&[("name", "new"), ("description", ""), ("project", ""), ("tags", "")])
            }
            "members" => own(&[("email", "new@example.com"), ("role", "member")]),
            "delete" if self.pattern.contains("workspaces") => own(&[("confirmation", "network")]),
            "delete" if self.pattern.contains("projects") => own(&[("confirmation", "empty")]),
            "delete" => own(&[("confirmation", organization)]),
            "settings" if self.pattern.contains("workspaces") => {
                own(&[("name", "network"), ("terraform_version", "latest"), ("project", "")])
            }
            "settings" => own(&[
                ("name", organization),
                ("email", "new@example.com"),
                ("default_project", &things.project),
                ("default_execution_mode", "local"),
            ]),
            "account" => own(&[
                ("username", things.role),
                ("email", &format!("{}@example.com", things.role)),
            ]),
            "password" => own(&[
                ("current_password", &things.password),
                ("new_password", &things.password),
                ("repeated_password", &things.password),
            ]),
            "sign-in" => own(&[("login", things.role), ("password", &things.password)]),
            "tokens" => own(&[("description", "new"), ("expires_in_days", "")]),
            "reveal" => own(&[("output", &things.output)]),
            "force-unlock" => own(&[("lock", &things.lock)]),
            "token" => own(&[
                ("grant_type", "authorization_code"),
                ("client_id", "terraform-cli"),
                ("code", "x"),
                ("code_verifier", "x"),
                ("redirect_uri", "http://localhost:10000/login"),
            ]),
            "authorize" => own(&[
                ("decision", "approve"),
                ("response_type", "code"),
                ("client_id", "terraform-cli"),
                ("state", "x"),
                ("code_challenge_method", "S256"),
                ("redirect_uri", "http://localhost:10000/login"),
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ]),
            _ => Vec::new(),
        }
    }
}

/// A change of a password into itself.
fn password(text: &str) -> Value {
    json!({"current_password": text, "password": text, "password_confirmation": text})
}
