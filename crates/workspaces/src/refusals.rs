//! Everything that is wrong with what was sent, so that a form is answered whole.

use kernel::{Error, Result};

/// What was found to be wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Option<Error>);

impl Refusals {
    /// Keeps what is wrong, if something is.
    pub(crate) fn add(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.0 = Some(match self.0.take() {
                Some(before) => before.and(error),
                None => error,
            });
        }
    }

    /// All of it, if there is any.
    pub(crate) fn done(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
