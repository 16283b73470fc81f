//! The frame around every request: its id and address, what it may cost, and what every answer
//! carries.
//!
//! It is one layer, because each layer costs every request. From the outside in: rate limit, turn
//! (how many requests are worked on at once), time limit and panic guard, the route; then, on the
//! way out: compression, headers, log, and a moment's wait for some.

mod address;
mod compress;
mod grain;
mod headers;
mod log;
mod meter;
mod perform;
mod rate;
mod request_id;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, Uri, header};
use kernel::{Detail, Error};
use tokio::{sync::Semaphore, time::Instant};
use tower_service::Service;

pub use compress::is_accepted as accepts_gzip;

use crate::{
    Peer, RequestInfo, Settings,
    error::{Cause, PageError, WebError, error_document},
    request::path_and_query,
};

/// Puts the frame around a router: request ids, limits, the headers that clients look for, error
/// answers for unknown paths and methods, compression and the request log.
pub fn finish(router: Router, settings: Settings) -> Router {
    let frame = Frame {
        rate: settings.rate_limit_per_second.and_then(rate::RateLimit::new),
        headers: headers::Headers::new(&settings),
        turns: Semaphore::new(settings.max_concurrent_requests.min(Semaphore::MAX_PERMITS)),
        ids: request_id::RequestIds::new(),
        settings: Arc::new(settings),
    };
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(FrameLayer(Arc::new(frame)))
}

/// What all requests share.
struct Frame {
    settings: Arc<Settings>,
    rate: Option<rate::RateLimit>,
    headers: headers::Headers,
    turns: Semaphore,
    ids: request_id::RequestIds,
}

/// Who reads the answers under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Programs: errors are JSON:API documents.
    Api,
    /// People: errors are pages.
    Page,
}

impl Area {
    pub(crate) fn of(path: &str) -> Self {
        let api = ["/api/", "/.well-known/", "/blobs/", "/v1/"];
        if api.iter().any(|start| path.starts_with(start)) { Self::Api } else { Self::Page }
    }

    /// An error answer in the area's form.
    pub(crate) fn error(self, error: Error) -> Response {
        match self {
            Self::Api => WebError(error).into_response(),
            Self::Page => PageError(error).into_response(),
        }
    }

    /// An error answer with a status that no kind of error has.
    fn refusal(self, status: StatusCode, title: &str, text: &str) -> Response {
        match self {
            Self::Api => {
                error_document(status, title, &[Detail { text: text.to_owned(), pointer: None }])
            }
            Self::Page => crate::page::error_page(&Error::bad_request(text), status, None),
        }
    }
}

async fn unknown_path(uri: Uri) -> Response {
    Area::of(uri.path()).error(Error::not_found())
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let text = format!("{method} is not supported here");
    Area::of(uri.path()).refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed", &text)
}

impl Frame {
    async fn answer<S>(&self, route: S, mut request: Request) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        let started = Instant::now();
        let info = self.describe(&request);
        let area = Area::of(request.uri().path());
        let line = log::Line::of(&request);
        let gzip = compress::is_accepted(request.headers());
        let verdict = self.rate.as_ref().map(|rate| rate.check(&request, info.address));
        request.extensions_mut().insert(info.clone());

        let asks_first = request.headers().contains_key(header::EXPECT);
        let limit = self.body_limit(&request);
        let (request, meter) = perform::metered(request, limit);
        let mut response = match &verdict {
            Some(rate::Verdict::Denied { wait, .. }) => {
                drop(request);
                rate::denial(area, *wait)
            }
            _ => self.perform(area, route, request, &meter, started).await,
        };
        if !asks_first || meter.received() > 0 {
            meter.settle().await;
        }
        if gzip {
            response = compress::compress(response).await;
        }
        let cause = response.extensions_mut().remove::<Cause>();
        let mut response = with_reference(response, cause.as_ref(), &info);
        self.headers.apply(&mut response, area, &info);
        if let Some(verdict) = &verdict {
            verdict.apply(response.headers_mut());
        }
        line.write(&info, response.status(), started.elapsed(), cause.as_ref());
        grain::hold(line.path(), response.status(), started).await;
        response
    }

    /// Above which no route reads anything. Uploads have limits of their own, and what is given up
    /// there has to be put in order.
    fn body_limit(&self, request: &Request) -> usize {
        if request.uri().path().starts_with("/blobs/") {
            usize::MAX
        } else {
            self.settings.max_large_body_bytes()
        }
    }

    fn describe(&self, request: &Request) -> RequestInfo {
        let peer = request.extensions().get::<Peer>();
        let client = address::Client::of(peer, request.headers(), &self.settings.trusted_proxies);
        RequestInfo {
            request_id: self.ids.of(request.headers(), client.trusted),
            address: client.address,
            secure: client.secure,
            method: request.method().clone(),
            path_and_query: path_and_query(request.uri()),
            settings: Arc::clone(&self.settings),
        }
    }
}

/// A page about a fault of ours names the request, so that it can be found in the log.
fn with_reference(response: Response, cause: Option<&Cause>, info: &RequestInfo) -> Response {
    let status = response.status();
    match cause {
        Some(Cause { error, page: true }) if status.is_server_error() => {
            let mut page = crate::page::error_page(error, status, Some(&info.request_id));
            for (name, value) in response.headers() {
                page.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            page
        }
        _ => response,
    }
}

#[derive(Clone)]
struct FrameLayer(Arc<Frame>);

impl<S> tower::Layer<S> for FrameLayer {
    type Service = FrameService<S>;

    fn layer(&self, route: S) -> FrameService<S> {
        FrameService { frame: Arc::clone(&self.0), route }
    }
}

#[derive(Clone)]
struct FrameService<S> {
    frame: Arc<Frame>,
    route: S,
}

impl<S> Service<Request> for FrameService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let frame = Arc::clone(&self.frame);
        // The one that was polled ready is the one to call.
        let fresh = self.route.clone();
        let route = std::mem::replace(&mut self.route, fresh);
        Box::pin(async move { Ok(frame.answer(route, request).await) })
    }
}

#[cfg(test)]
mod tests;
