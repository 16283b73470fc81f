//! Counting a body while it comes in.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// How much of a body has come in. The time limit looks at it.
#[derive(Debug, Default)]
pub(super) struct Meter {
    received: AtomicU64,
    finished: AtomicBool,
}

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
