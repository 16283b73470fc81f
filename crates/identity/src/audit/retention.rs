//! Letting old records go, from the beginning of the chain, which then begins later and still holds.

use barrier::Barrier;
use db::Tx;
use kernel::{Context, Result, Timestamp};

use super::{Event, chain::Head, record};
use crate::{Identity, store};

/// How many records go in one transaction.
const BATCH: usize = 500;

impl Identity {
    /// Lets go of the records that are older than what is kept, but of none that a place where they
    /// are sent to has not got yet. For a background role.
    pub async fn retain_audit(&self) -> Result<()> {
        let Some(retention) = self.settings().audit.retention else { return Ok(()) };
        let context = self.system();
        let until = context.now.minus(retention);
        loop {
            let (context, barrier) = (context.clone(), self.barrier().clone());
            let targets = self.audit_targets();
            let gone = self
                .db()
                .write(move |tx| {
                    let sent = store::least_audit_delivery(tx, &targets)?;
                    let_go(tx, &context, &barrier, until, sent)
                })
                .await?;
            if gone < BATCH {
                return Ok(());
            }
        }
    }
}

/// Lets go of some; says how many.
fn let_go(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    until: Timestamp,
    sent: i64,
) -> Result<usize> {
    let mut head = Head::hold(tx, barrier)?;
    if !head.sound {
        // Somebody will want to look at it.
        tracing::error!(
            "the ends of the audit trail were not written by this installation: no record is let \
             go; see `stateward audit verify`"
        );
        return Ok(0);
    }
    let oldest = store::chained_audit_records(tx, head.first_position - 1, BATCH)?;
    let is_old = |link: &super::Link, at: Timestamp| at < until && link.position <= sent;
    let links = oldest
        .iter()
        .map_while(|record| record.link.as_ref().filter(|link| is_old(link, record.at)));
    let links: Vec<_> = links.collect();
    let Some(last) = links.last() else { return Ok(0) };
    let (from, to) = (head.first_position, last.position);
    store::delete_audit_records_up_to(tx, to)?;
    head.first_position = to + 1;
    head.hash_before_first.clone_from(&last.hash);
    head.save(tx, barrier)?;
    let event = Event::new("delete", "audit-records", "")
        .with("from", from)
        .with("to", to)
        .with("before", until.to_string());
    record(tx, context, &event)?;
    Ok(links.len())
}
