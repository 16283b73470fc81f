//! Every statement on people, organizations, projects, memberships, tokens and sessions.
//!
//! The tables: `users`, `organizations`, `projects`, `memberships`, `tokens`, `sessions`,
//! `authorization_codes`, `sign_in_attempts`, `project_tag_bindings`; and `tags`, which
//! `workspaces` uses too.

use db::Statement;

mod access;
mod audit;
mod people;
mod places;
mod standing;
mod teams;

pub use access::*;
pub use audit::*;
pub use people::*;
pub use places::*;
pub use standing::*;
pub use teams::*;

/// All of them, for the tests that prepare every statement.
pub const ALL: &[&Statement] = &[
    &AUTHENTICATE_TOKEN,
    &COUNT_MEMBERSHIPS,
    &COUNT_ORGANIZATIONS,
    &COUNT_OWNERS,
    &COUNT_PROJECTS,
    &COUNT_TOKENS,
    &CLAIM_INVITATIONS,
    &COUNT_SIGN_IN_ATTEMPT,
    &DELETE_EXPIRED_CODES,
    &DELETE_EXPIRED_SESSIONS,
    &DELETE_MEMBERSHIP,
    &DELETE_OLD_SIGN_IN_ATTEMPTS,
    &DELETE_ORGANIZATION,
    &DELETE_PROJECT,
    &DELETE_PROJECT_TAGS,
    &DELETE_SESSION,
    &DELETE_SESSIONS_BY_USER,
    &DELETE_SIGN_IN_ATTEMPTS,
    &DELETE_TOKEN,
    &FIND_CREDENTIALS_BY_ID,
    &FIND_CREDENTIALS_BY_LOGIN,
    &FIND_MEMBERSHIP,
    &FIND_ORGANIZATION_BY_ID,
    &FIND_ORGANIZATION_BY_NAME,
    &FIND_PROJECT_BY_ID,
    &FIND_PROJECT_BY_NAME,
    &FIND_PROJECT_WITH_COUNT,
    &FIND_SESSION_BY_HASH,
    &FIND_SESSION_HOLDER,
    &FIND_TAG,
    &FIND_TOKEN,
    &FIND_TOKEN_BY_HASH,
    &FIND_TOKEN_HOLDER,
    &FIND_USER,
    &FIND_USER_BY_LOGIN,
    &FORGIVE_SIGN_IN_ATTEMPT,
    &INSERT_AUDIT_RECORD,
    &INSERT_CODE,
    &INSERT_MEMBERSHIP,
    &INSERT_ORGANIZATION,
    &INSERT_PROJECT,
    &INSERT_SESSION,
    &INSERT_TAG,
    &INSERT_TOKEN,
    &INSERT_USER,
    &LIST_MEMBERSHIPS,
    &LIST_ORGANIZATIONS,
    &LIST_PROJECT_IDS_BY_NAMES,
    &LIST_PROJECT_IDS_BY_TAG,
    &LIST_PROJECT_TAGS,
    &LIST_PROJECTS,
    &LIST_TOKENS,
    &LOCK_ORGANIZATION,
    &LOCK_PROJECT,
    &LOCK_USER,
    &SET_MEMBERSHIP_EMAIL,
    &SET_PASSWORD,
    &SHARE_ORGANIZATION,
    &TAKE_CODE,
    &TOUCH_SESSION,
    &TOUCH_TOKEN,
    &UPDATE_ORGANIZATION,
    &UPDATE_PROJECT,
    &UPDATE_USER,
    &UPSERT_PROJECT_TAG,
    &LIST_TEAMS_OF_MEMBER,
    &FIND_TEAM_STANDING,
    &FIND_KEY_STANDING,
    &LIST_WORKLOAD_STANDING,
    &LIST_PROJECT_GRANTS,
    &LIST_WORKSPACE_GRANTS,
    &FIND_GRANT_INSIDE,
    &LIST_PROJECT_GRANTS_OF_TEAMS,
    &LIST_WORKSPACE_GRANTS_OF_TEAMS,
    &LIST_ORGANIZATIONS_OF_TOKEN,
    &INSERT_TEAM,
    &INSERT_TEAM_MEMBER,
    &FIND_OWNERS_TEAM,
    &FIND_OWNERSHIP,
    &FIND_TEAM,
    &LIST_TEAMS,
    &COUNT_TEAMS,
    &UPDATE_TEAM,
    &DELETE_TEAM,
    &DELETE_TEAM_MEMBER,
    &LIST_MEMBERS_OF_TEAMS,
    &LIST_TEAMS_OF_MEMBERSHIPS,
    &FIND_MEMBERSHIP_OF_USER,
];
