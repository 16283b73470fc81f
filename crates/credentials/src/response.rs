//! What a path answers, and the envelope it goes out in.

use std::time::Duration;

use kernel::{Secret, Timestamp};
use serde_json::{Map, Value, json};

use crate::token::TokenKind;

/// The answer of a path that has one. Nothing at all is an answer too: 204 to a write, 404 to a
/// read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    /// What was asked for.
    pub(crate) data: Option<Map<String, Value>>,
    /// The lease that it was given out under.
    pub(crate) lease: Option<Lease>,
    /// The token that was made.
    pub(crate) auth: Option<Auth>,
    /// Where the answer waits, if it was wrapped.
    pub(crate) wrap_info: Option<WrapInfo>,
    /// What the caller should know besides.
    pub(crate) warnings: Vec<String>,
    /// In place of an envelope: this document alone, with this status.
    pub(crate) bare: Option<(http::StatusCode, Value)>,
    /// Another status than 200.
    pub(crate) status: Option<http::StatusCode>,
    /// Whether `data` also stands at the top, as old clients of some paths expect.
    pub(crate) flattened: bool,
}

/// The lease of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    /// Its id.
    pub(crate) id: String,
    /// For how long, in whole seconds.
    pub(crate) ttl: Duration,
    /// Whether it can be renewed.
    pub(crate) renewable: bool,
}

/// A token that was made or renewed.
#[derive(Clone, Debug)]
pub(crate) struct Auth {
    /// Its value.
    pub(crate) client_token: Secret<String>,
    /// Whether it is kept here.
    pub(crate) kind: TokenKind,
    /// What names it without being it.
    pub(crate) accessor: String,
    /// Its own policies.
    pub(crate) policies: Vec<String>,
    /// Those that it has besides, by who logged in.
    pub(crate) identity_policies: Vec<String>,
    /// The id of who logged in.
    pub(crate) entity_id: String,
    /// What is known of whoever has it.
    pub(crate) metadata: Map<String, Value>,
    /// For how long.
    pub(crate) ttl: Duration,
    /// Whether it can be renewed.
    pub(crate) renewable: bool,
    /// Whether it has no parent.
    pub(crate) orphan: bool,
    /// How often it can be used; zero: as often as one likes.
    pub(crate) num_uses: u64,
}

/// An answer that waits for whoever has the wrapping token.
#[derive(Clone, Debug)]
pub(crate) struct WrapInfo {
    /// The token that gives it out, once.
    pub(crate) token: Secret<String>,
    /// What names that token without being it.
    pub(crate) accessor: String,
    /// For how long it waits.
    pub(crate) ttl: Duration,
    /// Since when.
    pub(crate) created_at: Timestamp,
    /// What was asked.
    pub(crate) creation_path: String,
    /// The accessor of the token within, if a token is within.
    pub(crate) wrapped_accessor: Option<String>,
}

impl WrapInfo {
    fn document(&self) -> Value {
        let mut document = json!({
            "token": self.token.expose(),
            "accessor": self.accessor,
            "ttl": self.ttl.as_secs(),
            "creation_time": self.created_at,
            "creation_path": self.creation_path,
        });
        if let (Some(document), Some(accessor)) = (document.as_object_mut(), &self.wrapped_accessor)
            && !accessor.is_empty()
        {
            document.insert("wrapped_accessor".to_owned(), json!(accessor));
        }
        document
    }
}

impl Response {
    /// An answer with data: a JSON object.
    pub(crate) fn data(data: Value) -> Self {
        match data {
            Value::Object(data) => Self { data: Some(data), ..Self::default() },
            other => Self {
                data: Some(Map::from_iter([("value".to_owned(), other)])),
                ..Self::default()
            },
        }
    }

    /// A list of keys. No keys are a 404, as Vault has it.
    pub(crate) fn keys(keys: Vec<String>) -> Self {
        Self::data(json!({ "keys": keys }))
    }

    /// A document alone, without an envelope.
    pub(crate) fn bare(document: Value) -> Self {
        Self { bare: Some((http::StatusCode::OK, document)), ..Self::default() }
    }

    /// A token.
    pub(crate) fn auth(auth: Auth) -> Self {
        Self { auth: Some(auth), ..Self::default() }
    }

    /// The same with a warning.
    #[must_use]
    pub(crate) fn warn(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// The same with another status than 200.
    #[must_use]
    pub(crate) fn with_status(self, status: http::StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The same with `data` at the top as well.
    #[must_use]
    pub(crate) fn flat(self) -> Self {
        Self { flattened: true, ..self }
    }

    /// Whether it is a list without keys.
    pub(crate) fn is_empty_list(&self) -> bool {
        let keys = self.data.as_ref().and_then(|data| data.get("keys")).and_then(Value::as_array);
        self.warnings.is_empty() && keys.is_some_and(Vec::is_empty)
    }

    /// The envelope that clients read.
    pub(crate) fn envelope(&self, request_id: &str, mount_type: &str) -> Value {
        let lease = self.lease.as_ref();
        let mut envelope = json!({
            // What waits has the request's id; what is answered instead has none.
            "request_id": if self.wrap_info.is_some() { "" } else { request_id },
            "lease_id": lease.map_or("", |lease| lease.id.as_str()),
            "renewable": lease.is_some_and(|lease| lease.renewable),
            "lease_duration": lease.map_or(0, |lease| lease.ttl.as_secs()),
            "data": self.data,
            "wrap_info": self.wrap_info.as_ref().map(WrapInfo::document),
            "warnings": if self.warnings.is_empty() { Value::Null } else { json!(self.warnings) },
            "auth": self.auth.as_ref().map(Auth::document),
            "mount_type": mount_type,
        });
        if self.flattened
            && let (Some(envelope), Some(data)) = (envelope.as_object_mut(), &self.data)
        {
            for (key, value) in data {
                envelope.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        envelope
    }
}

impl Auth {
    fn document(&self) -> Value {
        let mut all = [self.policies.as_slice(), self.identity_policies.as_slice()].concat();
        all.sort();
        all.dedup();
        let mut document = json!({
            "client_token": self.client_token.expose(),
            "accessor": self.accessor,
            "policies": all,
            "metadata": if self.metadata.is_empty() { Value::Null } else { json!(self.metadata) },
            "lease_duration": self.ttl.as_secs(),
            "renewable": self.renewable,
            "entity_id": self.entity_id,
            "token_type": self.kind.as_str(),
            "orphan": self.orphan,
            "mfa_requirement": null,
            "num_uses": self.num_uses,
        });
        // Clients are used to these two being absent where they would be empty.
        let parts =
            [("token_policies", &self.policies), ("identity_policies", &self.identity_policies)];
        for (name, policies) in parts {
            if let Some(document) = document.as_object_mut()
                && !policies.is_empty()
            {
                document.insert(name.to_owned(), json!(policies));
            }
        }
        document
    }
}
