//! Plain HTTP on the port that speaks TLS: an answer that names the right address, where silence
//! would look like a network fault.

use std::convert::Infallible;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tracing::debug;

/// Answers one request.
pub(super) async fn answer(stream: TcpStream, http1: &http1::Builder, external_url: &str) {
    let mut once = http1.clone();
    once.keep_alive(false);
    let service = service_fn(|request: Request<Incoming>| {
        let response = directions(request.method(), request.uri(), external_url);
        async { Ok::<_, Infallible>(response) }
    });
    if let Err(error) = once.serve_connection(TokioIo::new(stream), service).await {
        debug!(%error, "something that is neither TLS nor HTTP");
    }
}

/// Browsers and tools that only read are led on. Who sends something is told: it went over the
/// network unencrypted, and should not do so again unnoticed.
fn directions(method: &Method, uri: &http::Uri, external_url: &str) -> Response<String> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let secure = external_url.starts_with("https://");
    let location = HeaderValue::try_from(format!("{external_url}{path}")).ok();
    let text = if secure {
        format!("This port speaks HTTPS only. Use {external_url}\n")
    } else {
        "This port speaks HTTPS only. Use https:// instead of http://\n".to_owned()
    };
    let mut response = Response::new(text);
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some(location) = location
        && secure
        && (method == Method::GET || method == Method::HEAD)
    {
        headers.insert(header::LOCATION, location);
        *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    }
    response
}
