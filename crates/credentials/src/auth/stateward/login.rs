//! Logging in.

use std::time::Duration;

use identity::{Networks, Presented, Who};
use kernel::{Context, Kind, Secret};
use serde_json::{Map, Value, json};

use super::{config, maps};
use crate::{
    Credentials,
    auth::{
        login::{Login, admit},
        params::TokenParams,
    },
    backend::{Answer, Call, Terms},
    fault::Fault,
    limits::{self, Limits},
    mount::Mount,
    origin::{API_TOKEN, API_TOKEN_END, PERSON},
    token::Token,
};

pub(super) async fn login(call: &Call<'_>) -> Answer {
    let presented = present(call).await?;
    if presented.read_only {
        // What it would get here could do more.
        return Err(Fault::refused("an API token that may only read lets nobody in here"));
    }
    if presented.childless {
        // What it would get here would outlive it.
        return Err(Fault::refused(
            "an API token that was given out by a credential engine lets nobody in here",
        ));
    }
    let (view, who) = (call.view()?, presented.clone());
    let read = call.core.db().read(move |tx| {
        let params = config::load(tx, &view)?;
        Ok((params, maps::policies(tx, &view, &who)?))
    });
    let (mut params, policies) = read.await?;
    params.policies.extend(policies);
    restrict(call, &mut params, &presented)?;
    admit(call, described(presented), &params).await
}

/// Who shows what.
async fn present(call: &Call<'_>) -> Result<Presented, Fault> {
    let text = |name: &str| call.input.text_or_empty(name);
    let (token, username, password) = (text("token")?, text("username")?, text("password")?);
    let identity = call.core.identity();
    if !token.is_empty() {
        let presented = identity.present_token(call.context, &Secret::new(token)).await;
        return presented.map_err(|error| refusal(error, "invalid token"));
    }
    if username.is_empty() {
        return Err(Fault::refused("missing token, or username and password"));
    }
    if password.is_empty() {
        return Err(Fault::refused("missing password"));
    }
    let presented =
        identity.present_password(call.context, &username, &Secret::new(password)).await;
    presented.map_err(|error| refusal(error, "invalid username or password"))
}

/// Why nobody is let in. Whoever shows something wrong learns no more than that.
fn refusal(error: kernel::Error, wrong: &str) -> Fault {
    match error.kind() {
        Kind::Unauthorized => Fault::refused(wrong),
        Kind::Forbidden => Fault::refused(error.to_string()),
        Kind::TooManyRequests => {
            Fault::TooOften(error.to_string(), error.wait().unwrap_or_default())
        }
        _ => error.into(),
    }
}

/// What is got for an API token is good neither for longer nor from elsewhere.
fn restrict(call: &Call<'_>, params: &mut TokenParams, presented: &Presented) -> Result<(), Fault> {
    if let Some(end) = presented.expires_at {
        let left = Duration::from_secs(end.since(call.context.now).as_secs());
        if left.is_zero() {
            return Err(Fault::refused("invalid token"));
        }
        params.explicit_max_ttl = match params.explicit_max_ttl {
            Duration::ZERO => left,
            max => max.min(left),
        };
    }
    if presented.networks.is_empty() || params.strictly_bind_ip {
        return Ok(());
    }
    let own = params.networks(call.context.address)?;
    if !own.admit(call.context.address) {
        return Err(Fault::Denied);
    }
    if own.is_empty() || presented.networks.are_within(&own) {
        params.bound_cidrs = texts(&presented.networks);
    } else if !own.are_within(&presented.networks) {
        // They overlap where this comes from, which is enough.
        params.bound_cidrs.clear();
        params.strictly_bind_ip = true;
    }
    Ok(())
}

fn texts(networks: &Networks) -> Vec<String> {
    networks.iter().map(ToString::to_string).collect()
}

fn described(presented: Presented) -> Login {
    let mut meta = Map::new();
    let mut kept = Map::new();
    if let Some(token) = presented.token {
        kept.insert(API_TOKEN.to_owned(), json!(token.to_string()));
        kept.insert(limits::KEPT.to_owned(), Limits::of_presented(&presented).kept());
        if let Some(end) = presented.expires_at {
            kept.insert(API_TOKEN_END.to_owned(), json!(end.as_micros()));
        }
    }
    let alias = match presented.who {
        Who::User(user) => {
            meta.insert("username".to_owned(), json!(presented.name));
            meta.insert(PERSON.to_owned(), json!(user.to_string()));
            kept.insert(PERSON.to_owned(), json!(user.to_string()));
            user.to_string()
        }
        Who::Team(team) => {
            if let Some(path) = presented.teams.first() {
                meta.insert("organization".to_owned(), json!(path.organization));
            }
            meta.insert("team".to_owned(), json!(presented.name));
            team.to_string()
        }
    };
    Login { alias, alias_metadata: meta.clone(), display_name: presented.name, meta, kept }
}

/// For how long a token may still live, if whoever has it would still get it.
pub(super) async fn renew(
    core: &Credentials,
    mount: &Mount,
    token: &Token,
    context: &Context,
) -> Result<Terms, Fault> {
    let failed = |text: &str| Fault::refused(format!("failed to renew entry: {text}"));
    let kept = |name: &str| token.login.get(name).and_then(Value::as_str);
    let identity = core.identity();
    let presented = match (kept(API_TOKEN), kept(PERSON)) {
        (Some(id), _) => match id.parse() {
            Ok(id) => identity.presented_again(context, id).await?,
            Err(_) => None,
        },
        (None, Some(id)) => match id.parse() {
            Ok(id) => identity.presented_person(id).await?,
            Err(_) => None,
        },
        (None, None) => None,
    };
    let presented =
        presented.ok_or_else(|| failed("the API token or the account is not good any more"))?;
    let view = core.view(mount)?;
    let read = core.db().read(move |tx| {
        let params = config::load(tx, &view)?;
        Ok((params, maps::policies(tx, &view, &presented)?))
    });
    let (mut params, policies) = read.await?;
    params.policies.extend(policies);
    params.terms(token)
}
