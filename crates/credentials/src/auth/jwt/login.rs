//! Logging in.

use std::time::Duration;

use barrier::jwt::{Claims, JwtError, LEEWAY, Unverified};
use identity::issuers::NotBelieved;
use serde_json::{Map, Value, json};

use super::{
    Jwt,
    claims::{mapped, require_groups, user},
    config::{self, Config},
    role::{self, ROLE, Role},
};
use crate::{
    Credentials,
    auth::login::{Login, admit},
    backend::{Answer, Call, Terms},
    fault::Fault,
    mount::Mount,
    token::Token,
};

pub(super) async fn login(jwt: &Jwt, call: &Call<'_>) -> Answer {
    let config = config::load(call).await?;
    let config = config.ok_or_else(|| Fault::refused("could not load configuration"))?;
    let name = match call.input.text_or_empty("role")? {
        name if name.is_empty() => config.default_role.clone(),
        name => name,
    };
    let name = name.to_lowercase();
    if name.is_empty() {
        return Err(Fault::refused("missing role"));
    }
    let shown = call.input.text_or_empty("jwt")?;
    if shown.is_empty() {
        return Err(Fault::refused("missing token"));
    }
    let role = call.kept::<Role>(role::key(&name)).await?;
    let role = role.ok_or_else(|| Fault::refused(format!("role {name:?} could not be found")))?;
    let claims = verify(jwt, call, &config, &role, &shown).await?;
    require_bounds(&config, &role, &claims)?;
    let claims = claims.as_map();
    let mut meta = mapped(claims, &role.claim_mappings)?;
    let who = user(claims, &role.user_claim, role.user_claim_json_pointer)?;
    require_groups(claims, &role.groups_claim)?;
    meta.insert(ROLE.to_owned(), json!(name));
    let login = Login {
        alias: who.clone(),
        alias_metadata: meta.clone(),
        display_name: who,
        meta,
        kept: Map::new(),
    };
    admit(call, login, &role.token).await
}

/// The claims of an identity that is signed by whom the mount trusts, and valid now.
async fn verify(
    jwt: &Jwt,
    call: &Call<'_>,
    config: &Config,
    role: &Role,
    shown: &str,
) -> Result<Claims, Fault> {
    let token = Unverified::parse(shown).map_err(|error| invalid(&error))?;
    if !config.accepts(token.algorithm) {
        return Err(Fault::refused(
            "error validating token: error verifying token signature: its kind is not among the \
             supported ones",
        ));
    }
    let leeway = match role.clock_skew_leeway {
        0 => LEEWAY,
        seconds => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
    };
    let (issuers, source) = (config.issuers(jwt, call)?, config.source()?);
    let verified = issuers.verify(&token, &source, call.context.now, leeway).await;
    verified.map_err(|error| match error {
        NotBelieved::Token(error) => invalid(&error),
        NotBelieved::Keys(error) => {
            tracing::warn!(mount = call.mount.path, ?error, "no keys to judge an identity by");
            Fault::refused(format!("error validating token: {error}"))
        }
    })
}

/// Why an identity is not believed, in the words that people look for.
fn invalid(error: &JwtError) -> Fault {
    let text = match error {
        JwtError::Expired => "invalid expiration time (exp) claim: token is expired".to_owned(),
        JwtError::NotYetValid | JwtError::FromTheFuture => {
            "invalid not before (nbf) claim: token not yet valid".to_owned()
        }
        JwtError::Endless => "no expiration time (exp) claim in token".to_owned(),
        JwtError::Signature | JwtError::UnknownKey | JwtError::OtherKind => {
            "error verifying token signature: no known key successfully validated the token \
             signature"
                .to_owned()
        }
        other => format!("error verifying token signature: {other}"),
    };
    Fault::refused(format!("error validating token: {text}"))
}

/// Refuses an identity that is not what the mount and the role want.
fn require_bounds(config: &Config, role: &Role, claims: &Claims) -> Result<(), Fault> {
    let invalid = |text: &str| Err(Fault::refused(format!("error validating token: {text}")));
    let issuer = claims.issuer().unwrap_or_default();
    let wrong = |wanted: &String| !wanted.is_empty() && wanted != issuer;
    if wrong(&config.bound_issuer) || wrong(&config.oidc_discovery_url) {
        return invalid("invalid issuer (iss) claim");
    }
    if !role.bound_subject.is_empty() && claims.subject() != Some(&role.bound_subject) {
        return invalid("invalid subject (sub) claim");
    }
    let audiences = claims.audiences();
    if role.bound_audiences.is_empty() {
        // Whoever is not meant must not take it for themselves.
        if claims.as_map().contains_key("aud") && !audiences.is_empty() {
            let text = "audience claim found in JWT but no audiences bound to the role";
            return Err(Fault::refused(text));
        }
    } else if !audiences.iter().any(|one| role.bound_audiences.iter().any(|other| other == one)) {
        return invalid(
            "invalid audience (aud) claim: audience claim does not match any expected audience",
        );
    }
    match role.bound.refusal(claims.as_map()) {
        Some(text) => Err(Fault::refused(format!("error validating claims: {text}"))),
        None => Ok(()),
    }
}

/// For how long a token may still live: as its role says now.
pub(super) async fn renew(
    core: &Credentials,
    mount: &Mount,
    token: &Token,
) -> Result<Terms, Fault> {
    let name = token.meta.get(ROLE).and_then(Value::as_str).unwrap_or_default().to_owned();
    let role: Option<Role> = core.kept(mount, role::key(&name)).await?;
    let role = role.ok_or_else(|| {
        Fault::Failed(format!("failed to renew entry: role {name} does not exist during renewal"))
    })?;
    Ok(role.token.lengths())
}
