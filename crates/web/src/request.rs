//! What a handler may know about the request that it answers.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::extract::FromRequestParts;
use http::{Method, Uri, request::Parts, uri::PathAndQuery};
use kernel::Page;

use crate::Settings;

/// Who is at the other end of the connection. The listener puts it into a request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The other end's address.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
}

/// What a handler may know about its request, as an extractor.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Names the request in the log and in answers.
    pub request_id: String,
    /// Where the request came from, past trusted proxies.
    pub address: Option<IpAddr>,
    /// Whether the client's own connection is encrypted, as far as we or a trusted proxy know.
    pub secure: bool,
    /// The method.
    pub method: Method,
    /// Path and query as they were sent.
    pub path_and_query: PathAndQuery,
    pub(crate) settings: Arc<Settings>,
}

impl RequestInfo {
    /// The request's own URL.
    pub fn url(&self) -> RequestUrl {
        RequestUrl {
            settings: Arc::clone(&self.settings),
            path_and_query: self.path_and_query.clone(),
        }
    }

    /// What stands before the path in absolute URLs.
    pub fn external_url(&self) -> &str {
        &self.settings.external_url
    }

    /// From the request's parts; the frame around the request has left it there, but a handler
    /// that is called without the frame (in a test) still works.
    pub(crate) fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            request_id: String::new(),
            address: None,
            secure: false,
            method: parts.method.clone(),
            path_and_query: path_and_query(&parts.uri),
            settings: Arc::new(Settings::new("")),
        })
    }

    /// How large the body of a request may be.
    pub(crate) fn limit_of(parts: &Parts, large: bool) -> usize {
        let settings = parts.extensions.get::<Self>().map(|info| Arc::clone(&info.settings));
        let settings = settings.unwrap_or_else(|| Arc::new(Settings::new("")));
        if large { settings.max_large_body_bytes() } else { settings.max_body_bytes }
    }
}

pub(crate) fn path_and_query(uri: &Uri) -> PathAndQuery {
    uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"))
}

impl<S: Sync> FromRequestParts<S> for RequestInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

/// The absolute URL that a client asked for, to derive the links of a list from.
#[derive(Clone, Debug)]
pub struct RequestUrl {
    settings: Arc<Settings>,
    path_and_query: PathAndQuery,
}

impl RequestUrl {
    /// The same list, at another page: every other parameter stays.
    pub fn at_page(&self, number: u64, size: u32) -> String {
        let query = self.path_and_query.query().unwrap_or_default();
        let others = form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| key != "page[number]" && key != "page[size]");
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("page[number]", &number.to_string())
            .append_pair("page[size]", &size.to_string())
            .extend_pairs(others)
            .finish();
        format!("{}{}?{query}", self.settings.external_url, self.path_and_query.path())
    }

    /// The links of a page: itself, first, previous, next and last.
    pub(crate) fn links_of<T>(&self, page: &Page<T>) -> [(&'static str, Option<String>); 5] {
        let at = |number: u64| self.at_page(number, page.request.size());
        [
            ("self", Some(at(page.request.number().into()))),
            ("first", Some(at(1))),
            ("prev", page.previous().map(at)),
            ("next", page.next().map(at)),
            ("last", Some(at(page.total_pages()))),
        ]
    }
}

impl<S: Sync> FromRequestParts<S> for RequestUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(RequestInfo::of(parts).url())
    }
}
