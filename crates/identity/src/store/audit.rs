//! The tables of the audit trail.

use db::{DbError, Row, Tx};
use kernel::{OrganizationId, Page, PageRequest, Result, Timestamp};

use super::count;
use crate::{
    audit::{AuditFilter, AuditRecord, Delivery, Event, Link, Outcome, Shelf},
    names, sql,
};

/// The organization that an event about a token concerns, where the event does not say.
pub(crate) fn organization_of_event(
    tx: &mut Tx<'_>,
    event: &Event,
) -> Result<Option<OrganizationId>> {
    if event.resource_kind != "authentication-tokens" {
        return Ok(None);
    }
    let Ok(id) = event.resource_id.parse() else { return Ok(None) };
    Ok(super::find_token(tx, id)?.and_then(|token| token.holder.organization()))
}

/// What people call the thing that an event is about, where the event does not say.
pub(crate) fn name_of_event(tx: &mut Tx<'_>, event: &Event) -> Result<Option<String>> {
    let statement = match event.resource_kind {
        "organizations" => &sql::FIND_NAME_OF_ORGANIZATION,
        "projects" => &sql::FIND_NAME_OF_PROJECT,
        "workspaces" => &sql::FIND_NAME_OF_WORKSPACE,
        _ => return Ok(None),
    };
    Ok(tx.query_optional(statement, &[(&event.resource_id).into()], |row| row.text(0))?)
}

fn audit_record(row: &Row<'_>) -> Result<AuditRecord, DbError> {
    Ok(AuditRecord {
        at: row.timestamp(0)?,
        id: row.text(1)?,
        organization: row.opt_text(2)?,
        actor_kind: row.text(3)?,
        actor_id: row.opt_text(4)?,
        actor_name: row.text(5)?,
        token: row.opt_text(6)?,
        address: row.opt_text(7)?,
        request_id: row.text(8)?,
        action: row.text(9)?,
        resource_kind: row.text(10)?,
        resource_id: row.text(11)?,
        resource_name: row.text(12)?,
        outcome: row.text(13)?,
        details: row.text(14)?,
        link: match row.opt_int(15)? {
            Some(position) => Some(Link {
                position,
                previous_hash: row.opt_bytes(16)?.unwrap_or_default(),
                hash: row.opt_bytes(17)?.unwrap_or_default(),
            }),
            None => None,
        },
    })
}

pub(crate) fn has_loose_audit_records(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(tx.query_optional(&sql::FIND_LOOSE_AUDIT_RECORD, &[], |_| Ok(()))?.is_some())
}

pub(crate) fn loose_audit_records(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<AuditRecord>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(tx.query(&sql::LIST_LOOSE_AUDIT_RECORDS, &[limit.into()], audit_record)?)
}

pub(crate) fn chain_audit_record(tx: &mut Tx<'_>, record: &AuditRecord, link: &Link) -> Result<()> {
    let params = [
        record.at.into(),
        (&record.id).into(),
        link.position.into(),
        (&link.previous_hash).into(),
        (&link.hash).into(),
    ];
    tx.execute(&sql::CHAIN_AUDIT_RECORD, &params)?;
    Ok(())
}

/// The ends of the chain, as they are stored: what is in them is not believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredHead {
    pub(crate) first_position: i64,
    pub(crate) hash_before_first: Vec<u8>,
    pub(crate) last_position: i64,
    pub(crate) last_hash: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

pub(crate) fn audit_head(tx: &mut Tx<'_>) -> Result<Option<StoredHead>> {
    Ok(tx.query_optional(&sql::READ_AUDIT_CHAIN, &[], |row| {
        Ok(StoredHead {
            first_position: row.int(0)?,
            hash_before_first: row.bytes(1)?,
            last_position: row.int(2)?,
            last_hash: row.bytes(3)?,
            tag: row.bytes(4)?,
        })
    })?)
}

/// Locks the ends of the chain until the transaction ends, so that one worker at a time moves them.
pub(crate) fn lock_audit_head(tx: &mut Tx<'_>) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_AUDIT_CHAIN, &[])?)
}

pub(crate) fn put_audit_head(tx: &mut Tx<'_>, head: &StoredHead, new: bool) -> Result<()> {
    let statement = if new { &sql::INSERT_AUDIT_CHAIN } else { &sql::UPDATE_AUDIT_CHAIN };
    let params = [
        head.first_position.into(),
        (&head.hash_before_first).into(),
        head.last_position.into(),
        (&head.last_hash).into(),
        (&head.tag).into(),
    ];
    tx.execute(statement, &params)?;
    Ok(())
}

pub(crate) fn last_audit_record(tx: &mut Tx<'_>) -> Result<Option<AuditRecord>> {
    Ok(tx.query_optional(&sql::READ_LAST_AUDIT_RECORD, &[], audit_record)?)
}

/// The records after a place, in their order.
pub(crate) fn chained_audit_records(
    tx: &mut Tx<'_>,
    after: i64,
    limit: usize,
) -> Result<Vec<AuditRecord>> {
    let params = [after.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    Ok(tx.query(&sql::LIST_CHAINED_AUDIT_RECORDS, &params, audit_record)?)
}

pub(crate) fn audit_position_of(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<i64>> {
    Ok(tx.query_optional(&sql::FIND_AUDIT_POSITION_BY_HASH, &[hash.into()], |row| row.int(0))?)
}

pub(crate) fn delete_audit_records_up_to(tx: &mut Tx<'_>, position: i64) -> Result<u64> {
    Ok(tx.execute(&sql::DELETE_AUDIT_RECORDS_UP_TO, &[position.into()])?)
}

/// A page of records, the newest first.
pub(crate) fn list_audit_records(
    tx: &mut Tx<'_>,
    shelf: Shelf,
    filter: &AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditRecord>> {
    let (listing, counting, organization) = match shelf {
        Shelf::Organization(id) => (&sql::LIST_AUDIT_RECORDS, &sql::COUNT_AUDIT_RECORDS, Some(id)),
        Shelf::Site => (&sql::LIST_SITE_AUDIT_RECORDS, &sql::COUNT_SITE_AUDIT_RECORDS, None),
    };
    let part = |text: &Option<String>| text.as_deref().map(names::contains_pattern);
    let (actor_part, search_part) = (part(&filter.actor), part(&filter.search));
    let narrowed = [
        organization.into(),
        filter.actor.as_deref().into(),
        actor_part.into(),
        filter.action.as_deref().into(),
        filter.resource_kind.as_deref().into(),
        filter.resource_id.as_deref().into(),
        filter.outcome.map(Outcome::as_str).into(),
        filter.since.unwrap_or(Timestamp::from_micros(i64::MIN)).into(),
        filter.until.unwrap_or(Timestamp::from_micros(i64::MAX)).into(),
        filter.search.as_deref().into(),
        search_part.into(),
        filter.except_action.as_deref().into(),
    ];
    let total = count(tx.query_one(counting, &narrowed, |row| row.int(0))?);
    let mut params = narrowed.to_vec();
    params.extend([page.limit().into(), page.offset().into()]);
    let items = tx.query(listing, &params, audit_record)?;
    Ok(Page { items, total, request: page })
}

/// One record of an organization.
pub(crate) fn find_audit_record(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    at: Timestamp,
    id: &str,
) -> Result<Option<AuditRecord>> {
    let params = [at.into(), id.into(), organization.into()];
    Ok(tx.query_optional(&sql::FIND_AUDIT_RECORD, &params, audit_record)?)
}

/// The records of a span of time after one of them, the oldest first.
pub(crate) fn export_audit_records(
    tx: &mut Tx<'_>,
    (at, id): (Timestamp, &str),
    until: Timestamp,
    organization: Option<OrganizationId>,
    limit: usize,
) -> Result<Vec<AuditRecord>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let params = [at.into(), id.into(), until.into(), organization.into(), limit.into()];
    Ok(tx.query(&sql::EXPORT_AUDIT_RECORDS, &params, audit_record)?)
}

pub(crate) fn audit_delivery(tx: &mut Tx<'_>, target: &str) -> Result<Option<Delivery>> {
    Ok(tx.query_optional(&sql::READ_AUDIT_DELIVERY, &[target.into()], |row| {
        Ok(Delivery {
            position: row.int(0)?,
            failures: row.int(1)?,
            next_try_at: row.timestamp(2)?,
        })
    })?)
}

/// The newest place of a record that was sent anywhere.
pub(crate) fn furthest_audit_delivery(tx: &mut Tx<'_>) -> Result<Option<i64>> {
    Ok(tx.query_optional(&sql::READ_FURTHEST_AUDIT_DELIVERY, &[], |row| row.int(0))?)
}

/// Whether anybody has an account: then there has been something to record.
pub(crate) fn has_people(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(tx.query_optional(&sql::FIND_ANY_USER, &[], |_| Ok(()))?.is_some())
}

/// Makes a place known.
pub(crate) fn begin_audit_delivery(tx: &mut Tx<'_>, target: &str) -> Result<()> {
    tx.execute(&sql::INSERT_AUDIT_DELIVERY, &[target.into()])?;
    Ok(())
}

/// The place of the newest record that all of some places have got.
pub(crate) fn least_audit_delivery(tx: &mut Tx<'_>, targets: &[&str]) -> Result<i64> {
    let mut least = i64::MAX;
    for target in targets {
        let delivery = audit_delivery(tx, target)?;
        least = least.min(delivery.map_or(0, |delivery| delivery.position));
    }
    Ok(least)
}

/// Claims a place until some instant; false if it is not due, somebody else's for now, or got
/// further meanwhile.
pub(crate) fn claim_audit_delivery(
    tx: &mut Tx<'_>,
    target: &str,
    position: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let params = [target.into(), position.into(), now.into(), until.into()];
    Ok(tx.execute(&sql::CLAIM_AUDIT_DELIVERY, &params)? == 1)
}

pub(crate) fn update_audit_delivery(
    tx: &mut Tx<'_>,
    target: &str,
    delivery: Delivery,
    error: Option<&str>,
) -> Result<()> {
    let params = [
        target.into(),
        delivery.position.into(),
        delivery.failures.into(),
        delivery.next_try_at.into(),
        error.into(),
    ];
    tx.execute(&sql::UPDATE_AUDIT_DELIVERY, &params)?;
    Ok(())
}
