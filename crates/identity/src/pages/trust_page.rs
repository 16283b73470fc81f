//! How CI jobs use a trusted issuer, and whether its keys are there.

use std::time::Duration;

use tokio::time::timeout;
use web::page::{Markup, Tone, badge, card, code_block, count, host, html};

use crate::{Identity, Trust};

/// How long the page waits for an issuer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the issuer's keys can be had.
pub(super) enum KeyState {
    Found(usize),
    Missing(String),
    Slow,
}

impl KeyState {
    /// Asks, but not for long. The answer is kept, so that showing a page does not make for more
    /// requests than a job would.
    pub(super) async fn of(identity: &Identity, trust: &Trust) -> Self {
        match timeout(PATIENCE, identity.issuers().keys(&trust.key_source())).await {
            Ok(Ok(keys)) => Self::Found(keys.len()),
            Ok(Err(error)) => Self::Missing(error.to_string()),
            Err(_) => Self::Slow,
        }
    }

    fn markup(&self) -> Markup {
        html! {
            @match self {
                Self::Found(0) => {
                    (badge(Tone::Danger, "No keys")) " The issuer has none that can be used here."
                }
                Self::Found(number) => {
                    (badge(Tone::Good, "Keys found")) " " (count(*number as u64, "key")) "."
                }
                Self::Missing(reason) => { (badge(Tone::Danger, "No keys")) " " (reason) "." }
                Self::Slow => { (badge(Tone::Warning, "Waiting")) " The issuer takes its time to answer." }
            }
        }
    }
}

/// What to write into a pipeline.
pub(super) fn usage(trust: &Trust, external_url: &str, keys: &KeyState) -> Markup {
    let host = host(external_url);
    let audience = if trust.audience.is_empty() { host } else { &trust.audience };
    let (title, text) = example(&trust.issuer, host, audience);
    card(html! {
        h2 { "Use it" }
        p { (keys.markup()) }
        p.hint {
            "A job needs no stored secret: Terraform’s token is the one that the platform signs for the "
            "job, for the audience " code { (audience) } "."
        }
        (code_block(title, &text))
    })
}

/// The lines for the platform that an issuer belongs to.
fn example(issuer: &str, host: &str, audience: &str) -> (&'static str, String) {
    if issuer == "https://token.actions.githubusercontent.com" {
        let keep = match token_variable(host) {
            Some(variable) => format!("echo \"{variable}=$token\" >> \"$GITHUB_ENV\""),
            None => configure(host, "$token"),
        };
        let text = format!(
            "permissions:\n  id-token: write\nsteps:\n  - run: |\n      \
             token=$(curl -sS -H \"Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN\" \\\n        \
             \"$ACTIONS_ID_TOKEN_REQUEST_URL&audience={audience}\" | jq -r .value)\n      \
             echo \"::add-mask::$token\"\n      {keep}\n  - run: terraform apply -auto-approve"
        );
        return ("GitHub Actions", text);
    }
    if issuer.contains("gitlab") {
        let variable = token_variable(host);
        let first = match &variable {
            Some(_) => String::new(),
            None => format!("    - {}\n", configure(host, "$STATEWARD_TOKEN")),
        };
        let name = variable.unwrap_or_else(|| "STATEWARD_TOKEN".to_owned());
        let text = format!(
            "apply:\n  id_tokens:\n    {name}:\n      aud: {audience}\n  script:\n{first}    \
             - terraform apply -auto-approve"
        );
        return ("GitLab CI", text);
    }
    if issuer.contains("kubernetes") || issuer.contains(".svc") {
        let text = format!(
            "# in the pod\nvolumes:\n  - name: stateward\n    projected:\n      sources:\n        \
             - serviceAccountToken: {{audience: \"{audience}\", expirationSeconds: 3600, path: token}}\n\
             # in the container, where the volume is mounted\n{}",
            show(host, "$(cat /var/run/secrets/stateward/token)")
        );
        return ("Kubernetes", text);
    }
    ("Shell", show(host, "$TOKEN_OF_THE_JOB"))
}

/// The line of a shell that gives Terraform its token.
fn show(host: &str, token: &str) -> String {
    match token_variable(host) {
        Some(variable) => format!("export {variable}=\"{token}\""),
        None => configure(host, token),
    }
}

/// The same by way of Terraform's configuration file.
fn configure(host: &str, token: &str) -> String {
    format!(
        "printf 'credentials \"{host}\" {{\\n  token = \"%s\"\\n}}\\n' \"{token}\" > ~/.terraformrc"
    )
}

/// The variable that Terraform reads the token for a host from. With a port in it the name is none
/// that a shell would take.
fn token_variable(host: &str) -> Option<String> {
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    plain.then(|| format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_way() {
        let issuers = [
            ("https://token.actions.githubusercontent.com", "GitHub Actions"),
            ("https://gitlab.example", "GitLab CI"),
            ("https://kubernetes.default.svc", "Kubernetes"),
            ("https://issuer.example", "Shell"),
        ];
        for (issuer, expected) in issuers {
            let (title, text) = example(issuer, "tf.acme-corp.example", "the-audience");
            assert_eq!(title, expected);
            assert!(text.contains("TF_TOKEN_tf_acme__corp_example"), "{text}");
            assert_eq!(text.contains("the-audience"), title != "Shell", "{text}");
            let (_, text) = example(issuer, "tf.example:8443", "a");
            assert!(!text.contains("TF_TOKEN_"), "{text}");
            assert!(text.contains("credentials \"tf.example:8443\""), "{text}");
        }
    }
}
