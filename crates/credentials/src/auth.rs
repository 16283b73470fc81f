//! Ways to log in.

pub(crate) mod approle;
mod fields;
pub(crate) mod jwt;
pub(crate) mod lockout;
mod login;
mod params;
pub(crate) mod stateward;
mod tidy;
pub(crate) mod token;
pub(crate) mod token_type;
pub(crate) mod userpass;
