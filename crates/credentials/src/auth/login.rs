//! Letting somebody in who has shown who they are.

use serde_json::{Map, Value};

use super::{params::TokenParams, token_type};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    issue::{LoggedIn, NewToken},
    token::ROOT,
};

/// Somebody who has shown who they are.
pub(super) struct Login {
    /// What the mount knows them by.
    pub(super) alias: String,
    /// What the mount has found out about them, for policies to name.
    pub(super) alias_metadata: Map<String, Value>,
    /// What their token is called in logs, behind the mount's path.
    pub(super) display_name: String,
    /// What everybody who has the token's accessor may know of them.
    pub(super) meta: Map<String, Value>,
    /// What is needed when the token is renewed.
    pub(super) kept: Map<String, Value>,
}

/// Makes a token for somebody, unless they are where they may not log in from.
pub(super) async fn admit(call: &Call<'_>, login: Login, params: &TokenParams) -> Answer {
    if !params.networks(call.context.address)?.admit(call.context.address) {
        return Err(Fault::Denied);
    }
    admit_from_anywhere(call, login, params).await
}

/// Makes a token for somebody, which is perhaps good elsewhere only.
pub(super) async fn admit_from_anywhere(
    call: &Call<'_>,
    login: Login,
    params: &TokenParams,
) -> Answer {
    let networks = params.networks(call.context.address)?;
    if params.policies.iter().any(|policy| policy.trim().eq_ignore_ascii_case(ROOT)) {
        return Err(Fault::refused("auth methods cannot create root tokens"));
    }
    let mount = call.mount.path.trim_start_matches("auth/").trim_end_matches('/');
    let display_name = match login.display_name.as_str() {
        "" => mount.replace('/', "-"),
        name => format!("{}-{name}", mount.replace('/', "-")),
    };
    let new = NewToken {
        kind: token_type::of_login(call.mount, &params.r#type),
        policies: params.policies.clone(),
        no_default_policy: params.no_default_policy,
        meta: login.meta,
        path: call.request.path.clone(),
        display_name,
        num_uses: params.num_uses,
        ttl: params.ttl,
        max_ttl: params.max_ttl,
        explicit_max_ttl: params.explicit_max_ttl,
        period: params.period,
        renewable: true,
        networks,
        login: Some(LoggedIn {
            alias: login.alias,
            alias_metadata: login.alias_metadata,
            kept: login.kept,
        }),
        ..NewToken::default()
    };
    call.core.issue(call.mount, new, call.context).await.map(Some)
}
