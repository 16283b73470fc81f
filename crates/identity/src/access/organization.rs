//! What holds in a whole organization: for its members, its teams and its tokens.

use super::{
    Right, Rights,
    levels::{
        PROJECT_ADMIN, PROJECT_READ, PROJECT_WRITE, ProjectLevel, WORKSPACE_ADMIN, WORKSPACE_READ,
    },
};

/// What everybody may do who belongs to an organization.
pub const MEMBER: Rights = Rights::of(&[Right::ReadOrganization, Right::ReadMemberships]);

/// What an organization's token may do: keep the organization, but touch no state and no run.
pub const ORGANIZATION_TOKEN: Rights = Rights::ALL.without(Rights::of(&[
    Right::DeleteOrganization,
    Right::ReadState,
    Right::ReadOutputs,
    Right::WriteState,
    Right::Lock,
    Right::QueueRun,
    Right::ApplyRun,
]));

/// What the token of an audit trail may do.
pub const AUDITOR: Rights = Rights::of(&[Right::ReadAudit]);

/// What changes nothing. A token that may only read holds nothing else.
pub const READING: Rights = Rights::of(&[
    Right::ReadOrganization,
    Right::ReadMemberships,
    Right::AccessSecretTeams,
    Right::ReadAudit,
])
.and(PROJECT_READ)
.and(WORKSPACE_READ);

/// Everything about all projects and workspaces, but not the organization's people.
const ALL_PROJECTS: Rights =
    PROJECT_ADMIN.and(WORKSPACE_ADMIN).and(Rights::of(&[Right::CreateProject]));

/// The rights in an organization that can be given to a team, in the words of the wire. Those
/// that concern what is not built yet are kept and give nothing.
pub const WORDS: &[(&str, Rights)] = &[
    ("manage-policies", Rights::NONE),
    ("manage-policy-overrides", Rights::NONE),
    ("delegate-policy-overrides", Rights::NONE),
    (
        "manage-workspaces",
        PROJECT_WRITE.and(WORKSPACE_ADMIN).and(Rights::of(&[Right::CreateWorkspace])),
    ),
    ("manage-vcs-settings", Rights::NONE),
    ("manage-providers", Rights::NONE),
    ("manage-modules", Rights::NONE),
    ("manage-run-tasks", Rights::NONE),
    ("manage-projects", ALL_PROJECTS),
    ("read-workspaces", PROJECT_READ.and(WORKSPACE_READ)),
    ("read-projects", PROJECT_READ.and(WORKSPACE_READ)),
    ("manage-membership", Rights::of(&[Right::ManageMemberships])),
    ("manage-teams", Rights::of(&[Right::ManageTeams, Right::ManageMemberships])),
    (
        "manage-organization-access",
        Rights::of(&[Right::ManageOrganizationAccess, Right::ManageTeams]),
    ),
    ("access-secret-teams", Rights::of(&[Right::AccessSecretTeams])),
    ("manage-agent-pools", Rights::NONE),
];

/// What a team's words give, with spaces between them as they are stored.
pub fn rights_of_words(words: &str) -> Rights {
    words
        .split_ascii_whitespace()
        .filter_map(|word| WORDS.iter().find(|(known, _)| *known == word))
        .fold(Rights::NONE, |rights, (_, given)| rights | *given)
}

/// What a level gives in a whole organization, for keys and trusts: the level at each of its
/// projects. An administrator keeps the organization too, but may not delete it.
pub fn level_everywhere(level: ProjectLevel) -> Rights {
    let rights = level.rights(None);
    let all = MEMBER | rights.project | rights.workspaces;
    match level {
        ProjectLevel::Maintain => all | Rights::of(&[Right::CreateProject]),
        ProjectLevel::Admin => Rights::ALL.without(Rights::of(&[Right::DeleteOrganization])),
        _ => all,
    }
}
