//! Sending bytes: small ones as one body, large ones piece by piece.

use std::io::Write as _;

use axum::{body::Body, response::Response};
use blobs::Reader;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, header};
use kernel::{Error, Result};

use crate::{
    State,
    intake::{IN_MEMORY, blocking},
    service::Opened,
};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// The answer with a content's bytes, once it is recorded who gets them.
pub(super) async fn answer(state: &State, opened: Opened, headers: &HeaderMap) -> Result<Response> {
    let Opened { reader, context, event } = opened;
    // Each takes its time; neither waits for the other.
    let recorded = state.identity().record(&context, event);
    let ((), response) = tokio::try_join!(recorded, load(reader, headers))?;
    Ok(response)
}

/// What is whole in memory is compressed by the frame around all answers, if the client takes that.
async fn load(mut reader: Reader, headers: &HeaderMap) -> Result<Response> {
    if reader.size() <= IN_MEMORY as u64 {
        return Ok(response(Body::from(reader.read_to_end().await?)));
    }
    let length = reader.size();
    // A store that fails is a proper error as long as nothing was sent.
    let first = reader.next_piece().await.transpose()?.unwrap_or_default();
    if web::accepts_gzip(headers) {
        let sender = Compressed { first: Some(first), reader, encoder: Some(new_encoder()) };
        let pieces = stream::try_unfold(sender, Compressed::next);
        let mut response = response(Body::from_stream(pieces));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        return Ok(response);
    }
    let pieces = stream::try_unfold((Some(first), reader), |(first, mut reader)| async move {
        let piece = match first {
            Some(first) => Some(first),
            None => reader.next_piece().await.transpose()?,
        };
        Ok::<_, Error>(piece.map(|piece| (Bytes::from(piece), (None, reader))))
    });
    let mut response = response(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

fn new_encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::fast())
}

/// Compresses piece by piece.
struct Compressed {
    first: Option<Vec<u8>>,
    reader: Reader,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Compressed {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        loop {
            let Some(mut encoder) = self.encoder.take() else { return Ok(None) };
            let piece = match self.first.take() {
                Some(first) => Some(first),
                None => self.reader.next_piece().await.transpose()?,
            };
            let Some(piece) = piece else {
                let last = encoder.finish().map_err(Error::internal)?;
                return Ok(Some((last.into(), self)));
            };
            // A piece takes some milliseconds, which would hold up other requests.
            let (encoder, out) = blocking(move || {
                encoder.write_all(&piece).map_err(Error::internal)?;
                let out = std::mem::take(encoder.get_mut());
                Ok((encoder, out))
            })
            .await?;
            self.encoder = Some(encoder);
            if !out.is_empty() {
                return Ok(Some((out.into(), self)));
            }
        }
    }
}
