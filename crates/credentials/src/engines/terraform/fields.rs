//! The fields of the paths, with what their help says of them.

use crate::framework::{Field, FieldKind};

/// The fields of `config`.
pub(super) const CONFIG: &[Field] = &[
    Field {
        name: "token",
        kind: FieldKind::Text,
        description: "The API token that this engine makes, renews and revokes other tokens with. It is never shown again.",
    },
    Field {
        name: "address",
        kind: FieldKind::Text,
        description: "Scheme and host of the Terraform API, such as https://app.terraform.io, which is the default.",
    },
    Field {
        name: "base_path",
        kind: FieldKind::Text,
        description: "What stands before each path of that API. The default is /api/v2/.",
    },
    Field {
        name: "explicit_max_ttl",
        kind: FieldKind::Duration,
        description: "How long the token lives that rotate-root makes. Zero: as long as the API lets it.",
    },
    Field {
        name: "ca_cert",
        kind: FieldKind::Text,
        description: "Certificate authorities in PEM that the API's certificate may come from, besides those that this machine trusts.",
    },
    Field {
        name: "request_timeout",
        kind: FieldKind::Duration,
        description: "How long one request to the API may take. The default is 30 seconds, the most 60.",
    },
    Field {
        name: "own_server",
        kind: FieldKind::Boolean,
        description: "Work for this server itself, without a token. Takes sudo on this path.",
    },
    Field {
        name: "skip_verify_token",
        kind: FieldKind::Boolean,
        description: "Keep a new token without asking the API whose it is.",
    },
    Field {
        name: "rotation_schedule",
        kind: FieldKind::Text,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "rotation_window",
        kind: FieldKind::Duration,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "rotation_period",
        kind: FieldKind::Duration,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "rotation_policy",
        kind: FieldKind::Text,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "disable_automated_rotation",
        kind: FieldKind::Boolean,
        description: "Accepted, and without effect: nothing rotates by itself.",
    },
];

/// The name of a role, in the path.
const NAME: Field =
    Field { name: "name", kind: FieldKind::LowerText, description: "Name of the role" };

/// The fields of `role/:name`.
pub(super) const ROLE: &[Field] = &[
    NAME,
    Field {
        name: "description",
        kind: FieldKind::Text,
        description: "What the tokens are described as. A few random characters follow, so that each can be told from the others.",
    },
    Field { name: "organization", kind: FieldKind::Text, description: "Name of the organization." },
    Field {
        name: "team_id",
        kind: FieldKind::Text,
        description: "Id of the team, such as team-BUHBEM97xboT8TVz.",
    },
    Field {
        name: "user_id",
        kind: FieldKind::Text,
        description: "Id of the user, such as user-glhf1234.",
    },
    Field {
        name: "ttl",
        kind: FieldKind::Duration,
        description: "How long a lease lasts. Zero: as the mount or the system says.",
    },
    Field {
        name: "max_ttl",
        kind: FieldKind::Duration,
        description: "How long a lease lasts at most, however often it is renewed.",
    },
    Field {
        name: "credential_type",
        kind: FieldKind::Text,
        description: "user, organization, team, team_legacy; or bound, which only this server has: a token for one workspace or project and nothing else.",
    },
    Field {
        name: "workspace_id",
        kind: FieldKind::Text,
        description: "For bound tokens: the workspace.",
    },
    Field {
        name: "project_id",
        kind: FieldKind::Text,
        description: "For bound tokens: the project.",
    },
    Field {
        name: "workspace",
        kind: FieldKind::Text,
        description: "For bound tokens: the workspace, by its name, in place of workspace_id.",
    },
    Field {
        name: "project",
        kind: FieldKind::Text,
        description: "For bound tokens: the project, by its name, in place of project_id.",
    },
    Field {
        name: "run_id",
        kind: FieldKind::Text,
        description: "For bound tokens: not supported yet, this server has no runs.",
    },
    Field {
        name: "access",
        kind: FieldKind::Text,
        description: "For bound tokens: read, write, maintain (projects only), admin, or custom with rights. The default is write, or custom if rights are given.",
    },
    Field {
        name: "rights",
        kind: FieldKind::Texts,
        description: "For bound tokens with custom access: words such as read-state, write-state, lock.",
    },
    Field {
        name: "source_networks",
        kind: FieldKind::Texts,
        description: "For bound tokens: the networks that they may be used from, as CIDR.",
    },
];

/// The fields of `creds/:name`.
pub(super) const CREDS: &[Field] = &[NAME];

/// The fields of `rotate-role/:name`.
pub(super) const ROTATE_ROLE: &[Field] =
    &[Field { name: "name", kind: FieldKind::Text, description: "Name of the role" }];
