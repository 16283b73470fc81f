//! The `stateward` program.

use std::process::ExitCode;

use stateward::{commands::CommandLine, terminal::Style};

fn main() -> ExitCode {
    match CommandLine::from_arguments().and_then(CommandLine::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{} {failure}", Style::for_stderr().red("error:"));
            ExitCode::from(failure.exit_code())
        }
    }
}
