//! How long tokens may live at most in an organization.

use std::{sync::Arc, time::Duration};

use db::Tx;
use kernel::{Context, OrganizationId, Result};

use super::minting::held;
use crate::{
    Identity, Lifetimes, LimitedKind, Right, Scope,
    audit::{self, Event},
    lifetime::USUAL,
    scope, store,
};

/// Changes to the limits: what is not named stays, none lets tokens live as long as they like.
pub type LifetimeChange = Vec<(LimitedKind, Option<Duration>)>;

impl Identity {
    /// How long a token of the caller may live that is to be good in all of their organizations.
    pub async fn longest_own_token(&self, context: &Context) -> Result<Option<Duration>> {
        let Some(user) = context.user().map(|user| user.id) else { return Ok(None) };
        self.db().read(move |tx| store::longest_life_everywhere(tx, user)).await
    }

    /// The limits of an organization.
    pub async fn lifetimes(&self, context: &Context, address: &str) -> Result<(Scope, Lifetimes)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .read(move |tx| {
                let scope = scope(tx, &context, &address)?;
                scope.require_whole()?;
                scope.require(Right::ReadOrganization)?;
                let lifetimes = store::lifetimes(tx, scope.organization.id)?;
                Ok((scope, lifetimes))
            })
            .await
    }

    /// Changes the limits of an organization.
    pub async fn update_lifetimes(
        &self,
        context: &Context,
        address: &str,
        change: LifetimeChange,
    ) -> Result<(Scope, Lifetimes)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                let seen = scope(tx, &context, &address)?;
                seen.require_whole()?;
                seen.require(Right::UpdateOrganization)?;
                let mut scope = held(tx, &context, seen.organization.id)?;
                scope.require(Right::UpdateOrganization)?;
                let lifetimes = put(tx, &context, &scope, &change)?;
                let organization = Arc::make_mut(&mut scope.organization);
                organization.settings.max_ttl_enabled = !lifetimes.is_empty();
                organization.updated_at = context.now;
                store::update_organization(tx, &scope.organization)?;
                Ok((scope, lifetimes))
            })
            .await
    }
}

fn put(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    change: &LifetimeChange,
) -> Result<Lifetimes> {
    let organization = &scope.organization;
    let mut event = Event::new("update", "organization-token-ttl-policies", organization.id)
        .of(organization.id)
        .named(organization.name.as_str());
    for (kind, longest) in change {
        store::put_lifetime(tx, organization.id, *kind, *longest)?;
        let milliseconds =
            longest.map(|longest| u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
        event = event.with(kind.as_str(), milliseconds);
    }
    audit::record(tx, context, &event)?;
    store::lifetimes(tx, organization.id)
}

/// What an organization's own setting `max-ttl-enabled` does to its limits: none left, or the
/// vendor's usual ones where there were none.
pub(super) fn enable(tx: &mut Tx<'_>, organization: OrganizationId, enabled: bool) -> Result<()> {
    let known = store::lifetimes(tx, organization)?;
    for kind in LimitedKind::ALL {
        let usual = LimitedKind::OF_THE_VENDOR.contains(&kind) && known.is_empty();
        match (enabled, usual) {
            (false, _) => store::put_lifetime(tx, organization, kind, None)?,
            (true, true) => store::put_lifetime(tx, organization, kind, Some(USUAL))?,
            (true, false) => {}
        }
    }
    Ok(())
}
