//! Forms that only our own pages can send.

use axum::{
    Form,
    body::Body,
    extract::{FromRef, FromRequest, FromRequestParts, Request},
};
use http::{HeaderMap, Uri, header};
use kernel::{Error, Kind, Result};
use serde::de::DeserializeOwned;

use crate::{Identity, Visitor, VisitorRejection};

/// A form of a signed-in person: its field `csrf` must come from their session.
#[derive(Clone, Debug)]
pub struct SafeForm<T>(pub T);

/// A form of a stranger, who has no session yet to bind it to: it must not come from another site,
/// or else that site could sign somebody in as somebody else. Every browser of today says where a
/// form comes from, and hides it only for pages that ask for that; ours with such forms don't
/// (`PageShell::named_here`).
#[derive(Clone, Debug)]
pub struct OpenForm<T>(pub T);

/// Where a form came from, as far as the browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Ours,
    Foreign,
    /// The browser was asked not to say.
    Hidden,
    /// Nothing is said: this is no browser.
    Unsaid,
}

impl<S, T> FromRequest<S> for SafeForm<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
    Identity: FromRef<S>,
{
    type Rejection = VisitorRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, VisitorRejection> {
        let (mut parts, body) = request.into_parts();
        let visitor =
            <Visitor as FromRequestParts<S>>::from_request_parts(&mut parts, state).await?;
        let origin = origin(&parts.headers, &parts.uri, Identity::from_ref(state).external_url());
        let (head, body) = whole(Request::from_parts(parts, body)).await?;
        let csrf = form_urlencoded::parse(&body)
            .find_map(|(name, value)| (name == "csrf").then_some(value))
            .unwrap_or_default();
        if origin == Origin::Foreign || !visitor.accepts_csrf(&csrf) {
            return Err(Error::forbidden(
                "this form is out of date or came from another site; go back, reload the page \
                 and try again",
            )
            .into());
        }
        Ok(Self(parse(head, body, state).await?))
    }
}

impl<S, T> FromRequest<S> for OpenForm<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
    Identity: FromRef<S>,
{
    type Rejection = VisitorRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, VisitorRejection> {
        let external_url = Identity::from_ref(state).external_url().to_owned();
        let origin = origin(request.headers(), request.uri(), &external_url);
        if matches!(origin, Origin::Foreign | Origin::Hidden) {
            return Err(Error::forbidden(
                "this form came from another site; open the page here and try again",
            )
            .into());
        }
        let (head, body) = whole(request).await?;
        Ok(Self(parse(head, body, state).await?))
    }
}

/// Reads a request's whole body, within the usual limit.
async fn whole(request: Request) -> Result<(http::request::Parts, Vec<u8>)> {
    let (parts, body) = request.into_parts();
    let mut copy = Request::new(body);
    *copy.headers_mut() = parts.headers.clone();
    *copy.extensions_mut() = parts.extensions.clone();
    let bytes = web::body::read(copy).await?;
    Ok((parts, bytes.into()))
}

async fn parse<S, T>(head: http::request::Parts, body: Vec<u8>, state: &S) -> Result<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    let request = Request::from_parts(head, Body::from(body));
    let Form(form) = Form::<T>::from_request(request, state).await.map_err(|rejection| {
        let kind = match rejection.status().as_u16() {
            415 => Kind::UnsupportedMediaType,
            413 => Kind::TooLarge,
            _ => Kind::BadRequest,
        };
        Error::new(kind, rejection.body_text())
    })?;
    Ok(form)
}

/// Browsers say where a form comes from in `Sec-Fetch-Site`; older ones, and all of them over
/// plain HTTP, in `Origin`.
fn origin(headers: &HeaderMap, uri: &Uri, external_url: &str) -> Origin {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Origin::Ours } else { Origin::Foreign };
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Origin::Unsaid };
    if origin == "null" {
        return Origin::Hidden;
    }
    let host = uri.authority().map(http::uri::Authority::as_str);
    let host = host.or_else(|| text(header::HOST.as_str()));
    let same_host = origin.split_once("://").map(|(_, authority)| authority) == host;
    if same_host || origin == external_url { Origin::Ours } else { Origin::Foreign }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Origin {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        origin(&headers.collect(), &Uri::from_static("/app/sign-in"), "https://tf.example:8443")
    }

    #[test]
    fn browsers_are_believed_about_where_a_form_comes_from() {
        assert_eq!(of(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), Origin::Ours);
        assert_eq!(of(&[("sec-fetch-site", "cross-site")]), Origin::Foreign);
        assert_eq!(of(&[("sec-fetch-site", "same-site")]), Origin::Foreign);
    }

    #[test]
    fn the_origin_is_ours_by_host_or_by_external_url() {
        assert_eq!(of(&[("origin", "https://tf.example:8443")]), Origin::Ours);
        assert_eq!(
            of(&[("origin", "https://127.0.0.1:8443"), ("host", "127.0.0.1:8443")]),
            Origin::Ours
        );
        assert_eq!(
            of(&[("origin", "https://evil.example"), ("host", "tf.example")]),
            Origin::Foreign
        );
        assert_eq!(of(&[("origin", "https://tf.example.evil")]), Origin::Foreign);
        assert_eq!(of(&[("origin", "null")]), Origin::Hidden);
        assert_eq!(of(&[]), Origin::Unsaid);
    }
}
