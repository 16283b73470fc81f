//! The `stateward` program's insides: commands, configuration, router assembly, background roles.
//!
//! Owns no tables and no rules; it plugs the capabilities together.

pub mod app;
mod background;
mod certificates;
pub mod commands;
pub mod config;
mod files;
pub mod options;
pub mod serve;
pub mod terminal;
