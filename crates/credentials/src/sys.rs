//! `sys/`: everything about this side itself. Each family of paths is a file, and its paths' names
//! begin with the family's.

mod capabilities;
mod leases;
mod policies;
mod status;

use crate::{
    backend::{Answering, Backend, Call, Paths},
    fault::Fault,
    framework::PathDefinition,
};

/// What administers this side.
pub(crate) struct System;

impl Backend for System {
    fn kind(&self) -> &'static str {
        "system"
    }

    fn about(&self) -> &'static str {
        "The system's own paths: mounts, policies, leases, the seal, and how the server is."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 4] =
            [&status::PATHS, &policies::PATHS, &capabilities::PATHS, &leases::PATHS];
        &FAMILIES
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match call.path.name.split('.').next() {
                Some("status") => status::answer(call).await,
                Some("policies") => policies::answer(call).await,
                Some("capabilities") => capabilities::answer(call).await,
                Some("leases") => leases::answer(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
