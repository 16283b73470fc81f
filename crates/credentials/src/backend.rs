//! What answers below a mount.

use std::{future::Future, pin::Pin, time::Duration};

use kernel::{Context, Timestamp};

use crate::{
    Credentials, Operation,
    fault::Fault,
    framework::{Input, PathDefinition},
    lease::StoredLease,
    mount::{Mount, MountKind},
    request::Request,
    response::Response,
    store::Intent,
    token::Token,
    ttl::Grant,
    view::View,
};

/// What a path answers: something, nothing, or why not.
pub(crate) type Answer = Result<Option<Response>, Fault>;

/// An answer that is being worked on.
pub(crate) type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Something that is being done.
pub(crate) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Paths, by family.
pub(crate) type Paths = &'static [&'static [PathDefinition]];

/// A type of mount: its paths, and what they do.
pub(crate) trait Backend: Send + Sync {
    /// What `type` a mount of it has.
    fn kind(&self) -> &'static str;

    /// Whether anybody may mount it, and as what.
    fn mounts_as(&self, _: MountKind) -> bool {
        false
    }

    /// What it is for, for the help of the mount.
    fn about(&self) -> &'static str;

    /// Its paths, by family; the first that matches answers.
    fn paths(&self) -> Paths;

    /// Folders, each with a slash at its end, in which a name stands for the same in any case.
    fn any_case(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether what a write would change is there, on paths that tell.
    fn exists<'a>(&'a self, _: &'a Call<'a>) -> Doing<'a, bool> {
        Box::pin(async { Ok(true) })
    }

    /// Ends what a lease was given for.
    fn revoke<'a>(&'a self, _: &'a Credentials, _: &'a Mount, _: &'a StoredLease) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// For how long a lease is good from now on, if it may be renewed.
    fn renew<'a>(
        &'a self,
        _: &'a Credentials,
        _: &'a Mount,
        _: &'a StoredLease,
        _: Option<Duration>,
        _: Timestamp,
    ) -> Doing<'a, Grant> {
        Box::pin(async { Err(Fault::refused("lease is not renewable")) })
    }

    /// How long a token may still live that somebody got by logging in here, if it may be renewed.
    fn renew_token<'a>(
        &'a self,
        _: &'a Credentials,
        _: &'a Mount,
        token: &'a Token,
        _: &'a Context,
    ) -> Doing<'a, Terms> {
        Box::pin(async { Ok(Terms::as_made(token)) })
    }

    /// Forgets what has come to its end. Now and then.
    fn tidy<'a>(&'a self, _: &'a Credentials, _: &'a Mount) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Takes back what was prepared and not used. Every second.
    fn take_back<'a>(&'a self, _: &'a Credentials) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Looks for what an intent was about, and ends it. Whether that is the end of it; otherwise it
    /// is looked for again later.
    fn settle<'a>(&'a self, _: &'a Credentials, _: &'a Mount, _: &'a Intent) -> Doing<'a, bool> {
        Box::pin(async { Ok(true) })
    }

    /// Answers a call of one of its paths.
    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a>;
}

/// How long a token may live from now on; zero: nobody says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// With each renewal.
    pub(crate) ttl: Duration,
    /// At most, since it was made.
    pub(crate) max_ttl: Duration,
    /// With each renewal, without end.
    pub(crate) period: Duration,
}

impl Terms {
    /// As long as was said when it was made or renewed.
    pub(crate) fn as_made(token: &Token) -> Self {
        Self { ttl: token.last_ttl(), max_ttl: Duration::ZERO, period: token.period }
    }
}

/// One call of a path.
pub(crate) struct Call<'a> {
    /// The whole side, with its store.
    pub(crate) core: &'a Credentials,
    /// Where it is mounted.
    pub(crate) mount: &'a Mount,
    /// Which path.
    pub(crate) path: &'static PathDefinition,
    /// What is wanted.
    pub(crate) operation: Operation,
    /// The path's fields.
    pub(crate) input: Input,
    /// Who asks; nobody on open paths.
    pub(crate) token: Option<&'a Token>,
    /// The request as it came.
    pub(crate) request: &'a Request,
    /// When, and from where.
    pub(crate) context: &'a Context,
}

impl Call<'_> {
    /// The door to what the mount keeps.
    pub(crate) fn view(&self) -> Result<View, Fault> {
        self.core.view(self.mount)
    }
}
