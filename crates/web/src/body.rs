//! Request bodies, as extractors: JSON:API documents, lists of linkage, and plain JSON.
//!
//! Every refusal is a [`WebError`] that says what is wrong and where: 400 for what is no JSON, 413
//! for too much of it, 415 for another format, 422 with a pointer for JSON of the wrong shape.

mod linkage;
mod parse;
mod read;

use axum::extract::{FromRequest, Request};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::WebError;
pub use linkage::{Linkage, LinkageItem, Relationships};
pub use read::{read, read_large};

/// A JSON:API document with one resource: `{"data": {"type", "id", "attributes": A, …}}`.
#[derive(Clone, Debug, Default)]
pub struct JsonApi<A> {
    /// The resource's type; clients may leave it out or empty.
    pub kind: Option<String>,
    /// The resource's id; clients often leave it out, the URL has it.
    pub id: Option<String>,
    /// The attributes.
    pub attributes: A,
    /// The relationships.
    pub relationships: Relationships,
}

impl<A> JsonApi<A> {
    /// This document, unless it says that it is about another kind of thing. Some clients leave the
    /// type out or empty, and that is fine.
    pub fn of_kind(self, kind: &str) -> kernel::Result<Self> {
        match self.kind.as_deref() {
            None | Some("") => Ok(self),
            Some(sent) if sent == kind => Ok(self),
            Some(_) => {
                let text = format!("this must be \"{kind}\" here");
                Err(kernel::Error::invalid_at("/data/type", text))
            }
        }
    }
}

/// The same for bodies that may carry a whole state as base64.
#[derive(Clone, Debug)]
pub struct LargeJsonApi<A>(pub JsonApi<A>);

/// A JSON:API document, its attributes alone as plain JSON, or nothing at all.
#[derive(Clone, Debug)]
pub struct JsonApiOptional<A>(pub JsonApi<A>);

/// `{"data": […]}`: references to resources, or resources that have no id yet.
#[derive(Clone, Debug)]
pub struct Linkages(pub Vec<LinkageItem>);

/// JSON that is no JSON:API document. An empty body counts as `{}`.
#[derive(Clone, Debug)]
pub struct BareJson<T>(pub T);

/// Tells an attribute that is absent (leave as it is) from one that is null (clear it):
/// `#[serde(default, deserialize_with = "web::body::patch")] name: Option<Option<String>>`.
pub fn patch<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

impl<S: Sync, A: DeserializeOwned> FromRequest<S> for JsonApi<A> {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        Ok(parse::document(&read::json(request, false).await?)?)
    }
}

impl<S: Sync, A: DeserializeOwned> FromRequest<S> for LargeJsonApi<A> {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        Ok(Self(parse::document(&read::json(request, true).await?)?))
    }
}

impl<S: Sync, A: DeserializeOwned + Default> FromRequest<S> for JsonApiOptional<A> {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        Ok(Self(parse::optional_document(&read::json(request, false).await?)?))
    }
}

impl<S: Sync> FromRequest<S> for Linkages {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        Ok(Self(parse::linkages(&read::json(request, false).await?)?))
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for BareJson<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        let body = read::json(request, false).await?;
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        Ok(Self(parse::object(text)?))
    }
}

#[cfg(test)]
mod tests;
