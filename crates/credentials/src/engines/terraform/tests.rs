//! The engine against a Terraform API that does as it is told, also badly.

mod calls;
mod config;
mod faults;
mod leases;
mod organizations;
mod rotation;
mod site;
mod upstream;
