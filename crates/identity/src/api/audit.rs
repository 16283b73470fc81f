//! The audit trail, in two forms: the vendor's, which programs that collect it know, and our own,
//! with filters.

use axum::{Json, extract::State};
use kernel::{Context, Error, OrganizationId, PageRequest, Principal, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use web::{
    Answer, ListQuery, Path, RequestUrl,
    document::{Document, Resource},
};

use crate::{
    Caller, Identity,
    audit::{AuditFilter, AuditRecord, Outcome, instant, kind_in_singular},
};

/// The vendor's pages are that long, unless somebody asks for less.
const TRAIL_PAGE: u32 = 1_000;

/// `GET organizations/:org/audit-records`
pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let filter = filter(&query)?;
    let (_, page) = identity.list_audit_records(&caller.context, &org, filter, query.page).await?;
    Ok(Document::list(page.map(|record| resource(&record)), &url))
}

/// `GET admin/audit-records`: what belongs to no organization, or to one that is gone.
pub(super) async fn list_of_site(
    State(identity): State<Identity>,
    caller: Caller,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let organization: Option<OrganizationId> =
        query.get("filter[organization]").map(str::parse).transpose().map_err(|_| {
            Error::bad_request("\"filter[organization]\" takes an organization's id, org-…")
        })?;
    let filter = filter(&query)?;
    let page =
        identity.list_site_audit_records(&caller.context, organization, filter, query.page).await?;
    Ok(Document::list(page.map(|record| resource(&record)), &url))
}

fn filter(query: &ListQuery) -> Result<AuditFilter> {
    let text = |name: &str| query.get(&format!("filter[{name}]")).map(str::to_owned);
    let at = |name: &str| instant(name, query.get(name));
    let outcome = query.get("filter[outcome]").map(|word| {
        Outcome::parse(word)
            .ok_or_else(|| Error::bad_request("\"filter[outcome]\" can be done or denied"))
    });
    Ok(AuditFilter {
        actor: text("actor"),
        action: text("action"),
        except_action: None,
        resource_kind: text("resource-type"),
        resource_id: text("resource-id"),
        outcome: outcome.transpose()?,
        since: at("filter[since]")?,
        until: at("filter[until]")?,
        search: query.get("q").map(str::to_owned),
    })
}

fn resource(record: &AuditRecord) -> Resource {
    Resource::new("audit-records", &record.id).attributes(record.attributes())
}

/// `GET organization/audit-trail`
pub(super) async fn trail(
    State(identity): State<Identity>,
    caller: Caller,
    query: ListQuery,
) -> Answer<Json<Trail>> {
    let address = organization(&caller.context, &query)?;
    let size = query.get("page[size]").and_then(|size| size.parse().ok()).unwrap_or(TRAIL_PAGE);
    let request = PageRequest::up_to(query.page.number(), size, TRAIL_PAGE);
    let filter = AuditFilter { since: instant("since", query.get("since"))?, ..Default::default() };
    let (_, page) = identity.list_audit_records(&caller.context, &address, filter, request).await?;
    Ok(Json(Trail {
        pagination: Pagination {
            current_page: page.request.number(),
            prev_page: page.previous(),
            next_page: page.next(),
            total_pages: page.total_pages(),
            total_count: page.total,
        },
        data: page.items.iter().map(TrailRecord::of).collect(),
    }))
}

/// The organization whose token it is, unless another is named.
fn organization(context: &Context, query: &ListQuery) -> Result<String> {
    let own = context.service().and_then(|service| match service.principal {
        Principal::Organization(id) | Principal::Auditor(id) => Some(id.to_string()),
        Principal::Team(_) | Principal::Key(_) | Principal::Workload(_) => None,
    });
    query.get("organization").map(str::to_owned).or(own).ok_or_else(|| {
        Error::bad_request(
            "use an organization's token or an audit trail's, or name the organization with \
             \"?organization=\"",
        )
    })
}

#[derive(Debug, Serialize)]
pub(super) struct Trail {
    data: Vec<TrailRecord>,
    pagination: Pagination,
}

#[derive(Debug, Serialize)]
struct Pagination {
    current_page: u32,
    prev_page: Option<u64>,
    next_page: Option<u64>,
    total_pages: u64,
    total_count: u64,
}

/// A record as the vendor writes it.
#[derive(Debug, Serialize)]
struct TrailRecord {
    id: String,
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    auth: TrailAuth,
    request: TrailRequest,
    resource: TrailResource,
}

#[derive(Debug, Serialize)]
struct TrailAuth {
    accessor_id: Option<String>,
    description: String,
    #[serde(rename = "type")]
    kind: &'static str,
    impersonator_id: Option<String>,
    organization_id: Option<String>,
}

#[derive(Debug, Serialize)]
struct TrailRequest {
    id: String,
}

#[derive(Debug, Serialize)]
struct TrailResource {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    action: String,
    meta: Map<String, Value>,
}

impl TrailRecord {
    fn of(record: &AuditRecord) -> Self {
        Self {
            id: record.id.clone(),
            version: "0",
            kind: "Resource",
            timestamp: record.at.to_string(),
            auth: TrailAuth {
                accessor_id: record.actor_id.clone(),
                description: record.actor_name.clone(),
                kind: if record.actor_kind == "system" { "System" } else { "Client" },
                impersonator_id: None,
                organization_id: record.organization.clone(),
            },
            request: TrailRequest { id: record.request_id.clone() },
            resource: TrailResource {
                id: record.resource_id.clone(),
                kind: kind_in_singular(&record.resource_kind),
                action: record.action.clone(),
                meta: meta(record),
            },
        }
    }
}

/// What the vendor's form has no place for.
fn meta(record: &AuditRecord) -> Map<String, Value> {
    let mut meta = record.details();
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            meta.insert(name.to_owned(), value.into());
        }
    };
    add("name", Some(&record.resource_name));
    add("outcome", Some(&record.outcome));
    add("token-id", record.token.as_deref());
    add("address", record.address.as_deref());
    meta
}
