//! The command line: one file a command below.

mod admin;
mod check;
mod dev;
mod server;

use std::path::PathBuf;

use kernel::Secret;

use crate::{
    config::{Config, Problem},
    options::Options,
    terminal::Failure,
};

/// Stateward: a remote backend for Terraform and OpenTofu with short-lived credentials built in.
#[derive(clap::Parser)]
#[command(name = "stateward", version, about, max_term_width = 100)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Start everything for trying out and developing, with nothing to set up
    Dev(dev::Arguments),
    /// Run a server
    Server(ConfigArguments),
    /// Say what is wrong with a configuration, key by key
    Check(ConfigArguments),
    /// Create users, organizations and tokens, and reset passwords, on the server's own machine
    Admin(admin::Arguments),
}

/// A configuration file, with flags and environment over it.
#[derive(clap::Args)]
struct ConfigArguments {
    /// The configuration file, in TOML; its keys are the flags below with underscores
    #[arg(long, env = "STATEWARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

impl ConfigArguments {
    fn options(self) -> Result<Options, Failure> {
        let Some(path) = self.config else { return Ok(self.options) };
        let file = Options::from_file(&path).map_err(Failure::new)?;
        Ok(self.options.or(file))
    }

    fn config(self) -> Result<Config, Failure> {
        checked(self.options()?)
    }
}

/// Settings that are right, or one failure that names all that are wrong.
fn checked(options: Options) -> Result<Config, Failure> {
    Config::from_options(options).map_err(|problems| {
        let text: Vec<_> =
            problems.iter().map(|Problem { key, text }| format!("{key}: {text}")).collect();
        Failure::new(text.join("; ")).hint("`stateward check` shows the settings one by one")
    })
}

/// A password that is easy to paste: 24 letters and digits.
fn new_password() -> Secret<String> {
    Secret::new(barrier::random_token("").expose().chars().take(24).collect())
}

impl CommandLine {
    /// Runs the command to its end.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Dev(arguments) => dev::run(arguments),
            Command::Server(arguments) => server::run(arguments.config()?),
            Command::Check(arguments) => check::run(arguments),
            Command::Admin(arguments) => admin::run(arguments),
        }
    }
}
