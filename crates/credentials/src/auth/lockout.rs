//! How often logging in may fail: by who is said to log in, so that nobody guesses on and on, and
//! by address, so that nobody keeps the server busy with passwords. Names that nobody has are
//! counted as well, so that nobody learns which ones there are.

mod rule;

use std::time::Duration;

use db::Tx;
use identity::audit;
use kernel::{Context, Timestamp};

use crate::{backend::Call, fault::Fault, mount::Mount, sql, store};

pub(crate) use rule::{CONFIG, LONGEST_WINDOW, Rule};

/// How often one address may fail, and for how long that counts.
const FAILURES_OF_ADDRESS: i64 = 50;
const WINDOW_OF_ADDRESS: Duration = Duration::from_mins(15);
/// More of a name is not kept.
const LONGEST_NAME: usize = 200;
/// What failures of an address are kept under: no mount has such an id.
const ADDRESSES: &str = "addresses";

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
            && rule.locks(failures, last, now)
        {
            return Ok(Err(Fault::Denied));
        }
        if let Some(address) = &self.address
            && let Some((failures, last)) = store::login_failures(tx, ADDRESSES, address)?
            && failures >= FAILURES_OF_ADDRESS
            && now.since(last) < WINDOW_OF_ADDRESS
        {
            let left = WINDOW_OF_ADDRESS.saturating_sub(now.since(last));
            let text = "too many failed attempts to log in; try again later";
            return Ok(Err(Fault::TooOften(text.to_owned(), left)));
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
            store::count_login_failure(tx, ADDRESSES, address, now, now.minus(WINDOW_OF_ADDRESS))?;
        }
        Ok(())
    }

    /// Writes down how it ended, and says what becomes of it. Who was locked out meanwhile stays so,
    /// whatever they know.
    pub(super) async fn end(self, call: &Call<'_>, known: bool) -> Result<bool, Fault> {
        let now = call.context.now;
        let db = call.core.db();
        if !known {
            note(call.core.identity(), call.context, &self);
            db.write(move |tx| self.failed(tx, now)).await?;
            return Ok(false);
        }
        let attempt = self.clone();
        let read = db.read(move |tx| {
            let open = attempt.require_open(tx, now)?;
            let failures = store::login_failures(tx, &attempt.mount.uuid, &attempt.name)?;
            Ok(open.map(|()| failures.is_some()))
        });
        // Most have not failed, and nothing is written for them.
        if read.await?? {
            db.write(move |tx| unlock(tx, &self.mount, &self.name)).await?;
        }
        Ok(true)
    }
}

/// For the audit trail. Later, so that it takes no longer than for somebody whom nobody knows.
fn note(identity: &identity::Identity, context: &Context, attempt: &Attempt) {
    let event = audit::Event::new("sign-in", "credential-mounts", &attempt.mount.uuid)
        .named(attempt.mount.path.as_str())
        .with("name", attempt.name.as_str());
    identity.note_denied(context, event.denied());
}

/// Who is locked out of a mount now.
pub(crate) fn locked(
    tx: &mut Tx<'_>,
    mount: &Mount,
    now: Timestamp,
) -> kernel::Result<Vec<String>> {
    let Some(rule) = Rule::of(mount) else { return Ok(Vec::new()) };
    let failures = store::list_login_failures(tx, &mount.uuid)?;
    let locked = failures.into_iter().filter(|(_, count, last)| rule.locks(*count, *last, now));
    Ok(locked.map(|(name, _, _)| name).collect())
}

/// Lets somebody try again.
pub(crate) fn unlock(tx: &mut Tx<'_>, mount: &Mount, name: &str) -> kernel::Result<()> {
    tx.execute(&sql::FORGET_LOGIN_FAILURES, &[(&mount.uuid).into(), name.into()])?;
    Ok(())
}
