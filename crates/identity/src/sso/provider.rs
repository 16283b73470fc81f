//! The server at which people sign in.

use kernel::Secret;

/// A server at which people sign in, as the operator describes it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What people call it.
    pub name: String,
    /// Its name for programs, which stands in its tokens.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// By what it knows this server; none for a client that PKCE alone binds.
    pub client_secret: Option<Secret<String>>,
    /// What is asked for; `openid` is always among it.
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// The claim that a new account's name is made of.
    pub username_claim: String,
    /// The domains that people's verified e-mail addresses must be of; empty: any.
    pub allowed_domains: Vec<String>,
    /// The group whose members administer the site; none: the site's administrators are not a
    /// matter of groups.
    pub site_admin_group: Option<String>,
    /// Whether people who have no account get one.
    pub create_users: bool,
    /// Whether somebody whose verified e-mail address has an account here gets into that one.
    pub link_by_email: bool,
}

impl Provider {
    /// With what most of them need.
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            name: "single sign-on".to_owned(),
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: None,
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            groups_claim: "groups".to_owned(),
            username_claim: "preferred_username".to_owned(),
            allowed_domains: Vec::new(),
            site_admin_group: None,
            create_users: true,
            link_by_email: false,
        }
    }
}
