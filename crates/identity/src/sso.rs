//! Signing in at another server (OpenID Connect): who that is, and what is believed of what it says.
//!
//! What holds:
//! - The authorization code flow with PKCE; what was begun in one browser ends in no other.
//! - A person is known by issuer and subject, never by name. By e-mail address only where the
//!   server has verified it and a setting allows it.
//! - Groups put people into teams and take them out again, at each sign-in; places that somebody
//!   gave are left alone.
//! - Nothing of its tokens is kept or logged.

pub(crate) mod attempt;
pub(crate) mod exchange;
pub(crate) mod groups;
pub(crate) mod introduction;
mod provider;
pub(crate) mod username;

pub use provider::Provider;
