//! Whether a token may do what a request wants.

use crate::{Credentials, Operation, fault::Fault, known::Known, request::Request, token::Token};

impl Credentials {
    pub(crate) fn authorize(
        &self,
        token: &Token,
        _: &Known,
        _: Operation,
        _: bool,
        _: &Request,
    ) -> Result<(), Fault> {
        if token.is_root() { Ok(()) } else { Err(Fault::Denied) }
    }
}
