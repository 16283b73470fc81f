//! `sys/`: everything about this side itself. Each family of paths is a file, and its paths' names
//! begin with the family's.

mod capabilities;
mod leases;
mod mounts;
mod policies;
mod status;
mod wrapping;

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
        static FAMILIES: [&[PathDefinition]; 6] = [
            &status::PATHS,
            &mounts::PATHS,
            &policies::PATHS,
            &capabilities::PATHS,
            &leases::PATHS,
            &wrapping::PATHS,
        ];
        &FAMILIES
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match call.path.name.split('.').next() {
                Some("status") => status::answer(call).await,
                Some("mounts") => mounts::answer(call).await,
                Some("policies") => policies::answer(call).await,
                Some("capabilities") => capabilities::answer(call).await,
                Some("wrapping") => wrapping::answer(call).await,
                Some("leases") => leases::answer(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
