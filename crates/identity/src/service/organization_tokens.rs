//! The one token of an organization, and the one of its audit trail.

use db::Tx;
use kernel::{Context, Error, OrganizationId, Result, Secret};

use super::{minting::held, tokens::revoke};
use crate::{
    Identity, ListedToken, NewToken, Right, Scope, Token, TokenHolder,
    access::{AUDITOR, ORGANIZATION_TOKEN, Rights},
    hand_out::{self, To},
    scope, store,
};

/// Which of an organization's own tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrganizationTokenKind {
    /// The one that keeps the organization.
    #[default]
    Organization,
    /// The one that reads its audit trail and nothing else.
    AuditTrails,
}

impl OrganizationTokenKind {
    const fn holder(self, organization: OrganizationId) -> TokenHolder {
        match self {
            Self::Organization => TokenHolder::Organization(organization),
            Self::AuditTrails => TokenHolder::Auditor(organization),
        }
    }

    const fn rights(self) -> Rights {
        match self {
            Self::Organization => ORGANIZATION_TOKEN,
            Self::AuditTrails => AUDITOR,
        }
    }
}

impl Identity {
    /// Makes the token of an organization; it replaces the one before.
    pub async fn create_organization_token(
        &self,
        context: &Context,
        address: &str,
        kind: OrganizationTokenKind,
        new: NewToken,
    ) -> Result<(Token, Secret<String>)> {
        let address = address.to_owned();
        self.mint(context, new, move |tx, context| {
            let seen = keeper(tx, context, &address)?;
            let scope = held(tx, context, seen.organization.id)?;
            scope.require(Right::ManageOrganizationTokens)?;
            hand_out::rights(&scope, To::Machine, kind.rights(), Rights::NONE)?;
            Ok(kind.holder(scope.organization.id))
        })
        .await
    }

    /// The token of an organization.
    pub async fn read_organization_token(
        &self,
        context: &Context,
        address: &str,
        kind: OrganizationTokenKind,
    ) -> Result<ListedToken> {
        let (context, address) = (context.clone(), address.to_owned());
        let found = self
            .db()
            .read(move |tx| {
                let scope = keeper(tx, &context, &address)?;
                store::find_single_token(tx, &kind.holder(scope.organization.id))
            })
            .await?;
        Ok(self.listed_with_last_use(found.ok_or_else(Error::not_found)?))
    }

    /// Revokes the token of an organization.
    pub async fn revoke_organization_token(
        &self,
        context: &Context,
        address: &str,
        kind: OrganizationTokenKind,
    ) -> Result<()> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write_settled(move |tx| {
                let scope = keeper(tx, &context, &address)?;
                let scope = held(tx, &context, scope.organization.id)?;
                scope.require(Right::ManageOrganizationTokens)?;
                let holder = kind.holder(scope.organization.id);
                let found = store::find_single_token(tx, &holder)?;
                revoke(tx, &context, &found.ok_or_else(Error::not_found)?.token)
            })
            .await
    }
}

/// The scope of whoever keeps an organization's own tokens.
fn keeper(tx: &mut Tx<'_>, context: &Context, address: &str) -> Result<Scope> {
    let scope = scope(tx, context, address)?;
    scope.require_whole()?;
    scope.require(Right::ManageOrganizationTokens)?;
    Ok(scope)
}
