//! What happens to a request: route, who asks, may they, the path's answer.

use std::sync::Arc;

use kernel::{Context, Secret};

use crate::{
    Credentials, Operation,
    backend::{Answer, Backend, Call},
    fault::Fault,
    framework::{self, Captured, Input, PathDefinition, help},
    known::Known,
    mount::{Mount, mount_of},
    request::Request,
    response::Response,
    store,
    token::Token,
};

/// What still answers while everything is sealed.
const WHILE_SEALED: [&str; 5] =
    ["sys/health", "sys/init", "sys/leader", "sys/seal-status", "sys/unseal"];

/// A request that has found its way.
struct Routed<'a> {
    mount: &'a Mount,
    backend: &'a dyn Backend,
    /// The path below the mount.
    below: &'a str,
    path: Option<(&'static PathDefinition, Captured)>,
}

impl Credentials {
    /// Answers a request.
    pub(crate) async fn serve(&self, request: &Request, context: &Context) -> Answer {
        if self.seal().is_sealed() && !WHILE_SEALED.contains(&request.path.as_str()) {
            return Err(Fault::Sealed);
        }
        let (known, token) = self.who_asks(request, context).await?;
        let routed = self.route(&known.mounts, &request.path);
        let open = routed
            .as_ref()
            .is_some_and(|routed| routed.path.as_ref().is_some_and(|(path, _)| path.open));
        if open && request.operation != Operation::Help {
            let routed = routed.ok_or(Fault::UnsupportedPath)?;
            return self.call(routed, request, token.as_ref(), context).await;
        }
        let Some(token) = token else {
            return Err(if request.token.is_some() { Fault::BadToken } else { Fault::Denied });
        };
        if request.operation == Operation::Help {
            return help_of(routed, request);
        }
        self.call_as(routed, request, &token, &known, context).await
    }

    /// Mounts and policies, and the token that was shown if it lets its bearer in.
    async fn who_asks(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<(Arc<Known>, Option<Token>), Fault> {
        let shown = request.token.as_ref().map(Secret::expose).map(String::as_str);
        let hash = shown.map(|token| self.token_hash(token));
        let core = self.clone();
        let (known, token) = self
            .db()
            .glance(move |tx| {
                let known = core.refresh(tx)?;
                let token = match &hash {
                    Some(hash) => store::find_token(tx, hash)?,
                    None => None,
                };
                Ok((known, token))
            })
            .await?;
        let (now, address) = (context.now, context.address);
        Ok((known, token.filter(|token| token.is_admitted(now, address))))
    }

    fn route<'a>(&'a self, mounts: &'a [Mount], path: &'a str) -> Option<Routed<'a>> {
        let mount = mount_of(mounts, path)?;
        let backend = self.backend(&mount.r#type)?.as_ref();
        let below = path.get(mount.path.len()..).unwrap_or_default();
        let found = framework::find(backend.paths(), below);
        Some(Routed { mount, backend, below, path: found })
    }

    /// Asks whether the token may, and then answers.
    async fn call_as(
        &self,
        routed: Option<Routed<'_>>,
        request: &Request,
        token: &Token,
        known: &Known,
        context: &Context,
    ) -> Answer {
        let operation = match &routed {
            Some(routed) => self.operation(routed, request, token, context).await?,
            None => request.operation,
        };
        let sudo = routed
            .as_ref()
            .is_some_and(|routed| routed.path.as_ref().is_some_and(|(path, _)| path.sudo));
        self.authorize(token, known, operation, sudo, request)?;
        let Some(routed) = routed else { return Err(Fault::NoRoute(request.path.clone())) };
        self.use_up(token).await?;
        self.call(routed, request, Some(token), context).await
    }

    /// What is wanted; on paths that tell, an update of what is not there is a creation.
    async fn operation(
        &self,
        routed: &Routed<'_>,
        request: &Request,
        token: &Token,
        context: &Context,
    ) -> Result<Operation, Fault> {
        let tells = |(path, _): &(&PathDefinition, Captured)| path.tells_creation;
        let tells = routed.path.as_ref().is_some_and(tells);
        if request.operation != Operation::Update || !tells {
            return Ok(request.operation);
        }
        let call = self.prepare(routed, request, Some(token), context)?;
        let exists = routed.backend.exists(&call).await?;
        Ok(if exists { Operation::Update } else { Operation::Create })
    }

    /// Counts a use of a token of which the uses are counted.
    async fn use_up(&self, token: &Token) -> Result<(), Fault> {
        if token.uses_left == 0 {
            return Ok(());
        }
        let hash = token.hash;
        let left = self.db().write(move |tx| store::use_token(tx, &hash)).await?;
        left.map(drop).ok_or(Fault::BadToken)
    }

    fn prepare<'a>(
        &'a self,
        routed: &Routed<'a>,
        request: &'a Request,
        token: Option<&'a Token>,
        context: &'a Context,
    ) -> Result<Call<'a>, Fault> {
        let (path, captured) = routed.path.as_ref().ok_or(Fault::UnsupportedPath)?;
        Ok(Call {
            core: self,
            mount: routed.mount,
            path,
            operation: request.operation,
            input: Input::new(path.fields, captured, request.data.clone()),
            token,
            request,
            context,
        })
    }

    async fn call(
        &self,
        routed: Routed<'_>,
        request: &Request,
        token: Option<&Token>,
        context: &Context,
    ) -> Answer {
        let call = self.prepare(&routed, request, token, context)?;
        if routed.mount.tainted {
            return Err(Fault::NoRoute(request.path.clone()));
        }
        if !call.path.operations.contains(&request.operation) {
            return Err(Fault::UnsupportedOperation);
        }
        let answer = routed.backend.answer(&call).await?;
        let unknown = call.input.unknown();
        Ok(answer.map(|response| with_unknown(response, &unknown)))
    }
}

/// Names the fields that nothing was done with. Old documents that stand alone say nothing.
fn with_unknown(response: Response, unknown: &[String]) -> Response {
    if unknown.is_empty() || response.bare.is_some() || response.data.is_none() {
        return response;
    }
    let names = unknown.join(" ");
    response.warn(format!("Endpoint ignored these unrecognized parameters: [{names}]"))
}

fn help_of(routed: Option<Routed<'_>>, request: &Request) -> Answer {
    let Some(routed) = routed else { return Err(Fault::NoRoute(request.path.clone())) };
    let text = match &routed.path {
        Some((path, _)) => help::of_path(routed.below, path),
        None if routed.below.is_empty() => {
            help::of_mount(routed.backend.about(), routed.backend.paths())
        }
        None => return Err(Fault::UnsupportedPath),
    };
    let document = serde_json::json!({ "help": text, "see_also": null, "openapi": null });
    Ok(Some(Response::bare(document)))
}
