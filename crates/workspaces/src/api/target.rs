//! What a path names: a workspace by its id or by its name, an organization, or something else
//! with an id.

use std::{collections::BTreeMap, str::FromStr};

use axum::extract::{FromRequestParts, RawPathParams};
use db::Tx;
use http::request::Parts;
use identity::{Scope, scope};
use kernel::{Context, Error, Result, WorkspaceId};
use web::WebError;

use crate::{find, find_by_name, workspace::Workspace};

/// The workspace that a path names, in either form.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Id(WorkspaceId),
    Name { organization: String, name: String },
}

impl Target {
    /// The workspace, if the caller may see it.
    pub(crate) fn find(&self, tx: &mut Tx<'_>, context: &Context) -> Result<(Workspace, Scope)> {
        match self {
            Self::Id(id) => find(tx, context, *id),
            Self::Name { organization, name } => {
                let scope = scope(tx, context, organization)?;
                find_by_name(tx, &scope, name)
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let mut params = params(parts, state).await?;
        match (params.remove("organization"), params.remove("name")) {
            (Some(organization), Some(name)) => Ok(Self::Name { organization, name }),
            _ => Ok(Self::Id(id(&params)?)),
        }
    }
}

/// The organization, perhaps with a project, that a path names.
#[derive(Clone, Debug)]
pub(crate) struct Address(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let address = params(parts, state).await?.remove("organization");
        Ok(Self(address.ok_or_else(Error::not_found)?))
    }
}

/// The id in a path. What can't be an id of that kind is not found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathId<I>(pub(crate) I);

impl<S: Send + Sync, I: FromStr> FromRequestParts<S> for PathId<I> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        Ok(Self(id(&params(parts, state).await?)?))
    }
}

type Params = BTreeMap<String, String>;

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Params> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Error::bad_request("the path is not valid text"))?;
    Ok(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn id<I: FromStr>(params: &Params) -> Result<I> {
    params.get("id").and_then(|text| text.parse().ok()).ok_or_else(Error::not_found)
}
