//! The commands themselves, as text.

use web::page::host;

/// The two command lines that speak this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cli {
    /// OpenBao's.
    Bao,
    /// HashiCorp's.
    Vault,
}

impl Cli {
    /// The one of this name; OpenBao's otherwise.
    pub(super) fn named(name: &str) -> Self {
        if name == "vault" { Self::Vault } else { Self::Bao }
    }

    /// What is typed.
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Bao => "bao",
            Self::Vault => "vault",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Bao => "BAO",
            Self::Vault => "VAULT",
        }
    }
}

/// What the commands are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snippets<'a> {
    pub(super) cli: Cli,
    /// Where this server is.
    pub(super) address: &'a str,
    /// Whether its certificate comes from an authority that machines don't know by themselves.
    pub(super) own_authority: bool,
    pub(super) username: &'a str,
    /// The mount's path, with its slash.
    pub(super) mount: &'a str,
    pub(super) role: &'a str,
    /// The Terraform API whose tokens they are.
    pub(super) api: &'a str,
    /// Whether each token has a lease.
    pub(super) leased: bool,
}

impl Snippets<'_> {
    fn creds(&self) -> String {
        quoted(&format!("{}creds/{}", self.mount, self.role))
    }

    pub(super) fn login(&self) -> String {
        let (program, prefix) = (self.cli.program(), self.cli.prefix());
        let (address, username) = (quoted(self.address), quoted(self.username));
        let authority = if self.own_authority {
            format!(
                "# Where the server’s certificate comes from an authority of your own:\n\
                 # export {prefix}_CACERT=/path/to/authority.pem\n"
            )
        } else {
            String::new()
        };
        format!(
            "export {prefix}_ADDR={address}\n{authority}\
             {program} login -method=userpass -path=stateward username={username}"
        )
    }

    pub(super) fn read(&self) -> String {
        format!("{} read {}", self.cli.program(), self.creds())
    }

    pub(super) fn run(&self) -> String {
        let (program, creds) = (self.cli.program(), self.creds());
        let host = host(self.api);
        if let Some(variable) = token_variable(host) {
            return format!(
                "export {variable}=\"$({program} read -field=token {creds})\"\nterraform apply"
            );
        }
        // A port can't stand in the name of a variable.
        format!(
            "umask 077\nexport TF_CLI_CONFIG_FILE=\"$(mktemp)\"\n\
             printf 'credentials \"%s\" {{\\n  token = \"%s\"\\n}}\\n' \\\n  \
             {host} \"$({program} read -field=token {creds})\" >\"$TF_CLI_CONFIG_FILE\"\n\
             terraform apply; rm \"$TF_CLI_CONFIG_FILE\""
        )
    }

    pub(super) fn leases(&self) -> String {
        let (program, creds) = (self.cli.program(), self.creds());
        format!(
            "{program} lease renew <lease_id>\n{program} lease revoke <lease_id>\n\
             {program} lease revoke -prefix {creds}"
        )
    }

    pub(super) fn configuration(&self) -> String {
        let mount = self.mount.trim_end_matches('/');
        let (role, address, host) = (self.role, self.address, host(self.api));
        let (block, token) = if self.leased {
            (
                format!(
                    "ephemeral \"vault_terraform_token\" \"this\" {{\n  mount           = \"{mount}\"\n  \
                     role_name       = \"{role}\"\n  revoke_on_close = true\n}}"
                ),
                "ephemeral.vault_terraform_token.this.token",
            )
        } else {
            (
                format!(
                    "data \"vault_generic_secret\" \"this\" {{\n  path = \"{mount}/creds/{role}\"\n}}"
                ),
                "data.vault_generic_secret.this.data[\"token\"]",
            )
        };
        format!(
            "provider \"vault\" {{\n  address = \"{address}\"\n}}\n\n{block}\n\n\
             provider \"tfe\" {{\n  hostname = \"{host}\"\n  token    = {token}\n}}"
        )
    }

    pub(super) fn policy(&self) -> String {
        format!("path \"{}creds/{}\" {{\n  capabilities = [\"read\"]\n}}", self.mount, self.role)
    }
}

/// The variable that Terraform looks for a host's token in; none where the host has a port.
fn token_variable(host: &str) -> Option<String> {
    let plain =
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    plain.then(|| format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_")))
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.:-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNIPPETS: Snippets<'_> = Snippets {
        cli: Cli::Bao,
        address: "https://localhost:8443",
        own_authority: true,
        username: "ada",
        mount: "terraform/",
        role: "ci",
        api: "https://app.terraform.io",
        leased: true,
    };

    #[test]
    fn commands_are_those_of_the_program() {
        let vault = Snippets { cli: Cli::Vault, own_authority: false, ..SNIPPETS };
        assert_eq!(
            vault.login(),
            "export VAULT_ADDR=https://localhost:8443\n\
             vault login -method=userpass -path=stateward username=ada"
        );
        assert!(SNIPPETS.login().contains("BAO_CACERT="));
        assert_eq!(SNIPPETS.read(), "bao read terraform/creds/ci");
    }

    #[test]
    fn a_host_with_a_port_has_no_variable() {
        assert!(SNIPPETS.run().starts_with("export TF_TOKEN_app_terraform_io=\"$(bao read"));
        assert_eq!(token_variable("my-host.example").as_deref(), Some("TF_TOKEN_my__host_example"));
        let own = Snippets { api: "https://localhost:8443", ..SNIPPETS };
        assert!(own.run().contains("  localhost:8443 \"$(bao read"), "{}", own.run());
    }

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("a b/"), "'a b/'");
        assert_eq!(quoted("terraform/creds/ci"), "terraform/creds/ci");
    }
}
