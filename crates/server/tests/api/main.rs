//! The API, called over a real listener: on SQLite, or on the PostgreSQL that
//! `STATEWARD_TEST_POSTGRES` names. The modules mirror the URL tree.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod access_keys;
mod account;
mod addressing;
mod apart;
mod audit;
mod big_state;
mod canaries;
mod consumers;
mod contract;
mod credentials_approle;
mod credentials_audit;
mod credentials_batch;
mod credentials_duty;
mod credentials_identity;
mod credentials_jwt;
mod credentials_origin;
mod credentials_pages;
mod credentials_restart;
mod credentials_role_names;
mod credentials_seal;
mod credentials_stateward;
mod credentials_sys;
mod credentials_userpass;
mod device;
mod discovery;
mod docs;
mod fixtures;
mod guarded_write;
mod hidden;
mod history;
mod hostile;
mod locks;
mod logout;
mod memberships;
mod migration;
mod oauth;
mod organization_tokens;
mod organizations;
mod pagination;
mod projects;
mod provider;
mod races;
mod reserved_tag_keys;
mod rights_races;
mod second_factor;
mod secrets;
mod service_accounts;
mod sharing;
mod sign_in;
mod sso;
mod state_documents;
mod statements;
mod storage_failure;
mod tags;
mod team_access;
mod team_pages;
mod team_tokens;
mod teams;
mod terraform_engine;
mod terraform_organizations;
mod token_limits;
mod token_pages;
mod token_races;
mod tokens;
mod trusts;
mod variable_secrets;
mod variable_sets;
mod variables;
mod vault;
mod visibility;
mod wire;
mod workloads;
mod workspace_lists;
mod workspaces;
mod world;
