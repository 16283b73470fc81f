//! How long the audit trail is kept, and where it is sent besides.

use std::time::Duration;

use identity::audit::{AuditSettings, AuditWebhook};
use kernel::Secret;
use outgoing::Outgoing;

use super::{Problem, read_secret};
use crate::options::Options;

/// A hundred years.
const MOST_DAYS: u32 = 36_500;
/// As long as what a signature stands for should be hard to guess.
const SHORTEST_SECRET: usize = 16;

pub(super) fn settings(
    options: &Options,
    outgoing: &outgoing::Settings,
) -> Result<AuditSettings, Problem> {
    let retention = match options.audit_retention_days {
        None | Some(0) => None,
        Some(days @ 1..=MOST_DAYS) => Some(Duration::from_hours(24 * u64::from(days))),
        Some(_) => {
            let text = "must be from 1 to 36500, or 0 to keep records for ever";
            return Err(Problem::new("audit_retention_days", text));
        }
    };
    Ok(AuditSettings {
        retention,
        file: options.audit_file.clone(),
        webhook: webhook(options, outgoing)?,
    })
}

fn webhook(
    options: &Options,
    outgoing: &outgoing::Settings,
) -> Result<Option<AuditWebhook>, Problem> {
    let secret = match (&options.audit_webhook_secret, &options.audit_webhook_secret_file) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(
                "audit_webhook_secret",
                "give either audit_webhook_secret or audit_webhook_secret_file, not both",
            ));
        }
        (Some(secret), None) => Some(secret.clone()),
        (None, Some(path)) => Some(read_secret("audit_webhook_secret_file", path)?),
        (None, None) => None,
    };
    let (url, secret) = match (&options.audit_webhook_url, secret) {
        (None, None) => return Ok(None),
        (Some(url), Some(secret)) => (url, secret),
        (Some(_), None) => {
            let text = "is missing beside audit_webhook_url: it signs what is posted";
            return Err(Problem::new("audit_webhook_secret", text));
        }
        (None, Some(_)) => {
            return Err(Problem::new("audit_webhook_url", "is missing beside its secret"));
        }
    };
    if secret.len() < SHORTEST_SECRET {
        let text = "must have at least 16 characters; make one with: openssl rand -hex 32";
        return Err(Problem::new("audit_webhook_secret", text));
    }
    Outgoing::new(outgoing.clone())
        .check(url)
        .map_err(|error| Problem::new("audit_webhook_url", error.to_string()))?;
    Ok(Some(AuditWebhook { url: url.clone(), secret: Secret::new(secret) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<AuditSettings, String> {
        let options: Options = toml::from_str(toml).unwrap();
        settings(&options, &outgoing::Settings::default())
            .map_err(|problem| problem.key.into_owned())
    }

    #[test]
    fn records_are_kept_for_ever_unless_somebody_says_how_long() {
        assert_eq!(read("").unwrap().retention, None);
        assert_eq!(read("audit_retention_days = 0").unwrap().retention, None);
        let days = read("audit_retention_days = 30").unwrap().retention;
        assert_eq!(days, Some(Duration::from_hours(720)));
        assert_eq!(read("audit_retention_days = 40000").unwrap_err(), "audit_retention_days");
    }

    #[test]
    fn a_webhook_has_a_url_that_can_be_reached_and_a_secret() {
        let url = "audit_webhook_url = \"https://siem.example/in\"";
        let secret = "audit_webhook_secret = \"0123456789abcdef\"";
        let webhook = read(&format!("{url}\n{secret}")).unwrap().webhook.unwrap();
        assert_eq!(webhook.url, "https://siem.example/in");
        assert!(!format!("{webhook:?}").contains("0123456789abcdef"));
        for (toml, key) in [
            (url.to_owned(), "audit_webhook_secret"),
            (secret.to_owned(), "audit_webhook_url"),
            (format!("{url}\naudit_webhook_secret = \"short\""), "audit_webhook_secret"),
            (format!("{secret}\naudit_webhook_url = \"http://siem.example\""), "audit_webhook_url"),
            (format!("{secret}\naudit_webhook_url = \"https://127.0.0.1\""), "audit_webhook_url"),
        ] {
            assert_eq!(read(&toml).unwrap_err(), key, "{toml}");
        }
    }
}
