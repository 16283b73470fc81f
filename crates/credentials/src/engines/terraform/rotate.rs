//! Replacing the token of a role that has one.

use super::{
    config, fixed,
    role::{self, CredentialType},
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
};

/// Replaces the token of a role that has one.
pub(super) async fn role(call: &Call<'_>) -> Answer {
    let name = role::name_of(call)?;
    let role =
        role::load(call, &name).await?.ok_or_else(|| Fault::refused("missing role entry"))?;
    match role.kind() {
        CredentialType::User => {
            return Err(Fault::refused("cannot rotate credentials for user roles"));
        }
        CredentialType::Team | CredentialType::Bound => {
            return Err(Fault::refused(
                "cannot rotate credentials for credential_type = team token roles. Only works for \
                 credential_type = team_legacy.",
            ));
        }
        CredentialType::Organization | CredentialType::TeamLegacy => {}
    }
    fixed::make(call, &config::required(call).await?, &name, role, "rotate").await
}
