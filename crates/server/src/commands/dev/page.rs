//! The short page that `stateward dev` prints: exactly what to copy next.

use std::path::Path;

use super::{ORGANIZATION, PROJECT, USER, environment, environment::Environment};
use crate::terminal::Style;

/// Prints the page.
pub(super) fn print(environment: &Environment, folder: &Path) {
    println!("{}", text(environment, folder, Style::for_stdout()));
}

fn text(environment: &Environment, folder: &Path, style: Style) -> String {
    let address = &environment.address;
    let env_file = environment::path(folder);
    format!(
        "
{ready} {address}

{heading_browser}
  open      {url}
  sign in   {user} / {password}

{heading_shell}
  {source}
  {cd}
  {terraform}

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
        source = style.command(format!("source {}", env_file.display())),
        cd = style.command("cd examples/quickstart"),
        terraform = style.command("terraform init && terraform apply"),
        organization = style.bold(ORGANIZATION),
        project = style.bold(PROJECT),
        folder = folder.display(),
        stop = style.dim("Ctrl-C stops the server; the next start goes on where this one ended."),
    )
}
