//! `sys/`: everything about this side itself. Each family of paths is a file, and its paths' names
//! begin with the family's.

mod audit;
mod capabilities;
mod internal;
mod leases;
mod locked;
mod mounts;
mod policies;
mod rekey;
mod root_token;
mod seal;
mod status;
mod tools;
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
        static FAMILIES: [&[PathDefinition]; 13] = [
            &status::PATHS,
            &seal::PATHS,
            &root_token::PATHS,
            &rekey::PATHS,
            &audit::PATHS,
            &internal::PATHS,
            &tools::PATHS,
            &mounts::PATHS,
            &policies::PATHS,
            &capabilities::PATHS,
            &leases::PATHS,
            &wrapping::PATHS,
            &locked::PATHS,
        ];
        &FAMILIES
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match call.path.name.split('.').next() {
                Some("status") => status::answer(call).await,
                Some("seal") => seal::answer(call).await,
                Some("root-token") => root_token::answer(call).await,
                Some("rekey") => rekey::answer(call).await,
                Some("audit") => audit::answer(call).await,
                Some("internal") => internal::answer(call),
                Some("tools") => tools::answer(call),
                Some("mounts") => mounts::answer(call).await,
                Some("policies") => policies::answer(call).await,
                Some("capabilities") => capabilities::answer(call).await,
                Some("wrapping") => wrapping::answer(call).await,
                Some("leases") => leases::answer(call).await,
                Some("locked") => locked::answer(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
