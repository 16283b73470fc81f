//! The `stateward` program.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match stateward::commands::CommandLine::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{} {failure}", stateward::terminal::Style::for_stderr().red("error:"));
            ExitCode::from(2)
        }
    }
}
