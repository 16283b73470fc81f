//! Reading the trail.

use kernel::{Context, Error, OrganizationId, Page, PageRequest, Result, Timestamp};

use super::AuditRecord;
use crate::{Identity, Right, Scope, scope, service::require_site_admin, store};

/// Whose records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// An organization's, also one that is gone.
    Organization(OrganizationId),
    /// Those that belong to no organization.
    Site,
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Denied,
}

impl Outcome {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Done, Self::Denied].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// What a list of records is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The actor's id, token, or a part of the name.
    pub actor: Option<String>,
    /// What was done or tried.
    pub action: Option<String>,
    /// What was not: everything but this.
    pub except_action: Option<String>,
    /// The kind of thing.
    pub resource_kind: Option<String>,
    /// Its id.
    pub resource_id: Option<String>,
    /// How it came out.
    pub outcome: Option<Outcome>,
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// The id of a thing or a request, or a part of the thing's or the actor's name.
    pub search: Option<String>,
}

impl Identity {
    /// A page of an organization's records, the newest first.
    pub async fn list_audit_records(
        &self,
        context: &Context,
        address: &str,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<(Scope, Page<AuditRecord>)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                scope.require_whole()?;
                scope.require(Right::ReadAudit)?;
                let shelf = Shelf::Organization(scope.organization.id);
                let records = store::list_audit_records(tx, shelf, &filter, page)?;
                Ok((scope, records))
            })
            .await
    }

    /// One record of an organization, by when it happened and its id.
    pub async fn read_audit_record(
        &self,
        context: &Context,
        address: &str,
        at: Timestamp,
        id: &str,
    ) -> Result<(Scope, AuditRecord)> {
        let (context, address, id) = (context.clone(), address.to_owned(), id.to_owned());
        self.db()
            .read(move |tx| {
                let scope = scope(tx, &context, &address)?;
                scope.require_whole()?;
                scope.require(Right::ReadAudit)?;
                let record = store::find_audit_record(tx, scope.organization.id, at, &id)?;
                Ok((scope, record.ok_or_else(Error::not_found)?))
            })
            .await
    }

    /// A page of the records of an organization that is no more, or of none, for those who
    /// administer the site.
    pub async fn list_site_audit_records(
        &self,
        context: &Context,
        organization: Option<OrganizationId>,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditRecord>> {
        require_site_admin(context)?;
        let shelf = organization.map_or(Shelf::Site, Shelf::Organization);
        self.db().snapshot(move |tx| store::list_audit_records(tx, shelf, &filter, page)).await
    }

    /// Up to `limit` records of a span of time after one of them, the oldest first; of one
    /// organization, or of all. For the local commands.
    pub async fn export_audit_records(
        &self,
        after: (Timestamp, String),
        until: Timestamp,
        organization: Option<OrganizationId>,
        limit: usize,
    ) -> Result<Vec<AuditRecord>> {
        let read = move |tx: &mut db::Tx<'_>| {
            store::export_audit_records(tx, (after.0, &after.1), until, organization, limit)
        };
        self.db().read(read).await
    }
}

/// An instant of a filter.
pub(crate) fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let instant = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    instant.map(Some).ok_or_else(|| {
        Error::bad_request(format!(
            "\"{name}\" is not an instant such as 2030-01-31T12:00:00Z, nor a day such as 2030-01-31"
        ))
    })
}
