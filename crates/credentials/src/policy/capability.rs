//! What a rule lets one do with a path.

/// One thing that can be done, in the order of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Write where nothing is yet.
    Create,
    /// Delete.
    Delete,
    /// Do nothing at all, whatever else is given.
    Deny,
    /// List what stands below.
    List,
    /// Change parts of what is there.
    Patch,
    /// Read.
    Read,
    /// Read what a snapshot holds. Nothing here asks for it.
    Recover,
    /// List everything below, however deep. Nothing here asks for it.
    Scan,
    /// Be told of events. Nothing here asks for it.
    Subscribe,
    /// Do what is for administrators, on the paths that need it.
    Sudo,
    /// Write.
    Update,
}

use Capability::{Create, Delete, Deny, List, Patch, Read, Recover, Scan, Subscribe, Sudo, Update};

impl Capability {
    const ALL: [Self; 11] =
        [Create, Delete, Deny, List, Patch, Read, Recover, Scan, Subscribe, Sudo, Update];

    /// As it is written in policies.
    pub const fn name(self) -> &'static str {
        match self {
            Create => "create",
            Delete => "delete",
            Deny => "deny",
            List => "list",
            Patch => "patch",
            Read => "read",
            Recover => "recover",
            Scan => "scan",
            Subscribe => "subscribe",
            Sudo => "sudo",
            Update => "update",
        }
    }

    /// The capability of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of capabilities. One with `deny` in it is nothing but that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u16);

impl Capabilities {
    /// No capability.
    pub const NONE: Self = Self(0);
    /// Nothing, and nobody can add to it.
    pub const DENY: Self = Self(Deny.bit());

    /// Those.
    pub fn of(capabilities: &[Capability]) -> Self {
        capabilities.iter().fold(Self::NONE, |all, one| all.union(Self(one.bit())))
    }

    /// What both give together; `deny` on either side denies.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        let all = Self(self.0 | other.0);
        if all.holds(Deny) { Self::DENY } else { all }
    }

    /// Whether this is among them.
    pub const fn holds(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// Whether anything can be done with them.
    pub const fn grants(self) -> bool {
        self.0 != 0 && !self.holds(Deny)
    }

    /// Their names, sorted; `deny` when there is nothing else.
    pub fn names(self) -> Vec<&'static str> {
        if !self.grants() {
            return vec![Deny.name()];
        }
        let held = Capability::ALL.into_iter().filter(|capability| self.holds(*capability));
        held.map(Capability::name).collect()
    }
}
