//! Trusts in issuers of identities: saying who is let in without a stored secret.

use std::time::Duration;

use db::Tx;
use kernel::{
    Context, Denial, Error, Id, Kind, Page, PageRequest, Result, TeamId, Timestamp, TrustId,
};
use outgoing::Outgoing;

use super::{
    all_of,
    giving::{require_giving, require_taking},
    minting::TOKENS,
};
use crate::{
    Identity, Placed, Right, Scope,
    audit::{self, Event},
    hand_out, names,
    new_token::childless,
    scope, scope_by_id, store,
    trust::{Gives, Keys, NewTrust, Rule, Trust, TrustChange, require_tenant},
};

const KIND: &str = "trusted-issuers";
const MAX_NAME: usize = 90;
const MAX_TEXT: usize = 1_000;
const MAX_KEYS: usize = 100 << 10;
/// Every identity that is shown for the first time is held against all trusts in its issuer.
const MAX_TRUSTS: u64 = 200;

impl Identity {
    /// A page of the trusts of an organization, as far as the caller may manage them.
    pub async fn list_trusts(
        &self,
        context: &Context,
        address: &str,
        search: Option<String>,
        page: PageRequest,
    ) -> Result<(Scope, Page<Trust>)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let whole = scope.at_organization();
                let mut seen = Vec::new();
                for trust in store::list_trusts(tx, scope.organization.id, search.as_deref())? {
                    if admits(tx, &scope, &trust.gives)? && may_manage(tx, &whole, &trust.gives)? {
                        seen.push(trust);
                    }
                }
                Ok((scope, Page::of(seen, page)))
            })
            .await
    }

    /// Makes a trust.
    pub async fn create_trust(
        &self,
        context: &Context,
        address: &str,
        new: NewTrust,
    ) -> Result<(Scope, Trust)> {
        check_name(&new.name)?;
        check_identity(self.outgoing(), &new.issuer, &new.audience, &new.keys, &new.rules)?;
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                require_free(tx, &context)?;
                let seen = scope(tx, &context, &address)?;
                store::lock_organization(tx, seen.organization.id)?;
                let gives = gives_here(&seen, new.gives.clone());
                if !admits(tx, &seen, &gives)? {
                    return Err(Error::not_found());
                }
                let scope = seen.at_organization();
                require_gives(tx, &scope, &gives)?;
                if store::count_trusts(tx, scope.organization.id)? >= MAX_TRUSTS {
                    return Err(Error::conflict(format!(
                        "an organization has at most {MAX_TRUSTS} trusted issuers"
                    )));
                }
                let new = new.clone();
                let trust = Trust {
                    id: Id::generate(),
                    organization_id: scope.organization.id,
                    name: new.name.trim().to_owned(),
                    issuer: new.issuer,
                    audience: new.audience,
                    rules: new.rules,
                    keys: new.keys,
                    gives,
                    place_name: None,
                    created_by: context.user().map(|user| user.id),
                    created_at: context.now,
                    updated_at: context.now,
                };
                store::insert_trust(tx, &trust)?;
                audit::record(tx, &context, &event("create", &trust))?;
                Ok((scope, trust))
            })
            .await
    }

    /// A trust.
    pub async fn read_trust(&self, context: &Context, id: TrustId) -> Result<(Scope, Trust)> {
        let context = context.clone();
        self.db().read(move |tx| manageable(tx, &context, id)).await
    }

    /// Changes a trust. Whoever it has let in shows their identity again with their next request.
    pub async fn update_trust(
        &self,
        context: &Context,
        id: TrustId,
        change: TrustChange,
    ) -> Result<(Scope, Trust)> {
        let (context, outgoing) = (context.clone(), self.outgoing().clone());
        self.db()
            .write_settled(move |tx| {
                manageable(tx, &context, id)?;
                store::lock_trust(tx, id)?;
                let (scope, mut trust) = manageable(tx, &context, id)?;
                apply(&mut trust, change.clone(), context.now);
                check_name(&trust.name)?;
                check_identity(
                    &outgoing,
                    &trust.issuer,
                    &trust.audience,
                    &trust.keys,
                    &trust.rules,
                )?;
                require_free(tx, &context)?;
                require_gives(tx, &scope, &trust.gives)?;
                store::delete_tokens_of_trust(tx, id)?;
                store::update_trust(tx, &trust)?;
                audit::record(tx, &context, &event("update", &trust))?;
                Ok((scope, trust))
            })
            .await
    }

    /// Ends a trust: whoever it has let in is out.
    pub async fn delete_trust(&self, context: &Context, id: TrustId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                manageable(tx, &context, id)?;
                store::lock_trust(tx, id)?;
                let (_, trust) = manageable(tx, &context, id)?;
                audit::record(tx, &context, &event("delete", &trust))?;
                store::delete_trust(tx, id)
            })
            .await
    }
}

fn event(action: &'static str, trust: &Trust) -> Event {
    let event = Event::new(action, KIND, trust.id)
        .of(trust.organization_id)
        .named(&trust.name)
        .with("issuer", trust.issuer.as_str());
    match &trust.gives {
        Gives::Team(team) => event.with("team", team.to_string()),
        Gives::Level(placed) => event.with("level", placed.level()),
    }
}

/// Refuses tokens that are bound to networks, since whom a trust lets in comes from anywhere; and
/// those that nothing may outlive.
fn require_free(tx: &mut Tx<'_>, context: &Context) -> Result<()> {
    let Some(id) = context.token() else { return Ok(()) };
    let maker = store::find_token(tx, id)?.ok_or_else(Error::unauthorized)?;
    let error = if maker.childless {
        childless()
    } else if maker.networks.is_empty() {
        return Ok(());
    } else {
        Error::forbidden(format!(
            "the token that you use works from {} only, and a trusted issuer's jobs come from \
             anywhere; use another token",
            maker.networks.text().replace(' ', ", ")
        ))
    };
    Err(error.denying(Denial {
        right: Right::ManageAccess.as_str(),
        organization: maker.holder.organization(),
        resource_kind: TOKENS,
        resource_id: id.to_string(),
    }))
}

/// Whether the caller keeps everything that the token of a CI job rests on.
pub(super) fn keeps_workload(
    tx: &mut Tx<'_>,
    context: &Context,
    token: kernel::TokenId,
) -> Result<bool> {
    let trusts = store::trusts_of_token(tx, token)?;
    for trust in &trusts {
        manageable(tx, context, *trust)?;
    }
    Ok(!trusts.is_empty())
}

/// A trust that the caller may manage; not found for everybody else.
fn manageable(tx: &mut Tx<'_>, context: &Context, id: TrustId) -> Result<(Scope, Trust)> {
    let trust = store::find_trust(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, trust.organization_id)?;
    if may_manage(tx, &scope, &trust.gives)? {
        return Ok((scope, trust));
    }
    Err(Error::not_found().denying(scope.denial(Right::ManageAccess)))
}

/// Whether what a trust gives can be seen through the address: all of it, or what is in the project
/// that the address names.
fn admits(tx: &mut Tx<'_>, scope: &Scope, gives: &Gives) -> Result<bool> {
    let Some(named) = &scope.project else { return Ok(true) };
    let Gives::Level(placed) = gives else { return Ok(false) };
    let home = match placed.workspace_id() {
        Some(id) => store::workspace_home(tx, id)?.map(|(_, project)| project),
        None => placed.project_id(),
    };
    Ok(home == Some(named.id))
}

/// What a new trust gives that is made through an address which names a project: at that project,
/// unless it says where in it.
fn gives_here(scope: &Scope, gives: Gives) -> Gives {
    let (Some(named), Gives::Level(placed)) = (&scope.project, &gives) else { return gives };
    match &**placed {
        Placed::Organization(level) => {
            Gives::Level(Box::new(Placed::Project(named.id, *level, None)))
        }
        Placed::Project(..) | Placed::Workspace(..) => gives,
    }
}

fn may_manage(tx: &mut Tx<'_>, scope: &Scope, gives: &Gives) -> Result<bool> {
    let outcome = match gives {
        Gives::Team(_) => scope.require(Right::ManageTeams),
        Gives::Level(placed) => require_taking(tx, scope, placed),
    };
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), Kind::Forbidden | Kind::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Refuses callers who may not give what a trust is to give.
fn require_gives(tx: &mut Tx<'_>, scope: &Scope, gives: &Gives) -> Result<()> {
    match gives {
        Gives::Level(placed) => require_giving(tx, scope, placed),
        Gives::Team(team) => require_team(tx, scope, *team),
    }
}

fn require_team(tx: &mut Tx<'_>, scope: &Scope, team: TeamId) -> Result<()> {
    scope.require(Right::ManageTeams)?;
    let organization = scope.organization.id;
    let team = store::find_team(tx, team)?.filter(|team| team.organization_id == organization);
    hand_out::team(tx, scope, &team.ok_or_else(Error::not_found)?)
}

fn apply(trust: &mut Trust, change: TrustChange, now: Timestamp) {
    if let Some(name) = change.name {
        name.trim().clone_into(&mut trust.name);
    }
    trust.issuer = change.issuer.unwrap_or_else(|| trust.issuer.clone());
    trust.audience = change.audience.unwrap_or_else(|| trust.audience.clone());
    trust.rules = change.rules.unwrap_or_else(|| trust.rules.clone());
    trust.keys = change.keys.unwrap_or_else(|| trust.keys.clone());
    trust.gives = change.gives.unwrap_or_else(|| trust.gives.clone());
    // Always another instant: it tells who looked at the trust before that it has changed.
    trust.updated_at = now.max(trust.updated_at.plus(Duration::from_micros(1)));
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid("name", "a trusted issuer needs a name"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "a name can't contain control characters"));
    }
    names::text("name", name, MAX_NAME).map(drop)
}

/// What is said about the identities themselves.
fn check_identity(
    outgoing: &Outgoing,
    issuer: &str,
    audience: &str,
    keys: &Keys,
    rules: &[Rule],
) -> Result<()> {
    all_of([
        check_word("issuer", issuer),
        check_word("audience", audience),
        if issuer.is_empty() { Err(Error::invalid("issuer", "is missing")) } else { Ok(()) },
        check_keys(outgoing, issuer, keys),
        Rule::check_all(rules).and_then(|()| require_tenant(issuer, rules)),
    ])
}

fn check_word(field: &str, text: &str) -> Result<()> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::invalid(field, "can't contain spaces or control characters"));
    }
    names::text(field, text, MAX_TEXT).map(drop)
}

fn check_keys(outgoing: &Outgoing, issuer: &str, keys: &Keys) -> Result<()> {
    let reachable = |field: &str, address: &str| {
        outgoing
            .check(address)
            .map_err(|error| Error::invalid(field, format!("can't be asked for its keys: {error}")))
    };
    match keys {
        Keys::Discovered => reachable("issuer", issuer),
        Keys::At(address) => {
            check_word("keys-url", address)?;
            reachable("keys-url", address)
        }
        Keys::Given(document) => check_document(document),
    }
}

/// Refuses documents that are of no use, and those that should not have been shown to anybody.
fn check_document(document: &str) -> Result<()> {
    let wrong = |text: String| Err(Error::invalid("keys", text));
    if document.len() > MAX_KEYS {
        return wrong("the document is too large".to_owned());
    }
    let value: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let keys = value.get("keys").and_then(serde_json::Value::as_array);
    if keys.into_iter().flatten().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
        return wrong(
            "the document holds a private key: nobody but the issuer may have it; take the public \
             ones"
                .to_owned(),
        );
    }
    match barrier::jwt::KeySet::parse(document.as_bytes()) {
        Ok(keys) if keys.is_empty() => {
            wrong("there is no key in it that can be used: RSA, P-256, P-384 or Ed25519".to_owned())
        }
        Ok(_) => Ok(()),
        Err(error) => wrong(error.to_string()),
    }
}
