//! What the command line says, and how: colours only on a terminal, one line for an error.

use std::{fmt, io::IsTerminal};

/// Why a command failed: one line, and the way out.
#[derive(Debug)]
pub struct Failure {
    text: String,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// What went wrong.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None, code: 2 }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the program ends with: 2 unless this says otherwise.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// What the program ends with.
    pub const fn exit_code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl From<kernel::Error> for Failure {
    fn from(error: kernel::Error) -> Self {
        match error.internal_cause() {
            Some(cause) => Self::new(format!("{error}: {cause}")),
            None => Self::new(error.to_string()),
        }
    }
}

/// The styles of one output stream.
#[derive(Clone, Copy)]
pub struct Style {
    colours: bool,
}

impl Style {
    /// For standard output: coloured on a terminal, unless `NO_COLOR` asks for none.
    pub fn for_stdout() -> Self {
        Self { colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// Without colours.
    pub const fn plain() -> Self {
        Self { colours: false }
    }

    /// For standard error.
    pub fn for_stderr() -> Self {
        Self { colours: std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// Whether anything is coloured.
    pub const fn has_colours(self) -> bool {
        self.colours
    }

    fn paint(self, code: &str, text: impl fmt::Display) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// For headings.
    pub fn bold(self, text: impl fmt::Display) -> String {
        self.paint("1", text)
    }

    /// For what can be copied.
    pub fn command(self, text: impl fmt::Display) -> String {
        self.paint("36", text)
    }

    /// For what matters less.
    pub fn dim(self, text: impl fmt::Display) -> String {
        self.paint("2", text)
    }

    /// For errors.
    pub fn red(self, text: impl fmt::Display) -> String {
        self.paint("1;31", text)
    }

    /// For success.
    pub fn green(self, text: impl fmt::Display) -> String {
        self.paint("32", text)
    }
}
