//! The forms that pages send.

use super::{Plea, Things};

/// What `terraform login` asks for.
const AUTHORIZATION: &[(&str, &str)] = &[
    ("decision", "approve"),
    ("response_type", "code"),
    ("client_id", "terraform-cli"),
    ("state", "x"),
    ("code_challenge_method", "S256"),
    ("redirect_uri", "http://localhost:10000/login"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
];

const EXCHANGE: &[(&str, &str)] = &[
    ("grant_type", "authorization_code"),
    ("client_id", "terraform-cli"),
    ("code", "x"),
    ("code_verifier", "x"),
    ("redirect_uri", "http://localhost:10000/login"),
];

impl Plea {
    /// The form of a request of a page.
    pub(super) fn form(&self, things: &Things) -> Vec<(String, String)> {
        let last = self.pattern.rsplit_once('/').map_or("", |(_, last)| last);
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let (organization, role) = (things.get("organization"), things.get("role"));
        let (new, password) = (things.get("new"), things.get("password"));
        let mail = format!("{new}@example.com");
        let of_organization = self.pattern.contains("{organization}");
        match last {
            "organizations" => own(&[("name", new), ("email", &mail)]),
            "projects" | "workspaces" | "{project}" => {
                own(&[("name", new), ("description", ""), ("project", ""), ("tags", "")])
            }
            "members" if self.pattern.contains("teams") => own(&[("member", "member")]),
            "members" => own(&[("email", &mail)]),
            "delete" if self.pattern.contains("access") => Vec::new(),
            "delete" if self.pattern.contains("workspaces") => own(&[("confirmation", "network")]),
            "delete" if self.pattern.contains("projects") => own(&[("confirmation", "empty")]),
            "delete" if self.pattern.ends_with("settings/delete") => {
                own(&[("confirmation", organization)])
            }
            "settings" if self.pattern.contains("workspaces") => {
                own(&[("name", "network"), ("terraform_version", "latest"), ("project", "")])
            }
            "settings" => own(&[
                ("name", organization),
                ("email", "new@example.com"),
                ("default_project", things.get("project")),
                ("default_execution_mode", "local"),
            ]),
            "account" => own(&[("username", role), ("email", &format!("{role}@example.com"))]),
            "password" => own(&[
                ("current_password", password),
                ("new_password", password),
                ("repeated_password", password),
            ]),
            "sign-in" => own(&[("login", role), ("password", password)]),
            "tokens" if of_organization => own(&[
                ("kind", "organization"),
                ("team", ""),
                ("description", "new"),
                ("expires_in_days", ""),
                ("source_networks", ""),
            ]),
            "tokens" => own(&[("description", "new"), ("expires_in_days", "")]),
            "limits" => own(&[("team", "30d")]),
            "keys" => own(&[
                ("description", "new"),
                ("expires_in_days", ""),
                ("level", "read"),
                ("project", ""),
                ("workspace", ""),
            ]),
            "teams" | "{team}" => own(&[("name", new), ("visibility", "organization")]),
            "access" if self.pattern.contains("teams") => own(&[("read-projects", "on")]),
            "access" => own(&[("team", things.get("spare-team")), ("access", "read")]),
            "variables" | "{variable}" => {
                own(&[("key", new), ("value", "north"), ("category", "env")])
            }
            "variable-sets" | "{set}" => own(&[("name", new), ("description", ""), ("owner", "")]),
            "places" => own(&[("workspace", "network")]),
            "remove" if self.pattern.contains("places") => {
                own(&[("project", things.get("project"))])
            }
            "{grant}" => own(&[("access", "read")]),
            "{membership}" => own(&[(things.get("team"), "on")]),
            "remove" if self.pattern.contains("teams") => {
                own(&[("membership", things.get("membership"))])
            }
            "trusted-issuers" | "{trust}" => own(&[
                ("name", new),
                ("issuer", "https://issuer.example"),
                ("rules", "sub = x"),
                ("level", "read"),
            ]),
            "recovery-codes" | "remove" | "second-factor" => {
                own(&[("current_password", password), ("code", "000000"), ("enrolment", "")])
            }
            "code" => own(&[("code", "000000"), ("return_to", "/app")]),
            "policies" | "{policy}" => {
                own(&[("name", new), ("text", "path \"x\" { capabilities = [\"read\"] }")])
            }
            "revoke" if self.pattern.contains("leases") => {
                own(&[("lease", "terraform/creds/fixture/x")])
            }
            "revoke-prefix" => own(&[("prefix", "nothing/")]),
            "mounts" => own(&[("path", new), ("description", "")]),
            "{mount}" => own(&[("description", "new"), ("default_lease_ttl", "")]),
            "config" => own(&[("target", "own")]),
            "disable" => own(&[("confirmation", "terraform/")]),
            "roles" | "{role}" => {
                own(&[("kind", "user"), ("name", new), ("user_id", things.get("user"))])
            }
            "reveal" => own(&[("output", things.get("output"))]),
            "force-unlock" => own(&[("lock", things.get("lock"))]),
            "token" => own(EXCHANGE),
            "authorize" => own(AUTHORIZATION),
            _ => Vec::new(),
        }
    }
}
