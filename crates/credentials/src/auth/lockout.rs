//! How often logging in may fail: by who is said to log in, so that nobody guesses on and on, and
//! by address, so that nobody keeps the server busy with passwords. Names that nobody has are
//! counted as well, so that nobody learns which ones there are.

use std::time::Duration;

use db::Tx;
use identity::audit;
use kernel::{Context, Timestamp};
use serde_json::Value;

use crate::{
    backend::Call, duration, fault::Fault, framework::parse_bool, mount::Mount, sql, store,
};

/// How often one name may fail, unless the mount says otherwise.
const FAILURES: i64 = 5;
/// How often one address may fail.
const FAILURES_OF_ADDRESS: i64 = 50;
/// For how long a name is locked then, and failures count, unless the mount says otherwise.
const WINDOW: Duration = Duration::from_mins(15);
/// Failures are not remembered for longer.
pub(crate) const LONGEST_WINDOW: Duration = Duration::from_hours(24);
/// More of a name is not kept.
const LONGEST_NAME: usize = 200;
/// What failures of an address are kept under: no mount has such an id.
const ADDRESSES: &str = "addresses";

/// What a mount allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    failures: i64,
    locked_for: Duration,
    counted_for: Duration,
}

impl Rule {
    /// What `user_lockout_config` of a mount says; none: nobody is locked out.
    fn of(mount: &Mount) -> Option<Self> {
        let config = mount.settings.get("user_lockout_config");
        let value = |name: &str| config.and_then(|config| config.get(name));
        let off = value("lockout_disable").is_some_and(|value| match value {
            Value::Bool(off) => *off,
            Value::String(word) => parse_bool(word).unwrap_or(false),
            _ => false,
        });
        let number = |name: &str| match value(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let length = |name: &str| {
            duration::parse(value(name)?).ok()?.map(|length| length.min(LONGEST_WINDOW))
        };
        let failures = number("lockout_threshold").unwrap_or(FAILURES);
        (!off && failures > 0).then(|| Self {
            failures,
            locked_for: length("lockout_duration").unwrap_or(WINDOW),
            counted_for: length("lockout_counter_reset").unwrap_or(WINDOW),
        })
    }
}

/// Somebody who is said to log in.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    mount: Mount,
    name: String,
    address: Option<String>,
}

impl Attempt {
    pub(super) fn new(call: &Call<'_>, name: &str) -> Self {
        Self {
            mount: call.mount.clone(),
            name: name.chars().take(LONGEST_NAME).collect(),
            address: call.context.address.map(|address| address.to_canonical().to_string()),
        }
    }

    /// Refuses whoever has failed too often.
    pub(super) fn require_open(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
    ) -> kernel::Result<Result<(), Fault>> {
        if let Some(rule) = Rule::of(&self.mount)
            && let Some((failures, last)) = store::login_failures(tx, &self.mount.uuid, &self.name)?
            && failures >= rule.failures
            && now.since(last) < rule.locked_for
        {
            return Ok(Err(Fault::Denied));
        }
        if let Some(address) = &self.address
            && let Some((failures, last)) = store::login_failures(tx, ADDRESSES, address)?
            && failures >= FAILURES_OF_ADDRESS
            && now.since(last) < WINDOW
        {
            return Ok(Err(Fault::Status(
                http::StatusCode::TOO_MANY_REQUESTS,
                "too many failed attempts to log in; try again later".to_owned(),
            )));
        }
        Ok(Ok(()))
    }

    /// Counts a failure.
    pub(super) fn failed(&self, tx: &mut Tx<'_>, now: Timestamp) -> kernel::Result<()> {
        if let Some(rule) = Rule::of(&self.mount) {
            let since = now.minus(rule.counted_for);
            store::count_login_failure(tx, &self.mount.uuid, &self.name, now, since)?;
        }
        if let Some(address) = &self.address {
            store::count_login_failure(tx, ADDRESSES, address, now, now.minus(WINDOW))?;
        }
        Ok(())
    }

    /// Forgets the failures of somebody who has shown who they are. Who was locked out meanwhile
    /// stays so.
    pub(super) fn succeeded(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
    ) -> kernel::Result<Result<(), Fault>> {
        let open = self.require_open(tx, now)?;
        if open.is_ok() && store::login_failures(tx, &self.mount.uuid, &self.name)?.is_some() {
            tx.execute(
                &sql::FORGET_LOGIN_FAILURES,
                &[(&self.mount.uuid).into(), (&self.name).into()],
            )?;
        }
        Ok(open)
    }

    /// Writes down how it ended, and says what becomes of it.
    pub(super) async fn end(self, call: &Call<'_>, known: bool) -> Result<bool, Fault> {
        let now = call.context.now;
        if !known {
            note(call.core.identity(), call.context, &self);
        }
        let ended = call.core.db().write(move |tx| {
            if known {
                return Ok(self.succeeded(tx, now)?.map(|()| true));
            }
            self.failed(tx, now)?;
            Ok(Ok(false))
        });
        ended.await?
    }
}

/// For the audit trail. Later, so that it takes no longer than for somebody whom nobody knows.
fn note(identity: &identity::Identity, context: &Context, attempt: &Attempt) {
    let event = audit::Event::new("sign-in", "credential-mounts", &attempt.mount.uuid)
        .named(attempt.mount.path.as_str())
        .with("name", attempt.name.as_str());
    identity.note_denied(context, event.denied());
}
