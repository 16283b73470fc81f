//! Writing a record.

use db::Tx;
use kernel::{Actor, AuditRecordId, Context, OrganizationId, Principal, Result};
use serde_json::{Map, Value};

use crate::sql;

/// What happened, as the audit trail tells it.
#[derive(Clone, Debug)]
pub struct Event {
    action: &'static str,
    organization: Option<OrganizationId>,
    resource_kind: &'static str,
    resource_id: String,
    resource_name: String,
    denied: bool,
    details: Map<String, Value>,
}

impl Event {
    /// Something was done to a thing: `action` is a verb (`create`, `update`, `delete`, `read`,
    /// `lock`, …), `kind` is what the wire calls the kind of thing, e.g. `workspaces`.
    pub fn new(action: &'static str, kind: &'static str, id: impl ToString) -> Self {
        Self {
            action,
            organization: None,
            resource_kind: kind,
            resource_id: id.to_string(),
            resource_name: String::new(),
            denied: false,
            details: Map::new(),
        }
    }

    /// The organization that it belongs to; without one only the site's administrators see it.
    #[must_use]
    pub fn of(self, organization: OrganizationId) -> Self {
        Self { organization: Some(organization), ..self }
    }

    /// What people call the thing.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { resource_name: name.into(), ..self }
    }

    /// It was not allowed.
    #[must_use]
    pub fn denied(self) -> Self {
        Self { denied: true, ..self }
    }

    /// Something more to know about it. Never a secret.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}

/// Writes a record, in the transaction of what it tells of.
pub fn record(tx: &mut Tx<'_>, context: &Context, event: &Event) -> Result<()> {
    let who = Who::of(context);
    let details = serde_json::to_string(&event.details).map_err(kernel::Error::internal)?;
    let id: AuditRecordId = AuditRecordId::random();
    tx.execute(
        &sql::INSERT_AUDIT_RECORD,
        &[
            context.now.into(),
            id.into(),
            event.organization.into(),
            who.kind.into(),
            who.id.into(),
            who.name.into(),
            context.token().into(),
            context.address.map(|address| address.to_string()).into(),
            (&context.request_id).into(),
            event.action.into(),
            event.resource_kind.into(),
            (&event.resource_id).into(),
            (&event.resource_name).into(),
            if event.denied { "denied" } else { "done" }.into(),
            details.into(),
        ],
    )?;
    Ok(())
}

/// Who did it.
struct Who<'a> {
    kind: &'static str,
    id: Option<String>,
    name: &'a str,
}

impl<'a> Who<'a> {
    fn of(context: &'a Context) -> Self {
        match &context.actor {
            Actor::Anonymous => Self { kind: "anonymous", id: None, name: "" },
            Actor::System => Self { kind: "system", id: None, name: "the server" },
            Actor::User(user) => {
                Self { kind: "user", id: Some(user.id.to_string()), name: &user.username }
            }
            Actor::Service(service) => {
                let kind = match service.principal {
                    Principal::Organization(_) => "organization",
                    Principal::Auditor(_) => "auditor",
                    Principal::Team(_) => "team",
                    Principal::Key(_) => "key",
                    Principal::Workload(_) => "workload",
                };
                Self { kind, id: Some(service.principal.to_string()), name: &service.name }
            }
        }
    }
}
