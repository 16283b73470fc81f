//! Writing a record.

use db::Tx;
use kernel::{
    Actor, AuditRecordId, Context, Denial, OrganizationId, Principal, Result, TokenLimits,
    UserActor,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Identity, User, sql};

/// How much of a text a record keeps.
const MAX_TEXT: usize = 256;

/// What happened, as the audit trail tells it.
#[derive(Clone, Debug)]
pub struct Event {
    pub(super) action: &'static str,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) resource_kind: &'static str,
    pub(crate) resource_id: String,
    pub(crate) resource_name: String,
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

    /// What a refusal tells: the right that was missing is what was tried.
    pub(super) fn of_denial(denial: &Denial) -> Self {
        let event = Self::new(denial.right, denial.resource_kind, &denial.resource_id);
        Self { organization: denial.organization, denied: true, ..event }
    }

    /// The same about so many things that they are not told apart.
    pub(super) fn without_resource(self) -> Self {
        Self {
            action: "various",
            resource_kind: "various",
            resource_id: String::new(),
            resource_name: String::new(),
            details: Map::new(),
            ..self
        }
    }

    /// It was not allowed.
    #[must_use]
    pub fn denied(self) -> Self {
        Self { denied: true, ..self }
    }

    /// Something more to know about it, unless it is nothing. Never a secret.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = short(value.into());
        let nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !nothing {
            self.details.insert(key.to_owned(), value);
        }
        self
    }

    /// What is different now: of each attribute that was changed, its value before and after it.
    /// Both are objects without a secret in them.
    #[must_use]
    pub fn changed(mut self, before: &impl Serialize, after: &impl Serialize) -> Self {
        let object = |value: serde_json::Result<Value>| match value {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let mut before = object(serde_json::to_value(before));
        let mut changed = Map::new();
        for (name, to) in object(serde_json::to_value(after)) {
            let from = before.remove(&name).unwrap_or_default();
            if from != to {
                changed.insert(name, json!({ "from": short(from), "to": short(to) }));
            }
        }
        if !changed.is_empty() {
            self.details.insert("changed".to_owned(), changed.into());
        }
        self
    }
}

/// A value with no more text than a record keeps.
fn short(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > MAX_TEXT => {
            let cut: String = text.chars().take(MAX_TEXT).collect();
            Value::String(format!("{cut}…"))
        }
        Value::Array(items) => items.into_iter().map(short).collect(),
        other => other,
    }
}

/// The same request in the name of somebody who has just proved who they are.
pub(crate) fn in_name_of(context: &Context, user: &User) -> Context {
    let actor = Actor::User(UserActor {
        id: user.id,
        username: user.username.clone(),
        site_admin: user.site_admin,
        token: None,
        session: None,
        limits: TokenLimits::default(),
    });
    Context { actor, ..context.clone() }
}

/// Writes a record, in the transaction of what it tells of.
pub fn record(tx: &mut Tx<'_>, context: &Context, event: &Event) -> Result<()> {
    let who = Who::of(context);
    let details = serde_json::to_string(&event.details).map_err(kernel::Error::internal)?;
    let id: AuditRecordId = AuditRecordId::generate();
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

impl Identity {
    /// Records what changes nothing by itself, such as reading a state: durable when this returns.
    pub async fn record(&self, context: &Context, event: Event) -> Result<()> {
        self.record_all(context, vec![event]).await
    }

    /// The same for several things at once.
    pub async fn record_all(&self, context: &Context, events: Vec<Event>) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let context = context.clone();
        self.db()
            .write(move |tx| events.iter().try_for_each(|event| record(tx, &context, event)))
            .await
    }
}

/// Who did it.
pub(super) struct Who<'a> {
    pub(super) kind: &'static str,
    pub(super) id: Option<String>,
    pub(super) name: &'a str,
}

impl<'a> Who<'a> {
    pub(super) fn of(context: &'a Context) -> Self {
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
