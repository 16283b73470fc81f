//! Roles: what is kept of them, and how it is changed.

use std::time::Duration;

use db::Tx;
use identity::{Networks, audit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::secret;
use crate::{
    auth::params::{OldName, TokenParams},
    backend::{Answer, Call},
    fault::Fault,
    framework::Input,
    ids,
    response::Response,
    sql,
    view::View,
};

/// What fields were once called.
pub(super) const OLD_NAMES: &[OldName] =
    &[("policies", "token_policies"), ("period", "token_period")];

/// What is kept of a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    /// What machines show.
    pub(super) id: String,
    pub(super) bind_secret_id: bool,
    pub(super) secret_id_bound_cidrs: Option<Vec<String>>,
    pub(super) secret_id_num_uses: u64,
    pub(super) secret_id_ttl: Duration,
    pub(super) local_secret_ids: bool,
    pub(super) token: TokenParams,
}

impl Default for Role {
    fn default() -> Self {
        Self {
            id: String::new(),
            bind_secret_id: true,
            secret_id_bound_cidrs: None,
            secret_id_num_uses: 0,
            secret_id_ttl: Duration::ZERO,
            local_secret_ids: false,
            token: TokenParams::default(),
        }
    }
}

/// Where roles stand, with their names behind it.
pub(super) const ROLE: &str = "role/";

pub(super) fn key(name: &str) -> String {
    format!("{ROLE}{name}")
}

/// Where the name of the role stands that has an id.
fn id_key(role_id: &str) -> String {
    format!("role-id/{role_id}")
}

pub(super) fn name(call: &Call<'_>) -> Result<String, Fault> {
    call.input.text_or_empty("role_name")
}

pub(super) async fn load(call: &Call<'_>) -> Result<Option<Role>, Fault> {
    call.kept(key(&name(call)?)).await
}

/// The role with an id, and its name.
pub(super) fn by_id(
    tx: &mut Tx<'_>,
    view: &View,
    role_id: &str,
) -> kernel::Result<Option<(String, Role)>> {
    let Some(name) = view.get::<String>(tx, &id_key(role_id))? else { return Ok(None) };
    Ok(view.get(tx, &key(&name))?.map(|role| (name, role)))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    call.names_in(key("")).await
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    Ok(load(call).await?.map(|role| Response::data(Value::Object(role.shown()))))
}

pub(super) async fn read_id(call: &Call<'_>) -> Answer {
    let role = load(call).await?;
    Ok(role.map(|role| Response::data(json!({ "role_id": role.id }))))
}

pub(super) async fn write_id(call: &Call<'_>) -> Answer {
    let before = load(call).await?.ok_or(Fault::UnsupportedPath)?;
    let role_id = call.input.text_or_empty("role_id")?;
    if role_id.is_empty() {
        return Err(Fault::refused("missing role_id"));
    }
    save(call, Role { id: role_id, ..before.clone() }, Some(before)).await
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let before = load(call).await?;
    let mut role = before.clone().unwrap_or_default();
    if before.is_some() && call.input.has("local_secret_ids") {
        return Err(Fault::refused("local_secret_ids can only be modified during role creation"));
    }
    role.merge(&call.input)?;
    if role.id.is_empty() {
        role.id = ids::uuid();
    }
    save(call, role, before).await
}

/// Writes a role, whose id no other may have.
pub(super) async fn save(call: &Call<'_>, role: Role, before: Option<Role>) -> Answer {
    role.require_constraint()?;
    let (view, name, context) = (call.view()?, name(call)?, call.context.clone());
    let written = call.core.db().write(move |tx| {
        tx.lock(&sql::LOCK_GENERATION, &[])?;
        let owner: Option<String> = view.get(tx, &id_key(&role.id))?;
        if owner.is_some_and(|owner| owner != name) {
            return Ok(Err(Fault::Failed("role_id already in use".to_owned())));
        }
        if let Some(before) = &before
            && before.id != role.id
        {
            view.delete(tx, &id_key(&before.id))?;
        }
        view.put(tx, &id_key(&role.id), &name)?;
        view.put(tx, &key(&name), &role)?;
        let verb = if before.is_some() { "update" } else { "create" };
        let event = audit::Event::new(verb, "credential-roles", &name)
            .with("policies", role.token.policies.clone());
        audit::record(tx, &context, &event)?;
        Ok(Ok(None))
    });
    written.await?
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, name, context) = (call.view()?, name(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            let Some(role) = view.get::<Role>(tx, &key(&name))? else { return Ok(()) };
            secret::forget_all(tx, &view, &name)?;
            view.delete(tx, &id_key(&role.id))?;
            view.delete(tx, &key(&name))?;
            audit::record(tx, &context, &audit::Event::new("delete", "credential-roles", &name))
        })
        .await?;
    Ok(None)
}

impl Role {
    /// Takes over what a request says.
    pub(super) fn merge(&mut self, input: &Input) -> Result<(), Fault> {
        if let Some(id) = input.text("role_id")?.filter(|id| !id.is_empty()) {
            self.id = id;
        }
        if let Some(bind) = input.boolean("bind_secret_id")? {
            self.bind_secret_id = bind;
        }
        if let Some(local) = input.boolean("local_secret_ids")? {
            self.local_secret_ids = local;
        }
        for name in ["bound_cidr_list", "secret_id_bound_cidrs"] {
            if let Some(networks) = input.texts(name)? {
                self.secret_id_bound_cidrs = Some(require_networks(networks)?);
            }
        }
        if let Some(uses) = input.integer("secret_id_num_uses")? {
            self.secret_id_num_uses = u64::try_from(uses)
                .map_err(|_| Fault::refused("secret_id_num_uses cannot be negative"))?;
        }
        if let Some(ttl) = input.duration("secret_id_ttl")? {
            self.secret_id_ttl = ttl;
        }
        self.token.merge(input, OLD_NAMES)
    }

    /// Refuses a role with which everybody could log in who knows its id.
    fn require_constraint(&self) -> Result<(), Fault> {
        let bound = self.secret_id_bound_cidrs.as_ref().is_some_and(|bound| !bound.is_empty());
        if self.bind_secret_id || bound || !self.token.bound_cidrs.is_empty() {
            return Ok(());
        }
        let text = "at least one constraint should be enabled on the role";
        Err(Fault::Failed(text.to_owned()))
    }

    pub(super) fn shown(&self) -> Map<String, Value> {
        let mut data = Map::new();
        self.token.show(&mut data, OLD_NAMES);
        let own = [
            ("bind_secret_id", json!(self.bind_secret_id)),
            ("local_secret_ids", json!(self.local_secret_ids)),
            ("secret_id_bound_cidrs", json!(self.secret_id_bound_cidrs)),
            ("secret_id_num_uses", json!(self.secret_id_num_uses)),
            ("secret_id_ttl", json!(self.secret_id_ttl.as_secs())),
        ];
        data.extend(own.map(|(name, value)| (name.to_owned(), value)));
        data
    }
}

/// Networks as they are kept; each must be one.
pub(super) fn require_networks(networks: Vec<String>) -> Result<Vec<String>, Fault> {
    for network in &networks {
        if !network.contains('/') || Networks::parse(network).is_none() {
            return Err(Fault::Failed(format!(
                "failed to validate CIDR blocks: invalid CIDR address: {network}"
            )));
        }
    }
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(body: Value) -> Result<Role, Vec<String>> {
        let Value::Object(body) = body else { panic!("no object") };
        let mut role = Role::default();
        let outcome =
            role.merge(&Input::new(&[], &[], body)).and_then(|()| role.require_constraint());
        outcome.map(|()| role).map_err(|fault| fault.errors())
    }

    #[test]
    fn a_role_that_anybody_could_use_is_refused() {
        assert!(merged(json!({})).is_ok());
        let text =
            "1 error occurred:\n\t* at least one constraint should be enabled on the role\n\n";
        assert_eq!(merged(json!({"bind_secret_id": false})), Err(vec![text.to_owned()]));
        for bound in [
            json!({"bind_secret_id": false, "secret_id_bound_cidrs": "10.0.0.0/8"}),
            json!({"bind_secret_id": "false", "token_bound_cidrs": ["10.0.0.1"]}),
        ] {
            assert!(merged(bound.clone()).is_ok(), "{bound}");
        }
    }

    #[test]
    fn networks_need_their_length() {
        for wrong in ["nope", "10.0.0.1", "10.0.0.0/40"] {
            assert!(require_networks(vec![wrong.to_owned()]).is_err(), "{wrong}");
        }
        assert!(require_networks(vec!["10.0.0.0/8".to_owned(), "::/0".to_owned()]).is_ok());
    }
}
