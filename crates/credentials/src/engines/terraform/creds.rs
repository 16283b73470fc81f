//! Giving out tokens, and renewing and revoking the leases they are given out under.

use std::time::Duration;

use db::Tx;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    client::Client,
    config::{self, Config},
    create::{self, CREATING},
    documents::MadeToken,
    intents,
    prepared::{Pools, Prepared},
    role::{self, Role},
};
use crate::{
    Credentials,
    backend::{Answer, Call},
    duration::whole_seconds,
    fault::Fault,
    ids,
    lease::{self, StoredLease},
    limits::Limits,
    mount::Mount,
    origin,
    response::{Lease, Response},
    store,
    token::{Token, TokenHash, USED_UP},
    ttl::{self, Asked},
};

/// What a lease keeps, to renew and to revoke.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Internal {
    pub(crate) token_id: String,
    pub(crate) role: String,
    /// What the API token of whoever got it, or the batch token, lets it last, in seconds.
    #[serde(default)]
    pub(crate) longest: Option<u64>,
}

pub(super) async fn read(call: &Call<'_>, pools: &Pools) -> Answer {
    let name = role::name_of(call)?;
    let (role, config) = load(call, &name).await?;
    let Some(mut role) = role else {
        return Err(Fault::refused(format!("there is no role \"{name}\" in this mount")));
    };
    if role.kind().is_leased() {
        leased(call, pools, (&name, &role), config).await
    } else {
        if let Some(config) = &config {
            require_within(&role, &role.limits_for(call, config)?)?;
        }
        role.follow(call.core).await?;
        Ok(Some(fixed(&name, &role)))
    }
}

/// Refuses the token that a role has to whoever logged in with an API token that would not have
/// made it: it can't be narrowed any more.
fn require_within(role: &Role, limits: &Limits) -> Result<(), Fault> {
    if role.limits.are_within(limits) {
        return Ok(());
    }
    Err(Fault::refused(
        "the API token that you logged in with works from some networks only, or ends; the token \
         of this role does not: use another API token",
    ))
}

/// A role and the configuration, by one look: each costs as much as the other.
async fn load(call: &Call<'_>, name: &str) -> Result<(Option<Role>, Option<Config>), Fault> {
    let (view, key) = (call.view()?, role::key(name));
    let both = move |tx: &mut Tx<'_>| Ok((view.get(tx, &key)?, view.get(tx, config::KEY)?));
    Ok(call.core.db().glance(both).await?)
}

/// The token that a role has, without a lease.
fn fixed(name: &str, role: &Role) -> Response {
    let mut data = json!({
        "token_id": role.token_id,
        "token": role.fixed_token().expose(),
        "organization": role.organization,
        "team_id": role.team_id,
        "role": name,
    });
    if let (Some(data), false) = (data.as_object_mut(), role.description.is_empty()) {
        data.insert("description".to_owned(), json!(role.description));
    }
    Response::data(data)
}

/// Another token, with a lease. Before it is made there, an intent is written here; in the
/// transaction that writes the lease the intent goes. So whenever this process ends, the token has
/// a lease, or is looked for.
async fn leased(
    call: &Call<'_>,
    pools: &Pools,
    (name, role): (&str, &Role),
    config: Option<Config>,
) -> Answer {
    if call.token.is_some_and(|token| token.uses_left == USED_UP) {
        return Err(Fault::refused(
            "Secret cannot be returned; token had one use left, so leased credentials were \
             immediately revoked.",
        ));
    }
    let config = config.ok_or_else(config::missing)?;
    let limits = role.limits_for(call, &config)?;
    let now = call.context.now;
    let longest = shorter(limits.longest(), left_of_asker(call)?);
    let grant = grant(call.core, call.mount, role, longest, Asked::nothing(now))?;
    let client = role.client(&config, call.core)?;
    let list = create::list_of(role).map_err(|error| error.while_doing(CREATING))?;
    let Prepared { intent, description, .. } = pools.begin(call, &list, &role.description).await?;
    let length = longest_of(call.core, call.mount, role);
    let end = limits.end(now, longest.map_or(length, |longest| longest.min(length)));
    let made = make(call, &client, role, (&description, &intent), (end, &limits)).await?;
    let internal = Internal {
        token_id: made.id.clone(),
        role: name.to_owned(),
        longest: longest.map(|longest| longest.as_secs()),
    };
    let lease = new_lease(call, &internal, grant.expires_at)?;
    if let Err(fault) = write_lease(call, &lease, &intent).await {
        // Nobody will ever hear of it, so it must not live. If this fails the intent is there.
        match client.delete_token(&made.id).await {
            Ok(()) => intents::forget(call, &intent).await?,
            Err(error) => {
                tracing::warn!(token.id = made.id, %error, "a token without a lease is looked for");
            }
        }
        return Err(fault);
    }
    let response = Response {
        lease: Some(Lease { id: lease.id, ttl: grant.ttl, renewable: true }),
        ..Response::data(data_of(&made, &description))
    };
    Ok(Some(grant.warnings.into_iter().fold(response, Response::warn)))
}

/// Makes another token. If that fails it may have been made all the same: the intent stays, unless
/// it is certain that nothing was.
async fn make(
    call: &Call<'_>,
    client: &Client,
    role: &Role,
    (description, intent): (&str, &str),
    (end, limits): (Timestamp, &Limits),
) -> Result<MadeToken, Fault> {
    let making = create::another(client, role, description, end, limits);
    match making.await {
        Ok(made) => Ok(made),
        Err(error) => {
            if error.is_final() {
                intents::forget(call, intent).await?;
            }
            Err(role.failed(call.core, &error).await)
        }
    }
}

/// How long the batch token lives that asks, and the API token behind any: no lease of theirs may
/// last longer, also where nothing would end it then.
fn left_of_asker(call: &Call<'_>) -> Result<Option<Duration>, Fault> {
    let (Some(token), now) = (call.token, call.context.now) else { return Ok(None) };
    let own = token.is_batch().then(|| token.remaining(now));
    match shorter(own, origin::left(token, now)).map(whole_seconds) {
        // It would be taken for no limit at all.
        Some(Duration::ZERO) => Err(Fault::BadToken),
        left => Ok(left),
    }
}

fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn data_of(made: &MadeToken, description: &str) -> serde_json::Value {
    let described =
        if made.description.is_empty() { description } else { made.description.as_str() };
    let mut data = json!({
        "token": made.value.expose(),
        "token_id": made.id,
        "description": described,
    });
    if let (Some(data), Some(end)) = (data.as_object_mut(), &made.expired_at) {
        data.insert("expired_at".to_owned(), json!(end));
    }
    data
}

fn new_lease(
    call: &Call<'_>,
    internal: &Internal,
    expires_at: Timestamp,
) -> Result<StoredLease, Fault> {
    let id = ids::lease(&call.request.path);
    let now = call.context.now;
    Ok(StoredLease {
        internal: call.view()?.seal(&lease::place(&id), internal)?,
        id,
        mount: call.mount.uuid.clone(),
        token: call.token.and_then(Token::anchor),
        issued_at: now,
        expires_at,
        last_renewal_at: None,
        renewable: true,
        attempts: 0,
        revoke_at: None,
        last_error: None,
    })
}

/// Writes a lease down in place of its intent; refused if the token that asked, or the mount, is
/// gone meanwhile, or if what was made is being looked for already.
async fn write_lease(call: &Call<'_>, lease: &StoredLease, intent: &str) -> Result<(), Fault> {
    let (lease, intent) = (lease.clone(), intent.to_owned());
    let asker: Option<TokenHash> = call.token.and_then(Token::anchor);
    let behind = call.token.and_then(origin::of).map(str::to_owned);
    let event = identity::audit::Event::new("create", "credential-leases", &lease.id);
    let (context, core) = (call.context.clone(), call.core.clone());
    let written = call.core.db().write(move |tx| {
        if let Some(asker) = &asker
            && !store::is_token_known(tx, asker)?
        {
            return Ok(Err(Fault::BadToken));
        }
        let known = core.refresh(tx)?;
        let mount = known.mounts.iter().find(|mount| mount.uuid == lease.mount);
        if mount.is_none_or(|mount| mount.tainted) {
            return Ok(Err(Fault::NoRoute(lease.id.clone())));
        }
        if !store::take_intent(tx, &intent)? {
            return Ok(Err(Fault::Outage(format!("{CREATING}: it took too long"))));
        }
        store::insert_lease(tx, &lease, behind.as_deref())?;
        identity::audit::record(tx, &context, &event)?;
        Ok(Ok(()))
    });
    written.await?
}

/// How long a lease of a role lasts from now on, as the role is now; `longest` is what the API
/// token of whoever got it lets it last.
fn grant(
    core: &Credentials,
    mount: &Mount,
    role: &Role,
    longest: Option<Duration>,
    asked: Asked,
) -> Result<ttl::Grant, Fault> {
    let max = match (role.max_ttl(), longest) {
        (max, None) => max,
        (Duration::ZERO, Some(longest)) => longest,
        (max, Some(longest)) => max.min(longest),
    };
    let asked = Asked { ttl: role.ttl(), max, ..asked };
    ttl::grant(core.limits(mount), &asked).map_err(|error| Fault::refused(error.to_string()))
}

/// How long a lease of a role can last, however often it is renewed.
pub(super) fn longest_of(core: &Credentials, mount: &Mount, role: &Role) -> Duration {
    let mount = core.limits(mount).max;
    if role.max_ttl().is_zero() { mount } else { role.max_ttl().min(mount) }
}

/// Ends the token of a lease at the server that made it.
pub(super) async fn revoke(
    core: &Credentials,
    mount: &Mount,
    lease: &StoredLease,
) -> Result<(), Fault> {
    let view = core.view(mount)?;
    let internal: Internal = view.open(&lease::place(&lease.id), &lease.internal)?;
    let client = client_of(core, mount).await?;
    client
        .delete_token(&internal.token_id)
        .await
        .map_err(|error| error.while_doing("error revoking user token"))
}

async fn client_of(core: &Credentials, mount: &Mount) -> Result<Client, Fault> {
    let config: Option<Config> = core.kept(mount, config::KEY.to_owned()).await?;
    config
        .ok_or_else(|| Fault::Failed("error getting client: missing API token".to_owned()))?
        .tidying_client(core)
}

/// How long a lease may still last, as its role is now.
pub(super) async fn renew(
    core: &Credentials,
    mount: &Mount,
    lease: &StoredLease,
    increment: Option<Duration>,
    now: Timestamp,
) -> Result<ttl::Grant, Fault> {
    let view = core.view(mount)?;
    let internal: Internal = view.open(&lease::place(&lease.id), &lease.internal)?;
    let role: Option<Role> = core.kept(mount, role::key(&internal.role)).await?;
    let role = role.ok_or_else(|| {
        Fault::refused(
            "failed to renew entry: resp: (*logical.Response)(nil) err: error retrieving role: \
             role is nil",
        )
    })?;
    let increment = increment.unwrap_or_default();
    grant(
        core,
        mount,
        &role,
        internal.longest.map(Duration::from_secs),
        Asked { increment, issued_at: lease.issued_at, ..Asked::nothing(now) },
    )
}
