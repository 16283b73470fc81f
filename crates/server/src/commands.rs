//! The command line: one file a command below.

mod admin;
mod audit;
mod check;
mod dev;
mod server;

use std::path::PathBuf;

use clap::Parser as _;
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
    /// Check the audit trail and export it, on the server's own machine
    Audit(audit::Arguments),
}

/// A configuration file, with flags and environment over it.
#[derive(clap::Args)]
struct ConfigArguments {
    /// The configuration file, in TOML; its keys are the flags below with underscores
    #[arg(long, global = true, env = "STATEWARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

impl ConfigArguments {
    /// The settings, and what is wrong with the file.
    fn options(self) -> (Options, Vec<Problem>) {
        let Some(path) = self.config else { return (self.options, Vec::new()) };
        let (file, problems) = Options::from_file(&path);
        (self.options.or(file), problems)
    }

    fn config(self) -> Result<Config, Failure> {
        let (options, problems) = self.options();
        if problems.is_empty() { checked(options) } else { Err(wrong(&problems)) }
    }

    /// The settings for a command that answers and ends: unless a level is asked for, its answer does
    /// not stand between lines of the log.
    fn config_of_answer(mut self) -> Result<Config, Failure> {
        let errors_alone = Options { log_level: Some("error".to_owned()), ..Options::default() };
        self.options = self.options.or(errors_alone);
        self.config()
    }
}

/// Settings that are right, or one failure that names all that are wrong.
fn checked(options: Options) -> Result<Config, Failure> {
    Config::from_options(options).map_err(|problems| wrong(&problems))
}

fn wrong(problems: &[Problem]) -> Failure {
    let text: Vec<_> =
        problems.iter().map(|Problem { key, text }| format!("{key}: {text}")).collect();
    Failure::new(text.join("; ")).hint("`stateward check` shows the settings one by one")
}

/// The first paragraph of clap's message, in one line.
fn usage(message: &str) -> Failure {
    let paragraph = message.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    let text = paragraph.collect::<Vec<_>>().join(" ");
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    Failure::new(text).hint("`stateward --help`, or --help after a command, says what can be given")
}

/// A password that is easy to paste: 24 letters and digits.
fn new_password() -> Secret<String> {
    Secret::new(barrier::random_token("").expose().chars().take(24).collect())
}

impl CommandLine {
    /// Reads the program's arguments. Help and version are printed and end the program; what is
    /// wrong is one line.
    pub fn from_arguments() -> Result<Self, Failure> {
        Self::try_parse().map_err(|error| {
            if !error.use_stderr() {
                error.exit();
            }
            usage(&error.to_string())
        })
    }

    /// Runs the command to its end.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Dev(arguments) => dev::run(arguments),
            Command::Server(arguments) => server::run(arguments.config()?),
            Command::Check(arguments) => check::run(arguments),
            Command::Admin(arguments) => admin::run(arguments),
            Command::Audit(arguments) => audit::run(arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_arguments_is_one_line() {
        for (arguments, named) in [
            (&["stateward", "dev", "--listn", "x"][..], "--listn"),
            (&["stateward", "admin", "create-user", "ada"][..], "--email"),
            (&["stateward", "dve"][..], "dve"),
        ] {
            let error = CommandLine::try_parse_from(arguments).err().unwrap();
            let text = usage(&error.to_string()).to_string();
            assert!(text.contains(named) && !text.contains('\n'), "{text}");
        }
    }
}
