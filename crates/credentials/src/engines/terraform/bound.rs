//! Roles of the kind that only this product has: their tokens reach one workspace or project, with
//! listed rights, from listed networks, and nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    client::Client, config::Config, create, creds, role::Role, upstream_error::UpstreamError,
};
use crate::{backend::Call, fault::Fault, framework::Input};

/// For how long a token is made that only shows that such tokens can be made.
const TRIAL: Duration = Duration::from_mins(1);

/// To what a bound token is bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub(crate) workspace_id: String,
    pub(crate) project_id: String,
    pub(crate) access: String,
    pub(crate) rights: Vec<String>,
    pub(crate) source_networks: Vec<String>,
    /// A place by its name, until it is found.
    #[serde(skip)]
    named: Option<Named>,
}

/// A place, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Workspace(String),
    Project(String),
}

impl Bound {
    /// Takes over what a request says. Whether it names a place.
    pub(super) fn merge(&mut self, input: &Input) -> Result<bool, Fault> {
        if input.text("run_id")?.is_some_and(|run| !run.is_empty()) {
            return Err(Fault::refused(
                "run_id: this server has no runs yet; bind the role to a workspace",
            ));
        }
        let mut places = Vec::new();
        for name in ["workspace_id", "workspace", "project_id", "project"] {
            if let Some(text) = input.text(name)?.filter(|text| !text.is_empty()) {
                places.push((name, text));
            }
        }
        if places.len() > 1 {
            return Err(Fault::refused("a bound role has one place: name it once"));
        }
        let place = places.pop();
        let is_named = place.is_some();
        if let Some((name, text)) = place {
            (self.workspace_id, self.project_id) = Default::default();
            match name {
                "workspace_id" => self.workspace_id = text,
                "project_id" => self.project_id = text,
                "workspace" => self.named = Some(Named::Workspace(text)),
                _ => self.named = Some(Named::Project(text)),
            }
        }
        if let Some(access) = input.text("access")? {
            self.access = access;
        }
        if let Some(rights) = input.texts("rights")? {
            self.rights = rights;
        }
        if let Some(networks) = input.texts("source_networks")? {
            self.source_networks = networks;
        }
        Ok(is_named)
    }

    pub(super) fn has_one_place(&self) -> bool {
        let by_id = self.workspace_id.is_empty() != self.project_id.is_empty();
        by_id || self.named.is_some()
    }

    /// The level, in the words of keys.
    pub(crate) fn level(&self) -> &str {
        match self.access.as_str() {
            "" if self.rights.is_empty() => "write",
            "" => "custom",
            access => access,
        }
    }

    /// What a read shows.
    pub(super) fn shown(&self) -> Vec<(&'static str, Value)> {
        let texts = [
            ("workspace_id", &self.workspace_id),
            ("project_id", &self.project_id),
            ("access", &self.access),
        ];
        let lists = [("rights", &self.rights), ("source_networks", &self.source_networks)];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        texts
            .map(|(key, text)| (key, json!(text)))
            .chain(lists.map(|(key, list)| (key, json!(list))))
            .collect()
    }
}

impl Role {
    /// Looks up a place that was named.
    pub(super) async fn find_place(
        &mut self,
        call: &Call<'_>,
        config: &Config,
    ) -> Result<(), Fault> {
        let Some(named) = self.bound.named.take() else { return Ok(()) };
        let client = self.client(config, call.core)?;
        let organization = self.organization_address();
        match named {
            Named::Workspace(name) => {
                let found = client.workspace_id(organization, &name).await;
                self.bound.workspace_id = found.map_err(|error| refused(&error, &name))?;
            }
            Named::Project(name) => {
                let found = client.project_id(organization, &name).await;
                self.bound.project_id = found.map_err(|error| refused(&error, &name))?;
            }
        }
        Ok(())
    }

    /// Makes a token of a bound role and ends it at once: whoever writes the role must hold the
    /// rights that it gives out, and hears now of what can't be. Should ending it fail, it ends by
    /// itself in a minute. This server itself is then asked for one that lives as long as they
    /// will, since an organization may limit that.
    pub(super) async fn try_out(&self, call: &Call<'_>, config: &Config) -> Result<(), Fault> {
        let client = self.client(config, call.core)?;
        if !create::has_networks_within(self, &self.limits) {
            return Err(Fault::refused(format!(
                "source_networks: the API token that you logged in with works from {} only, and \
                 gives out tokens for networks within these",
                self.limits.networks().text().replace(' ', ", ")
            )));
        }
        self.try_for(&client, call, TRIAL).await?;
        if client.is_here() {
            let longest = creds::longest_of(call.core, call.mount, self);
            self.try_for(&client, call, longest).await?;
        }
        Ok(())
    }

    async fn try_for(
        &self,
        client: &Client,
        call: &Call<'_>,
        length: Duration,
    ) -> Result<(), Fault> {
        let description = create::unique("trial of a role ");
        let end = self.limits.end(call.context.now, length);
        let made = create::another(client, self, &description, end, &self.limits).await;
        let made = made.map_err(|error| refused(&error, "such a token"))?;
        if let Err(error) = client.delete_token(&made.id).await {
            tracing::info!(token.id = made.id, %error, "a trial token is left to end by itself");
        }
        Ok(())
    }
}

/// Why a role can't be written: the other server's reasons, for whoever writes it.
fn refused(error: &UpstreamError, what: &str) -> Fault {
    match error {
        error if error.is_outage() => error.while_doing(create::CREATING),
        UpstreamError::NotFound => Fault::refused(format!(
            "{what} can't be found or made there: it is not there, or whoever writes this role may \
             not give it out (bound tokens are made by Stateward servers only)"
        )),
        error => Fault::refused(format!("the role's tokens could not be made: {error}")),
    }
}
