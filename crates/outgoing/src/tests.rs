//! Against real listeners on this machine.

mod limits;
mod reach;
mod redirects;
mod server;
mod trust;
