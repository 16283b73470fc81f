//! Issuers that everybody in the world has identities of. A trust in one of them must say whose
//! they are, or it would let in whoever knows this server's name.

use kernel::{Error, Result};

use super::Rule;

/// Issuers of many tenants, and the claims that tell whose an identity is.
const SHARED: &[(&str, &[&str])] = &[
    (
        "https://token.actions.githubusercontent.com",
        &[
            "sub",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "enterprise",
            "enterprise_id",
            "job_workflow_ref",
        ],
    ),
    (
        "https://gitlab.com",
        &[
            "sub",
            "project_path",
            "project_id",
            "namespace_path",
            "namespace_id",
            "user_login",
            "user_id",
            "user_email",
            "ci_config_ref_uri",
        ],
    ),
    ("https://accounts.google.com", &["sub", "email", "hd"]),
    (
        "https://app.terraform.io",
        &["sub", "terraform_organization_id", "terraform_organization_name"],
    ),
];

/// Refuses trusts in a shared issuer that do not say whose identities they are about.
pub(crate) fn require_tenant(issuer: &str, rules: &[Rule]) -> Result<()> {
    let Some((_, claims)) = SHARED.iter().find(|(known, _)| *known == issuer.trim_end_matches('/'))
    else {
        return Ok(());
    };
    let tells = |rule: &Rule| claims.contains(&rule.claim.as_str()) && rule.has_a_beginning();
    if rules.iter().any(tells) {
        return Ok(());
    }
    Err(Error::invalid(
        "rules",
        format!(
            "anybody can have an identity of this issuer: add a rule on one of {} that does not \
             begin with * or ?",
            claims.join(", ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Wish;

    #[test]
    fn a_trust_in_everybodys_issuer_says_whose() {
        let github = "https://token.actions.githubusercontent.com";
        let rule = |claim: &str, wish| Rule { claim: claim.to_owned(), wish };
        let like = |pattern: &str| Wish::Like(pattern.to_owned());
        for (issuer, rule, expected) in [
            (github, rule("repository", like("acme/*")), true),
            (github, rule("repository", Wish::Equals("acme/app".to_owned())), true),
            (github, rule("repository_owner", Wish::OneOf(vec!["acme".to_owned()])), true),
            (github, rule("sub", like("repo:acme/*")), true),
            (github, rule("repository", like("*/app")), false),
            (github, rule("sub", like("?epo:*")), false),
            (github, rule("ref", Wish::Equals("refs/heads/main".to_owned())), false),
            ("https://gitlab.com/", rule("ref", like("main")), false),
            ("https://gitlab.example.org", rule("ref", like("main")), true),
        ] {
            let outcome = require_tenant(issuer, std::slice::from_ref(&rule));
            assert_eq!(outcome.is_ok(), expected, "{issuer} {rule:?}");
        }
    }
}
