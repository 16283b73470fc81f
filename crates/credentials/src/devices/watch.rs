//! Writing records: of a request before anything is done, of an answer before it goes out.

use http::StatusCode;
use kernel::Context;
use serde_json::Value;

use super::{Hasher, Target, entry};
use crate::{
    Credentials, backend::Answer, fault::Fault, known::Known, mount::Mount, request::Request,
    token::Token,
};

/// A request, as far as records tell of it.
pub(crate) struct Watch<'a> {
    pub(super) core: &'a Credentials,
    pub(super) request: &'a Request,
    pub(super) context: &'a Context,
    /// Who asks.
    pub(super) token: Option<&'a Token>,
    /// What answers.
    pub(super) mount: Option<&'a Mount>,
    /// Made ready before anything is done: what is done may be to seal.
    devices: Vec<Ready>,
}

/// A device that can be written to, or could, were its options right.
struct Ready {
    path: String,
    target: Result<Target, String>,
    hasher: Hasher,
}

impl<'a> Watch<'a> {
    /// Makes all devices ready for the records of a request.
    pub(crate) fn new(
        core: &'a Credentials,
        known: &Known,
        (request, context): (&'a Request, &'a Context),
        token: Option<&'a Token>,
        mount: Option<&'a Mount>,
    ) -> Result<Self, Fault> {
        let mut devices = Vec::new();
        for device in &known.devices {
            devices.push(Ready {
                path: device.path.clone(),
                target: Target::of(device, core.settings().audit_dir.as_deref()),
                hasher: device.hasher(&core.seal().key()?)?,
            });
        }
        Ok(Self { core, request, context, token, mount, devices })
    }

    /// Writes down what is asked, and why that is refused, if it is. Nothing may be done if this
    /// fails.
    pub(crate) async fn request(&self, refused: Option<&Fault>) -> Result<(), Fault> {
        self.write(|hasher| entry::request(self, hasher, refused)).await
    }

    /// Writes down what is answered. Nothing may be given out if this fails.
    pub(crate) async fn response(&self, answer: &Answer) -> Result<(), Fault> {
        self.write(|hasher| entry::response(self, hasher, answer)).await
    }

    /// The names of what the mount lets stand as it is.
    pub(super) fn clear(&self, setting: &str) -> Vec<String> {
        let names = self.mount.and_then(|mount| mount.settings.get(setting));
        let names = names.and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// To every device; one that takes it is enough.
    async fn write(&self, record: impl Fn(&Hasher) -> Value) -> Result<(), Fault> {
        if self.devices.is_empty() {
            return Ok(());
        }
        let line = |device: &Ready| {
            (device.path.clone(), device.target.clone(), record(&device.hasher).to_string())
        };
        let lines: Vec<_> = self.devices.iter().map(line).collect();
        let written = tokio::task::spawn_blocking(move || {
            // All of them, also after one that works.
            lines.into_iter().map(append).filter(|written| *written).count()
        });
        match written.await {
            Ok(1..) => Ok(()),
            Ok(0) | Err(_) => {
                Err(Fault::Status(StatusCode::INTERNAL_SERVER_ERROR, "internal error".to_owned()))
            }
        }
    }
}

/// Whether a record is written.
fn append((path, target, line): (String, Result<Target, String>, String)) -> bool {
    let outcome = target.and_then(|target| target.append(&line).map_err(|error| error.to_string()));
    if let Err(error) = &outcome {
        tracing::error!(device = path, error, "an audit device could not be written to");
    }
    outcome.is_ok()
}
