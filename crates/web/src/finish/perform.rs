//! Letting a route answer: in turn, in time, and without a panic reaching the connection.

use std::{convert::Infallible, panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use futures_util::FutureExt;
use http::StatusCode;
use http_body::Body as _;
use kernel::{Error, Kind};
use tokio::time::Instant;
use tower_service::Service;

use super::{
    Area, Frame,
    meter::{Meter, Metered},
};

/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// How fast a body must come in: each so many bytes earn another second.
const BYTES_PER_SECOND: u64 = 16 * 1024;

impl Frame {
    pub(super) async fn perform<S>(
        &self,
        area: Area,
        route: S,
        request: Request,
        meter: &Meter,
        started: Instant,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        let limit = self.body_limit(&request);
        if request.body().size_hint().lower() > limit as u64 {
            let text = format!("the body is larger than the limit of {limit} bytes");
            return area.error(Error::new(Kind::TooLarge, text));
        }
        let _turn = match self.turns.try_acquire() {
            Ok(turn) => turn,
            Err(_) => match tokio::time::timeout(MAX_WAIT, self.turns.acquire()).await {
                Ok(Ok(turn)) => turn,
                _ => return area.error(Error::unavailable("too many requests at once")),
            },
        };
        self.in_time(area, route, request, meter, started).await
    }

    async fn in_time<S>(
        &self,
        area: Area,
        mut route: S,
        request: Request,
        meter: &Meter,
        started: Instant,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        // `Route` is always ready, and its `call` may panic too: hence inside.
        let mut work =
            pin!(AssertUnwindSafe(async move { route.call(request).await }).catch_unwind());
        loop {
            let earned = Duration::from_secs(meter.received() / BYTES_PER_SECOND);
            let deadline = started + self.settings.request_timeout + earned;
            if deadline <= Instant::now() {
                return too_late(area, meter);
            }
            match tokio::time::timeout_at(deadline, work.as_mut()).await {
                Ok(Ok(Ok(response))) => return response,
                Ok(Err(panic)) => return area.error(Error::internal(describe(&*panic))),
                Err(_) => {}
            }
        }
    }
}

/// Counts a request's body, up to a limit in bytes.
pub(super) fn metered(request: Request, limit: usize) -> (Request, Arc<Meter>) {
    let meter = Arc::new(Meter::default());
    if request.body().is_end_stream() {
        meter.finish();
        return (request, meter);
    }
    let wrap = |body| Body::new(Metered::new(body, Arc::clone(&meter), limit as u64));
    (request.map(wrap), meter)
}

fn too_late(area: Area, meter: &Meter) -> Response {
    if meter.is_finished() {
        return area.error(Error::unavailable("the request took longer than the time limit"));
    }
    let text = "the body did not come in fast enough";
    area.refusal(StatusCode::REQUEST_TIMEOUT, "request timeout", text)
}

fn describe(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a panic: {}", message.unwrap_or("without a message"))
}
