//! The webhook: `POST` with `{"records": […]}`, the instant, and a signature over both, so that the
//! receiver knows whom it is from and that it is not an old one sent again.

use barrier::{hex, hmac_sha256};
use http::{HeaderName, HeaderValue, Method, header};
use kernel::{Error, Result, Timestamp};
use outgoing::{Outgoing, Request};
use serde::Serialize;

use crate::audit::{AuditJson, AuditRecord, AuditWebhook};

const TIMESTAMP: HeaderName = HeaderName::from_static("stateward-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("stateward-signature");

#[derive(Serialize)]
struct Body<'a> {
    records: Vec<AuditJson<'a>>,
}

pub(super) async fn post(
    outgoing: &Outgoing,
    webhook: &AuditWebhook,
    records: &[AuditRecord],
    now: Timestamp,
) -> Result<()> {
    let body = Body { records: records.iter().map(AuditRecord::json).collect() };
    let body = serde_json::to_vec(&body).map_err(Error::internal)?;
    let seconds = now.as_seconds();
    let signature = signature(webhook.secret.expose(), seconds, &body);
    let request = Request::new(Method::POST, &webhook.url)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(TIMESTAMP, HeaderValue::from(seconds))
        .header(SIGNATURE, HeaderValue::try_from(signature).map_err(Error::internal)?)
        .body(body);
    outgoing.send(request).await?.successful().map(drop)
}

/// `sha256=` and the HMAC of the instant, a point and the body.
fn signature(secret: &str, seconds: i64, body: &[u8]) -> String {
    let signed = [format!("{seconds}.").as_bytes(), body].concat();
    format!("sha256={}", hex(hmac_sha256(secret, signed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_the_instant_and_the_body() {
        // printf '1700000000.{"records":[]}' | openssl dgst -sha256 -hmac secret
        assert_eq!(
            signature("secret", 1_700_000_000, br#"{"records":[]}"#),
            "sha256=26559fdfac2e212958fea04ae1540ae3ca5c34d0d2eb59a54c29c5088355d2da"
        );
    }
}
