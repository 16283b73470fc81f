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
    pub(crate) core: &'a Credentials,
    pub(crate) known: &'a Known,
    pub(crate) request: &'a Request,
    pub(crate) context: &'a Context,
    /// Who asks.
    pub(crate) token: Option<&'a Token>,
    /// What answers.
    pub(crate) mount: Option<&'a Mount>,
}

impl Watch<'_> {
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
        if self.known.devices.is_empty() {
            return Ok(());
        }
        let key = self.core.seal().key()?;
        let mut lines = Vec::new();
        for device in &self.known.devices {
            let line = record(&device.hasher(&key)?).to_string();
            let target = Target::of(device, self.core.settings().audit_dir.as_deref());
            lines.push((device.path.clone(), target, line));
        }
        let written = tokio::task::spawn_blocking(move || {
            let append = |(path, target, line): (String, Result<Target, String>, String)| {
                let outcome = target
                    .and_then(|target| target.append(&line).map_err(|error| error.to_string()));
                if let Err(error) = &outcome {
                    tracing::error!(
                        device = path,
                        error,
                        "an audit device could not be written to"
                    );
                }
                outcome.is_ok()
            };
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
