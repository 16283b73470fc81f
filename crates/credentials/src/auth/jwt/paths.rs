//! The paths of a jwt mount.

use crate::{
    Operation,
    auth::{
        fields::{field, joined, text},
        params,
    },
    framework::{
        Field, FieldKind, PathDefinition, Pattern,
        Piece::{Is, MaybeSlash, Name},
    },
};

const CONFIG: &[Field] = &[
    text("oidc_discovery_url", "The issuer: its keys are where its own discovery document says."),
    text(
        "oidc_discovery_ca_pem",
        "The authority of that server's certificate in PEM, if the machine does not trust it.",
    ),
    text("jwks_url", "Where the keys are, for issuers without a discovery document."),
    text(
        "jwks_ca_pem",
        "The authority of that server's certificate in PEM, if the machine does not trust it.",
    ),
    field(
        "jwt_validation_pubkeys",
        FieldKind::Texts,
        "The keys themselves in PEM, for issuers that can't be reached from here.",
    ),
    field(
        "jwt_supported_algs",
        FieldKind::Texts,
        "The only ways to sign that count. Without any: all that are believed here.",
    ),
    text("bound_issuer", "What must stand in the tokens as their issuer."),
    text("default_role", "The role of those who name none."),
    field(
        "skip_jwks_validation",
        FieldKind::Boolean,
        "Whether the addresses are written down without being tried.",
    ),
    text("oidc_client_id", "Not used: people don't log in here with a browser."),
    text("oidc_client_secret", "Not used, like oidc_client_id."),
    text("oidc_response_mode", "Not used, like oidc_client_id."),
    field("oidc_response_types", FieldKind::Texts, "Not used, like oidc_client_id."),
    field("provider_config", FieldKind::Map, "Not used: no provider needs more than is here."),
    field("namespace_in_state", FieldKind::Boolean, "Not used, like oidc_client_id."),
    field("override_allowed_server_names", FieldKind::Texts, "Not used."),
];
const OWN: [Field; 28] = [
    field("name", FieldKind::LowerText, "The role's name."),
    text("role_type", "jwt. It must be said, since without it clients mean oidc."),
    field(
        "bound_audiences",
        FieldKind::Texts,
        "Whom the identity must be for: one of these. An identity that says whom it is for is\n\
         refused if nothing is said here.",
    ),
    text("bound_subject", "Whom the identity must be of (sub)."),
    field(
        "bound_claims",
        FieldKind::Map,
        "What its claims must be: one value, or a list of which one fits. A name that begins with\n\
         / is a JSON pointer.",
    ),
    text(
        "bound_claims_type",
        "string: values are compared as they are. glob: * in them is any run of characters.",
    ),
    text("user_claim", "The claim that says who it is; it names the entity's alias."),
    field("user_claim_json_pointer", FieldKind::Boolean, "Whether user_claim is a JSON pointer."),
    text("groups_claim", "The claim with the groups. It must be there, and is not used otherwise."),
    field(
        "claim_mappings",
        FieldKind::Pairs,
        "Claims that become metadata of the token and the alias: claim=name.",
    ),
    text("clock_skew_leeway", "By how many seconds clocks may differ. 0: 60. Less than 0: none."),
    text("expiration_leeway", "Kept: identities without an end are refused."),
    text("not_before_leeway", "Kept: see clock_skew_leeway."),
    field("allowed_redirect_uris", FieldKind::Texts, "Not used: it is for roles of type oidc."),
    field("oidc_scopes", FieldKind::Texts, "Not used, like allowed_redirect_uris."),
    field("verbose_oidc_logging", FieldKind::Boolean, "Not used: no identity stands in the log."),
    field("max_age", FieldKind::Duration, "Not used, like allowed_redirect_uris."),
    text("callback_mode", "Not used, like allowed_redirect_uris."),
    field("oidc_disable_confirmation", FieldKind::Boolean, "Not used."),
    field("oauth2_metadata", FieldKind::Texts, "Not used, like allowed_redirect_uris."),
    field("token_policies_template_claims", FieldKind::Boolean, "Not supported."),
    field("policies", FieldKind::Texts, "The older name of token_policies."),
    field("ttl", FieldKind::Duration, "The older name of token_ttl."),
    field("max_ttl", FieldKind::Duration, "The older name of token_max_ttl."),
    field("num_uses", FieldKind::Integer, "The older name of token_num_uses."),
    field("period", FieldKind::Duration, "The older name of token_period."),
    field("bound_cidrs", FieldKind::Texts, "The older name of token_bound_cidrs."),
    text("poll_interval", "Not used, like allowed_redirect_uris."),
];
static ROLE: [Field; 38] = joined(OWN, params::FIELDS);
const LOGIN: &[Field] = &[
    text("role", "The role to log in with; without one, the mount's default role."),
    text("jwt", "The signed identity."),
];

pub(super) static PATHS: [PathDefinition; 4] = [
    PathDefinition::new(
        "login",
        Pattern(&[Is("login")]),
        LOGIN,
        &[Operation::Update],
        "Logs in with a signed identity.",
        "Whoever shows an identity that the role wants, signed by whom the mount trusts, gets a\n\
         token with the role's policies.",
    )
    .open(),
    PathDefinition::new(
        "config",
        Pattern(&[Is("config")]),
        CONFIG,
        &[Operation::Read, Operation::Update],
        "Whose signatures count.",
        "Says where the keys come from: from an issuer's discovery document, from an address, or\n\
         from here. Exactly one of the three. What is not said is taken back.",
    ),
    PathDefinition::new(
        "roles",
        Pattern(&[Is("role"), MaybeSlash]),
        &[],
        &[Operation::List],
        "The names of the roles.",
        "Lists the roles that identities can log in with.",
    ),
    PathDefinition::new(
        "role",
        Pattern(&[Is("role"), Name("name")]),
        &ROLE,
        &[Operation::Read, Operation::Create, Operation::Update, Operation::Delete],
        "Which identities may log in.",
        "Says what an identity must be to log in, and what tokens it gets. Something must be bound,\n\
         or else everybody could log in whom the issuer knows.",
    )
    .telling_creation(),
];
