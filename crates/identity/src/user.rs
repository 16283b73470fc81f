//! A person who can sign in.

use kernel::{Timestamp, UserId};

/// A person.
#[derive(Clone, Debug)]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// The name that others know them by, unique whatever the case.
    pub username: String,
    /// Their address, unique whatever the case.
    pub email: String,
    /// Whether they administer the whole site.
    pub site_admin: bool,
    /// When they got their account.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Changes to one's own account: what is none stays.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// A new name.
    pub username: Option<String>,
    /// A new address.
    pub email: Option<String>,
}
