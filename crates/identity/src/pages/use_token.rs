//! How a token is used on one's own machine: what to paste, and where.

use web::page::{Markup, Way, code_block, copyable, html, section_heading, ways};

/// The part of a page that says so. Without a token it shows where one goes.
pub(super) fn use_it_locally(host: &str, token: &str) -> Markup {
    html! {
        section {
            (section_heading("use-it-locally", "Use it locally", html! {
                "Any one of these is enough. The first lasts as long as the shell."
            }))
            (ways(&[
                Way { title: "In this shell", contents: in_shell(host, token) },
                Way { title: "For good, in Terraform’s own configuration", contents: html! {
                    (code_block("~/.terraformrc  (Windows: %APPDATA%\\terraform.rc)", &credentials(host, token)))
                } },
                Way { title: "Or let Terraform fetch a token of its own", contents: html! {
                    (copyable(&format!("terraform login {host}")))
                    p.hint { "It opens a page here that asks for your consent. OpenTofu: "
                        code { "tofu login " (host) } "." }
                } },
            ]))
        }
    }
}

fn in_shell(host: &str, token: &str) -> Markup {
    html! {
        @if let Some(variable) = token_variable(host) {
            (copyable(&format!("export {variable}={token}")))
        } @else {
            (code_block("bash, zsh", &credentials_file(host, token)))
            p.hint { "Terraform’s " code { "TF_TOKEN_…" } " variables can’t name a port, hence the file." }
        }
    }
}

/// The block that every version of Terraform and OpenTofu reads.
fn credentials(host: &str, token: &str) -> String {
    format!("credentials \"{host}\" {{\n  token = \"{token}\"\n}}")
}

fn credentials_file(host: &str, token: &str) -> String {
    let block = credentials(host, token);
    format!(
        "(umask 077; cat > ~/.stateward.tfrc <<'END'\n{block}\nEND\n)\n\
         export TF_CLI_CONFIG_FILE=~/.stateward.tfrc"
    )
}

/// The name of the variable that holds a host's token; a host with a port has none.
fn token_variable(host: &str) -> Option<String> {
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    plain.then(|| format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_name_hosts_as_terraform_reads_them() {
        assert_eq!(
            token_variable("state-1.example.com").as_deref(),
            Some("TF_TOKEN_state__1_example_com")
        );
        assert_eq!(token_variable("localhost:8443"), None);
    }

    #[test]
    fn the_block_is_what_terraform_reads() {
        assert_eq!(
            credentials("localhost:8443", "stw_x"),
            "credentials \"localhost:8443\" {\n  token = \"stw_x\"\n}"
        );
    }
}
