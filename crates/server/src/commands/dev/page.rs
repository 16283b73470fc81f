//! The short page that `stateward dev` prints: exactly what to copy next.

use std::path::Path;

use super::{ORGANIZATION, PROJECT, USER, environment, environment::Environment};
use crate::terminal::Style;

/// The host that `examples/quickstart` names.
const QUICKSTART_HOST: &str = "localhost:8443";

/// Prints the page.
pub(super) fn print(environment: &Environment, folder: &Path, sealed: bool) {
    println!("{}", text(environment, folder, sealed, Style::for_stdout()));
}

fn text(environment: &Environment, folder: &Path, sealed: bool, style: Style) -> String {
    let address = &environment.address;
    let env_file = environment::path(folder);
    let host = address.trim_start_matches("https://");
    // The example names the usual address; elsewhere it has to be told.
    let rename = if host == QUICKSTART_HOST {
        String::new()
    } else {
        format!("\n  {}", style.command(format!("sed -i 's/{QUICKSTART_HOST}/{host}/' main.tf")))
    };
    let unseal = if sealed {
        format!(
            "\n{}\n  {}   the first time; it prints the shares and a token\n  {}   after each start\n",
            style.bold("The credential engine is sealed"),
            style.command("bao operator init"),
            style.command("bao operator unseal"),
        )
    } else {
        String::new()
    };
    format!(
        "
{ready} {address}

{heading_browser}
  open      {url}
  sign in   {user} / {password}

{heading_shell}
  {source}
  {cd}{rename}
  {terraform}
{unseal}
Organization {organization}, project {project}. Everything is kept in {folder}.
{stop}
",
        ready = style.green("Stateward is ready at"),
        address = style.bold(address),
        heading_browser = style.bold("In the browser"),
        url = style.command(format!("{address}/app")),
        user = style.command(USER),
        password = style.command(environment.password.expose()),
        heading_shell = style.bold("In another terminal"),
        source = style.command(format!("source {}", path_for_shell(&env_file))),
        cd = style.command("cd examples/quickstart"),
        terraform = style.command("terraform init && terraform apply"),
        organization = style.bold(ORGANIZATION),
        project = style.bold(PROJECT),
        folder = folder.display(),
        stop = style.dim("Ctrl-C stops the server; the next start goes on where this one ended."),
    )
}

/// A path as it can be pasted: quoted only where a shell would misread it.
fn path_for_shell(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+@%".contains(character);
    if text.chars().all(plain) { text.into_owned() } else { environment::quoted(&text) }
}

#[cfg(test)]
mod tests {
    use kernel::Secret;

    use super::*;

    fn page(address: &str, folder: &str, sealed: bool) -> String {
        let secret = || Secret::new("secret".to_owned());
        let environment = Environment {
            address: address.to_owned(),
            token: secret(),
            password: secret(),
            vault_token: None,
        };
        text(&environment, Path::new(folder), sealed, Style::plain())
    }

    #[test]
    fn what_is_to_be_copied_works_as_it_stands() {
        let usual = page("https://localhost:8443", "/work/.stateward", false);
        assert!(usual.contains("  source /work/.stateward/dev.env\n") && !usual.contains("sed"));
        let other = page("https://localhost:9000", "/a folder/it's", false);
        assert!(other.contains(r"  source '/a folder/it'\''s/dev.env'"), "{other}");
        assert!(other.contains("sed -i 's/localhost:8443/localhost:9000/' main.tf"), "{other}");
    }

    #[test]
    fn who_has_to_unseal_is_told_how() {
        let page = |sealed| page("https://localhost:8443", "/work/.stateward", sealed);
        assert!(!page(false).contains("sealed") && !page(false).contains("\n\n\n"));
        let sealed = page(true);
        assert!(
            sealed.contains("  bao operator init ") && sealed.contains("  bao operator unseal ")
        );
    }
}
