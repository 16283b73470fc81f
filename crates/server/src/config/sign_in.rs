//! How people sign in: with passwords kept here, at another server (OpenID Connect), or both.

use identity::Provider;
use kernel::Secret;

use super::{Problem, read_secret};
use crate::options::Options;

/// How people sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Whether passwords are kept here.
    pub local_accounts: bool,
    /// Whether a second factor is asked for beside them.
    pub require_second_factor: bool,
    /// The other server.
    pub provider: Option<Provider>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { local_accounts: true, require_second_factor: false, provider: None }
    }
}

pub(super) fn settings(options: &Options) -> Result<SignIn, Problem> {
    let provider = provider(options)?;
    let local_accounts = options.local_accounts.unwrap_or(true);
    if !local_accounts && provider.is_none() {
        return Err(Problem::new(
            "local_accounts",
            "nobody could sign in: without local accounts, oidc_issuer must be set",
        ));
    }
    let require_second_factor = options.require_second_factor.unwrap_or(false);
    Ok(SignIn { local_accounts, require_second_factor, provider })
}

fn provider(options: &Options) -> Result<Option<Provider>, Problem> {
    let Some(issuer) = options.oidc_issuer.as_deref() else {
        return match orphan(options) {
            Some(key) => Err(Problem::new("oidc_issuer", format!("is missing beside {key}"))),
            None => Ok(None),
        };
    };
    check_issuer(issuer, options.outgoing_http.unwrap_or(false))?;
    let client_id = options
        .oidc_client_id
        .as_deref()
        .ok_or_else(|| Problem::new("oidc_client_id", "is missing beside oidc_issuer"))?;
    let mut provider = Provider::new(issuer, client_id);
    provider.client_secret = client_secret(options)?;
    let set = |to: &mut String, option: &Option<String>| {
        if let Some(value) = option {
            to.clone_from(value);
        }
    };
    set(&mut provider.name, &options.oidc_name);
    set(&mut provider.groups_claim, &options.oidc_groups_claim);
    set(&mut provider.username_claim, &options.oidc_username_claim);
    if let Some(scopes) = &options.oidc_scopes {
        provider.scopes = scopes.iter().map(|scope| scope.trim().to_owned()).collect();
        if !provider.scopes.iter().any(|scope| scope == "openid") {
            provider.scopes.insert(0, "openid".to_owned());
        }
    }
    provider.allowed_domains = domains(options)?;
    provider.site_admin_group.clone_from(&options.oidc_site_admin_group);
    provider.create_users = options.oidc_create_users.unwrap_or(true);
    provider.link_by_email = options.oidc_link_by_email.unwrap_or(false);
    Ok(Some(provider))
}

/// A setting that means nothing without an issuer.
fn orphan(options: &Options) -> Option<&'static str> {
    [
        ("oidc_client_id", options.oidc_client_id.is_some()),
        ("oidc_client_secret", options.oidc_client_secret.is_some()),
        ("oidc_client_secret_file", options.oidc_client_secret_file.is_some()),
        ("oidc_allowed_domains", options.oidc_allowed_domains.is_some()),
        ("oidc_site_admin_group", options.oidc_site_admin_group.is_some()),
    ]
    .into_iter()
    .find_map(|(key, set)| set.then_some(key))
}

fn check_issuer(issuer: &str, http: bool) -> Result<(), Problem> {
    let wrong = |text: &str| Err(Problem::new("oidc_issuer", format!("\"{issuer}\" {text}")));
    let Some((scheme, rest)) = issuer.split_once("://") else {
        return wrong("is not a URL such as https://login.example.com");
    };
    if rest.is_empty() || rest.contains(['?', '#', '@', ' ']) {
        return wrong("is not a URL such as https://login.example.com");
    }
    match scheme {
        "https" => Ok(()),
        "http" if http => Ok(()),
        "http" => wrong("goes over plain http, which outgoing_http = true would allow"),
        _ => wrong("must start with https://"),
    }
}

fn client_secret(options: &Options) -> Result<Option<Secret<String>>, Problem> {
    let secret = match (&options.oidc_client_secret, &options.oidc_client_secret_file) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(
                "oidc_client_secret",
                "give either oidc_client_secret or oidc_client_secret_file, not both",
            ));
        }
        (Some(secret), None) => Some(secret.clone()),
        (None, Some(path)) => Some(read_secret("oidc_client_secret_file", path)?),
        (None, None) => None,
    };
    Ok(secret.filter(|secret| !secret.is_empty()).map(Secret::new))
}

fn domains(options: &Options) -> Result<Vec<String>, Problem> {
    let mut domains = Vec::new();
    for domain in options.oidc_allowed_domains.iter().flatten() {
        let domain = domain.trim().trim_start_matches('@').to_lowercase();
        if domain.is_empty() || domain.contains(['@', '/', '*', ' ']) {
            return Err(Problem::new(
                "oidc_allowed_domains",
                format!("\"{domain}\" is not a domain such as example.com"),
            ));
        }
        domains.push(domain);
    }
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<SignIn, Problem> {
        settings(&toml::from_str(toml).unwrap())
    }

    fn wrong(toml: &str) -> String {
        read(toml).unwrap_err().key.into_owned()
    }

    const ISSUER: &str = "oidc_issuer = \"https://login.example.com\"\noidc_client_id = \"stw\"\n";

    #[test]
    fn passwords_alone_are_the_default() {
        let settings = read("").unwrap();
        assert!(settings.local_accounts && !settings.require_second_factor);
        assert!(settings.provider.is_none());
    }

    #[test]
    fn a_provider_needs_its_name_and_ours() {
        assert_eq!(wrong("oidc_client_id = \"a\""), "oidc_issuer");
        assert_eq!(wrong("oidc_client_secret = \"a\""), "oidc_issuer");
        assert_eq!(wrong("oidc_issuer = \"https://a.example\""), "oidc_client_id");
        for issuer in ["login.example", "http://a.example", "https://", "ftp://a", "https://a?b"] {
            let text = format!("oidc_issuer = \"{issuer}\"\noidc_client_id = \"a\"");
            assert_eq!(wrong(&text), "oidc_issuer", "{issuer}");
        }
        let plain =
            "oidc_issuer = \"http://a.example\"\noidc_client_id = \"a\"\noutgoing_http = true";
        assert!(read(plain).is_ok());
    }

    #[test]
    fn without_passwords_there_must_be_another_way() {
        assert_eq!(wrong("local_accounts = false"), "local_accounts");
        assert!(!read(&format!("{ISSUER}local_accounts = false")).unwrap().local_accounts);
    }

    #[test]
    fn everything_about_a_provider_can_be_set() {
        let provider = read(&format!(
            "{ISSUER}oidc_client_secret = \"hidden\"\noidc_name = \"Example\"\n\
             oidc_scopes = [\"email\", \"groups\"]\noidc_allowed_domains = [\"@Example.com\"]\n\
             oidc_site_admin_group = \"root\"\noidc_create_users = false\n\
             oidc_link_by_email = true\noidc_groups_claim = \"roles\""
        ));
        let provider = provider.unwrap().provider.unwrap();
        assert_eq!(provider.scopes, ["openid", "email", "groups"]);
        assert_eq!(provider.allowed_domains, ["example.com"]);
        assert_eq!((provider.name.as_str(), provider.groups_claim.as_str()), ("Example", "roles"));
        assert!(!provider.create_users && provider.link_by_email);
        assert!(!format!("{provider:?}").contains("hidden"));
        assert_eq!(
            wrong(&format!("{ISSUER}oidc_allowed_domains = [\"a@b\"]")),
            "oidc_allowed_domains"
        );
    }
}
