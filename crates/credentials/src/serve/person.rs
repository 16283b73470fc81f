//! What a person does by the console: the paths of the API, called in their name.

use kernel::{Actor, Context, Error, UserActor};
use serde_json::{Map, Value};
use tracing::Instrument as _;

use super::Asked;
use crate::{
    Credentials, Operation,
    backend::{Answer, Call},
    fault::Fault,
    ids,
    request::Request,
};

impl Credentials {
    /// Does what a path does, in the name of the person in `context`, who must administer the site:
    /// without a token, and without asking policies. Audit devices write it down as they do with
    /// requests; what a path refuses to everybody it refuses here as well. It is brought to its end
    /// also when the person does not wait for it.
    pub(crate) async fn act(
        &self,
        context: &Context,
        operation: Operation,
        path: &str,
        data: Map<String, Value>,
    ) -> Answer {
        let request = Request {
            operation,
            path: path.to_owned(),
            data,
            token: None,
            wrap_ttl: None,
            id: ids::uuid(),
        };
        let (core, context) = (self.clone(), context.clone());
        let acting = async move { core.perform_for_person(&request, &context).await };
        let acted = tokio::spawn(acting.in_current_span()).await;
        acted.unwrap_or_else(|error| Err(Fault::Internal(Error::internal(error))))
    }

    async fn perform_for_person(&self, request: &Request, context: &Context) -> Answer {
        if administrator(context).is_none() {
            return Err(Fault::Denied);
        }
        let core = self.clone();
        let known = self.db().glance(move |tx| core.refresh(tx)).await?;
        let request = known.spelled(request);
        let request = request.as_ref();
        if self.seal().is_sealed() {
            return Err(Fault::Sealed);
        }
        let routed = self.route(&known.mounts, &request.path);
        let asked = Asked { request, context, known: &known, token: None, routed };
        let watch = asked.watch(self)?;
        watch.request(None).await?;
        let answer = match &asked.routed {
            Some(routed) => self.call(routed, request, None, context).await,
            None => Err(Fault::NoRoute(request.path.clone())),
        };
        watch.response(&answer).await?;
        answer
    }
}

impl Call<'_> {
    /// Who administers the site and calls by the console. Requests to the API are in the name of
    /// their token alone.
    pub(crate) fn administrator(&self) -> Option<&UserActor> {
        administrator(self.context)
    }
}

fn administrator(context: &Context) -> Option<&UserActor> {
    match &context.actor {
        Actor::User(user) if user.site_admin => Some(user),
        _ => None,
    }
}
