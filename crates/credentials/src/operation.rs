//! What a request wants to do, as Vault's methods say it.

/// An operation on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET`.
    Read,
    /// `HEAD`, where it is not the same as `GET`.
    Header,
    /// `LIST`, or `GET` with `list=true`.
    List,
    /// `POST` or `PUT` where nothing is yet, on the few paths that tell the difference.
    Create,
    /// `POST` or `PUT`.
    Update,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
    /// `HELP`, or `GET` with `help=1`.
    Help,
}

impl Operation {
    /// The capability that a policy must give for it. Help needs none.
    pub const fn capability(self) -> &'static str {
        match self {
            Self::Read | Self::Header => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Help => "",
        }
    }

    /// Whether it writes what the request's body holds.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Patch)
    }
}
