//! What happens to a request: route, who asks, may they, the path's answer.

mod person;

use std::sync::Arc;

use kernel::{Context, Secret};

use crate::{
    Credentials, Operation,
    backend::{Answer, Backend, Call},
    devices::Watch,
    fault::Fault,
    framework::{self, Captured, Input, PathDefinition, help},
    known::Known,
    mount::{Mount, mount_of},
    paging,
    policy::Decision,
    request::Request,
    response::Response,
    store,
    token::{Token, USED_UP},
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

/// A request, with who asks and what is asked.
struct Asked<'a> {
    request: &'a Request,
    context: &'a Context,
    known: &'a Known,
    token: Option<&'a Token>,
    routed: Option<Routed<'a>>,
}

impl<'a> Asked<'a> {
    fn path(&self) -> Option<&'static PathDefinition> {
        self.routed.as_ref()?.path.as_ref().map(|(path, _)| *path)
    }

    fn watch(&self, core: &'a Credentials) -> Result<Watch<'a>, Fault> {
        let mount = self.routed.as_ref().map(|routed| routed.mount);
        Watch::new(core, self.known, (self.request, self.context), self.token, mount)
    }
}

impl Credentials {
    /// Answers a request.
    pub(crate) async fn serve(&self, request: &Request, context: &Context) -> Answer {
        let while_sealed = WHILE_SEALED.contains(&request.path.as_str());
        if self.seal().is_sealed() && !while_sealed {
            // What is sealed can be sealed, by anybody.
            let seals = request.path == "sys/seal" && request.operation == Operation::Update;
            return if seals { Ok(None) } else { Err(Fault::Sealed) };
        }
        let (known, mut token) = self.who_asks(request, context).await?;
        let request = known.spelled(request);
        let request = request.as_ref();
        if self.seal().is_sealed() && !while_sealed {
            return Err(Fault::Sealed);
        }
        let routed = self.route(&known.mounts, &request.path);
        let waiting = self.require_waiting(request, context).await;
        if waiting.is_ok() && !is_open(routed.as_ref(), request) {
            self.use_up(&mut token).await?;
            if token.is_none() {
                token = self.wrapping_token_shown(request, context).await?;
            }
        }
        let asked = Asked { request, context, known: &known, token: token.as_ref(), routed };
        if while_sealed {
            // Whoever looks whether a server works does so all the time, and learns no secret.
            return self.perform(&asked, None).await;
        }
        let watch = asked.watch(self)?;
        let admitted = match waiting {
            Ok(()) => self.admit(&asked).await,
            Err(fault) => Err(fault),
        };
        watch.request(admitted.as_ref().err()).await?;
        let answer = match admitted {
            Ok(decision) => self.perform(&asked, decision).await,
            Err(fault) => Err(fault),
        };
        let answer = match answer {
            Ok(answer) => self.wrap(request, context, answer).await,
            Err(fault) => Err(fault),
        };
        watch.response(&answer).await?;
        self.end_if_used_up(asked.token, context).await?;
        answer
    }

    /// Mounts and policies, and the token that was shown if it lets its bearer in.
    async fn who_asks(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<(Arc<Known>, Option<Token>), Fault> {
        let shown = request.token.as_ref().map(Secret::expose).map(String::as_str);
        let shown = shown.map(|token| self.read_token(token));
        let now = context.now;
        let core = self.clone();
        let (known, token) = self
            .db()
            .glance(move |tx| {
                let known = core.refresh(tx)?;
                let token = match &shown {
                    Some(shown) => core.shown_in(tx, shown, &known, now)?,
                    None => None,
                };
                Ok((known, token))
            })
            .await?;
        Ok((known, token.filter(|token| token.is_admitted(now, context.address))))
    }

    fn route<'a>(&'a self, mounts: &'a [Mount], path: &'a str) -> Option<Routed<'a>> {
        let mount = mount_of(mounts, path)?;
        let backend = self.backend(&mount.r#type)?.as_ref();
        let below = path.get(mount.path.len()..).unwrap_or_default();
        let found = framework::find(backend.paths(), below);
        Some(Routed { mount, backend, below, path: found })
    }

    /// Whether the request may go on. What its token may do there is told where that was asked.
    async fn admit(&self, asked: &Asked<'_>) -> Result<Option<Decision>, Fault> {
        let Asked { request, known, .. } = *asked;
        let is_help = request.operation == Operation::Help;
        let path = asked.path();
        if is_open(asked.routed.as_ref(), request) {
            return Ok(None);
        }
        let Some(token) = asked.token else {
            return Err(if request.token.is_some() { Fault::BadToken } else { Fault::NoToken });
        };
        if is_help {
            return Ok(None);
        }
        let operation = match &asked.routed {
            Some(routed) => self.operation(routed, request, token, asked.context).await?,
            None => request.operation,
        };
        let sudo = path.is_some_and(|path| path.sudo);
        self.authorize(token, known, operation, sudo, request).map(Some)
    }

    /// Does what was asked, which may be done.
    async fn perform(&self, asked: &Asked<'_>, decision: Option<Decision>) -> Answer {
        let Asked { request, context, token, .. } = *asked;
        if request.operation == Operation::Help {
            return help_of(asked.routed.as_ref(), request);
        }
        let Some(routed) = &asked.routed else {
            return Err(Fault::NoRoute(request.path.clone()));
        };
        let Some(decision) = decision else {
            return self.call(routed, request, token, context).await.map_err(Fault::bare);
        };
        let answer = self.call(routed, request, token, context).await?;
        match answer {
            Some(response) if request.operation == Operation::List => {
                paging::page(response, &request.data, decision.page_limit).map(Some)
            }
            answer => Ok(answer),
        }
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
        call.input.check()?;
        let exists = routed.backend.exists(&call).await?;
        Ok(if exists { Operation::Update } else { Operation::Create })
    }

    /// Counts a use of a token of which the uses are counted, refused requests among them. One
    /// without a use left is none.
    async fn use_up(&self, token: &mut Option<Token>) -> Result<(), Fault> {
        let Some(used) = token.as_mut().filter(|token| token.uses_left != 0) else { return Ok(()) };
        let hash = used.hash;
        match self.db().write(move |tx| store::use_token(tx, &hash)).await? {
            Some(left) => used.uses_left = left,
            None => *token = None,
        }
        Ok(())
    }

    /// Ends a token with its last use, and what it made.
    async fn end_if_used_up(&self, token: Option<&Token>, context: &Context) -> Result<(), Fault> {
        let Some(token) = token.filter(|token| token.uses_left == USED_UP) else { return Ok(()) };
        let (hash, now) = (token.hash, context.now);
        self.db().write(move |tx| store::revoke_token(tx, &hash, now)).await?;
        Ok(())
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
        routed: &Routed<'_>,
        request: &Request,
        token: Option<&Token>,
        context: &Context,
    ) -> Answer {
        let call = self.prepare(routed, request, token, context)?;
        if routed.mount.tainted {
            return Err(Fault::NoRoute(request.path.clone()));
        }
        if !call.path.operations.contains(&request.operation) {
            return Err(Fault::UnsupportedOperation);
        }
        call.input.check().map_err(|fault| match fault {
            Fault::Refused(text) => Fault::Refused(format!("Field validation failed: {text}")),
            other => other,
        })?;
        let answer = routed.backend.answer(&call).await?;
        Ok(answer.map(|response| with_unused(response, &call)))
    }
}

/// Whether a request needs no token.
fn is_open(routed: Option<&Routed<'_>>, request: &Request) -> bool {
    let path = routed.and_then(|routed| routed.path.as_ref());
    request.operation != Operation::Help && path.is_some_and(|(path, _)| path.open)
}

/// Names the fields that nothing was done with. Old documents that stand alone say nothing.
fn with_unused(mut response: Response, call: &Call<'_>) -> Response {
    if response.bare.is_some() || call.path.takes_anything {
        return response;
    }
    let mut unknown = call.input.unknown();
    if call.operation == Operation::List {
        unknown.retain(|name| !paging::FIELDS.contains(&name.as_str()));
    }
    let (unknown, replaced) = (unknown.join(" "), call.input.replaced().join(" "));
    if !unknown.is_empty() {
        response =
            response.warn(format!("Endpoint ignored these unrecognized parameters: [{unknown}]"));
    }
    if !replaced.is_empty() {
        response = response.warn(format!(
            "Endpoint replaced the value of these parameters with the values captured from the \
             endpoint's path: [{replaced}]"
        ));
    }
    response
}

fn help_of(routed: Option<&Routed<'_>>, request: &Request) -> Answer {
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
