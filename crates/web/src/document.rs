//! JSON:API documents on the way out.
//!
//! Attributes are serialized once, into text, when a resource is made; a document is written into
//! one buffer. The types hold what clients insist on: string ids, `data` that is an array exactly
//! for lists, totals that agree with the next page, and related things that are included once and
//! never the primary ones.

mod included;
mod resource;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kernel::Page;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::{RequestUrl, WebError};
pub use resource::Resource;

/// The content type of every JSON:API answer.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.api+json");

/// A JSON:API document. It is an answer by itself (200), or with a status: `(StatusCode::CREATED,
/// document)`.
#[derive(Clone, Debug)]
pub struct Document {
    data: Data,
    included: Vec<Resource>,
    links: Vec<(&'static str, Option<String>)>,
    meta: Vec<(&'static str, Box<RawValue>)>,
    failure: Option<String>,
}

#[derive(Clone, Debug)]
enum Data {
    Nothing,
    One(Box<Resource>),
    Many(Vec<Resource>),
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Pagination {
    current_page: u32,
    page_size: u32,
    prev_page: Option<u64>,
    next_page: Option<u64>,
    total_pages: u64,
    total_count: u64,
}

impl Document {
    fn new(data: Data) -> Self {
        Self { data, included: Vec::new(), links: Vec::new(), meta: Vec::new(), failure: None }
    }

    /// A document with one resource.
    pub fn one(resource: Resource) -> Self {
        Self::new(Data::One(Box::new(resource)))
    }

    /// A document whose data is null: there is no such thing, and that is no error.
    pub fn nothing() -> Self {
        Self::new(Data::Nothing)
    }

    /// A document with one page of a list, with the totals and links that clients walk by.
    pub fn list(page: Page<Resource>, url: &RequestUrl) -> Self {
        let pagination = Pagination {
            current_page: page.request.number(),
            page_size: page.request.size(),
            prev_page: page.previous(),
            next_page: page.next(),
            total_pages: page.total_pages(),
            total_count: page.total,
        };
        let links = url.links_of(&page);
        let mut document = Self::new(Data::Many(page.items)).meta("pagination", &pagination);
        document.links = links.into();
        document
    }

    /// A document with a list that has no pages.
    pub fn collection(resources: impl IntoIterator<Item = Resource>) -> Self {
        Self::new(Data::Many(resources.into_iter().collect()))
    }

    /// Adds a related resource, unless it is there already. References between included resources
    /// that would close a circle are left out.
    #[must_use]
    pub fn include(mut self, resource: Resource) -> Self {
        self.included.push(resource);
        self
    }

    /// Adds related resources.
    #[must_use]
    pub fn include_all(mut self, resources: impl IntoIterator<Item = Resource>) -> Self {
        self.included.extend(resources);
        self
    }

    /// Adds a link.
    #[must_use]
    pub fn link(mut self, name: &'static str, url: impl Into<String>) -> Self {
        self.links.push((name, Some(url.into())));
        self
    }

    /// Adds a member of the document's meta object.
    #[must_use]
    pub fn meta(mut self, name: &'static str, value: &impl Serialize) -> Self {
        match serde_json::value::to_raw_value(value) {
            Ok(value) => self.meta.push((name, value)),
            Err(error) => self.failure = Some(format!("meta {name}: {error}")),
        }
        self
    }

    /// The document as bytes.
    pub fn to_bytes(&self) -> kernel::Result<Vec<u8>> {
        let mut all = self.primary().iter().chain(&self.included);
        if let Some(failure) =
            self.failure.as_deref().or_else(|| all.find_map(|resource| resource.failure()))
        {
            return Err(kernel::Error::internal(format!("a document can't be written: {failure}")));
        }
        let mut buffer = Vec::with_capacity(1_024 * (1 + self.primary().len()));
        serde_json::to_writer(&mut buffer, self).map_err(kernel::Error::internal)?;
        Ok(buffer)
    }

    fn primary(&self) -> &[Resource] {
        match &self.data {
            Data::Nothing => &[],
            Data::One(resource) => std::slice::from_ref(resource),
            Data::Many(resources) => resources,
        }
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let included = included::included(self.primary(), &self.included);
        let mut map = serializer.serialize_map(None)?;
        match &self.data {
            Data::Nothing => map.serialize_entry("data", &())?,
            Data::One(resource) => map.serialize_entry("data", resource)?,
            Data::Many(resources) => map.serialize_entry("data", resources)?,
        }
        if !included.is_empty() {
            map.serialize_entry("included", &included)?;
        }
        if !self.links.is_empty() {
            map.serialize_entry("links", &Members(&self.links))?;
        }
        if !self.meta.is_empty() {
            map.serialize_entry("meta", &Members(&self.meta))?;
        }
        map.end()
    }
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        match self.to_bytes() {
            Ok(body) => json_api_answer(StatusCode::OK, body),
            Err(error) => WebError(error).into_response(),
        }
    }
}

/// An answer with a JSON:API body.
pub(crate) fn json_api_answer(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

/// Pairs that are written as an object.
struct Members<'a, T>(&'a [(&'static str, T)]);

impl<T: Serialize> Serialize for Members<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests;
