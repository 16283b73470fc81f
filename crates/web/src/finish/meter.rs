//! Counting a body while it comes in, and taking in what nobody wanted of it.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

/// How much of a body has come in. The time limit looks at it.
#[derive(Debug, Default)]
pub(super) struct Meter {
    received: AtomicU64,
    finished: AtomicBool,
    /// What a route left unread.
    unread: Mutex<Option<Body>>,
}

/// How much of an unwanted body is taken in, for how long, and how long a pause may be: a client
/// that has stopped sending is waiting for the answer.
const UNWANTED_BYTES: u64 = 64 << 20;
const UNWANTED_FOR: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(300);

impl Meter {
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    pub(super) fn finish(&self) {
        self.finished.store(true, Ordering::Relaxed);
    }

    /// Takes in the rest of a body that was refused before its end. A client that is still sending
    /// would otherwise see its connection reset, or with HTTP/2 its request, and never read why.
    pub(super) async fn settle(&self) {
        let unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = unread else { return };
        let mut taken = 0;
        let take = async {
            while let Ok(Some(Ok(frame))) = tokio::time::timeout(PAUSE, body.frame()).await {
                taken += frame.data_ref().map_or(0, Bytes::len) as u64;
                if taken > UNWANTED_BYTES {
                    return;
                }
            }
        };
        // Whoever has more to send than this is cut off.
        let _ = tokio::time::timeout(UNWANTED_FOR, take).await;
    }
}

/// A body that is counted, and cut off at the limit above which no route reads anything.
pub(super) struct Metered {
    body: Body,
    meter: Arc<Meter>,
    limit: u64,
}

impl Metered {
    pub(super) fn new(body: Body, meter: Arc<Meter>, limit: u64) -> Self {
        Self { body, meter, limit }
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        if !self.meter.is_finished() {
            let rest = std::mem::take(&mut self.body);
            *self.meter.unread.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the body is larger than the limit of {0} bytes")]
struct TooLarge(u64);

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                let before = self.meter.received.fetch_add(bytes, Ordering::Relaxed);
                if before + bytes > self.limit {
                    return Poll::Ready(Some(Err(axum::Error::new(TooLarge(self.limit)))));
                }
            }
            Some(Err(_)) | None => self.meter.finish(),
        }
        if self.body.is_end_stream() {
            self.meter.finish();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
