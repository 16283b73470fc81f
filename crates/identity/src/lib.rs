//! Who people are and what is theirs: users, organizations, projects, memberships, API tokens,
//! browser sessions, signing in, and the rights of everybody everywhere ([`access`]).
//!
//! Projects live here and not with workspaces, because `<org>.<project>` is resolved for every
//! request ([`scope()`]) and rights attach to projects.
//!
//! What holds:
//! - Names and addresses are unique whatever the case; ids are never taken for names nor the other
//!   way around.
//! - Tokens, session cookies and authorization codes are stored as HMACs. A token is looked up in
//!   every request, so revoking it takes effect at once.
//! - An organization always has an active owner and a default project; it can be deleted only when
//!   it has no workspaces, and so can a project.
//! - Whoever is not a member of an organization can't tell it from one that is not there.
//!
//! The vendor's pages: organizations, organization-memberships, projects, account, users,
//! user-tokens, and `terraform login`.

pub mod access;
pub mod audit;
pub mod grant_pages;
pub mod hand_out;
pub mod issuers;
pub mod names;
pub mod resources;
pub mod sql;

mod address;
mod api;
mod caller;
mod cookie;
mod credential;
mod form;
mod grant;
mod identity;
mod internal;
mod last_used;
mod lifetime;
mod listed_token;
mod membership;
mod new_token;
mod oauth;
mod organization;
mod pages;
mod password;
mod placed;
mod placing;
mod project;
mod reach;
mod refusals;
mod scope;
mod second_factor;
mod service;
mod sso;
mod store;
mod subject;
mod team;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod trust;
mod user;
mod visitor;

pub use access::{Right, Rights};
pub use address::{Address, Part};
pub use caller::Caller;
pub use credential::Credential;
pub use form::{OpenForm, SafeForm};
pub use grant::{Grant, GrantTable, Grantable};
pub use identity::{Identity, Settings};
pub use lifetime::{Lifetimes, LimitedKind};
pub use listed_token::{ListedToken, TeamTokenOrder};
pub use membership::{Membership, MembershipDetails, MembershipFilter, MembershipStatus};
pub use new_token::NewToken;
pub use oauth::{AuthorizationQuery, AuthorizationRequest};
pub use organization::{
    ExecutionMode, NewOrganization, Organization, OrganizationChange, OrganizationSettings,
    SettingsChange,
};
pub use pages::frames;
pub use password::is_password_hash;
pub use placed::Placed;
pub use placing::PlaceWish;
pub use project::{
    DEFAULT_PROJECT_NAME, ListedProject, NewProject, Project, ProjectChange, ProjectDetails,
    ProjectFilter, ProjectOrder, Tag, TagBinding,
};
pub use reach::Reach;
pub use scope::{Scope, scope, scope_by_id};
pub use second_factor::{Enrolment, SecondFactorStatus, Stage};
pub use service::{
    LifetimeChange, OrganizationTokenKind, SignIn, find_project, find_team, find_user,
    list_memberships, list_organizations, list_projects, list_teams, may_see_team, project_details,
};
pub use service::{
    Presented, TeamPath, Who, name_of_person, path_of_team, person_named, team_named,
};
pub use service::{
    ProjectGrant, create_grant, delete_grant, find_grant, list_grants, require_grant, update_grant,
};
pub use sso::Provider;
pub use store::{project_tags, tag_id};
pub use subject::{
    GrantsAt, Subject, SubjectId, TeamFacts, everybody, find_subject, levels_at, team_facts,
};
pub use team::{
    NewTeam, OWNERS, Permitted, Person, Team, TeamChange, TeamDetails, TeamFilter, Visibility,
};
pub use token::{Networks, Token, TokenHolder, TokenKind};
pub use trust::{Gives, Keys, NewTrust, Rule, Trust, TrustChange, Wish};
pub use user::{User, UserChange};
pub use visitor::{Visitor, VisitorRejection, safe_return_to};

/// Every route of this crate: the API and the pages.
pub fn routes(identity: Identity) -> web::Routes<()> {
    api::routes().merge(pages::routes()).with_state(identity)
}
