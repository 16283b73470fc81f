//! Who may see these pages: whoever administers the site, while the engine is not sealed.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use identity::Visitor;
use kernel::{Context, Denial, Error};
use serde_json::{Map, Value};
use web::{
    PageError,
    page::{Markup, code_block, heading, html, page},
};

use super::frame;
use crate::{
    Credentials, Operation, fault::Fault, known::Known, mount::Mount, response, ttl::Limits,
    view::View,
};

/// A site administrator in a browser session, as an extractor. To everybody else the page is not
/// there; while the engine is sealed, the page says so instead of what it is about.
pub(super) struct Administrator {
    pub(super) visitor: Visitor,
    pub(super) core: Credentials,
    /// Mounts and policies as they are.
    pub(super) known: Arc<Known>,
}

impl FromRequestParts<Credentials> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, core: &Credentials) -> Result<Self, Response> {
        let visitor = <Visitor as FromRequestParts<Credentials>>::from_request_parts(parts, core);
        let visitor = visitor.await.map_err(IntoResponse::into_response)?;
        if !visitor.user().site_admin {
            return Err(failed(hidden()));
        }
        let refreshing = core.clone();
        let known = core.db().glance(move |tx| refreshing.refresh(tx)).await.map_err(failed)?;
        if core.seal().is_sealed() {
            return Err(sealed_page(core, &visitor).await);
        }
        Ok(Self { visitor, core: core.clone(), known })
    }
}

fn failed(error: Error) -> Response {
    PageError(error).into_response()
}

fn hidden() -> Error {
    Error::not_found().denying(Denial {
        right: "administer-site",
        organization: None,
        resource_kind: "site",
        resource_id: String::new(),
    })
}

impl Administrator {
    /// Who asks, when, and from where.
    pub(super) const fn context(&self) -> &Context {
        &self.visitor.context
    }

    /// What the forms of the page prove themselves by.
    pub(super) fn csrf(&self) -> String {
        self.visitor.csrf()
    }

    /// Writes to a path of the API in the person's name. What it refuses is an error for the form.
    pub(super) async fn write(
        &self,
        path: &str,
        data: Map<String, Value>,
    ) -> Result<Option<response::Response>, Fault> {
        self.core.act(self.context(), Operation::Update, path, data).await
    }

    /// Deletes at a path of the API in the person's name.
    pub(super) async fn delete(&self, path: &str) -> Result<Option<response::Response>, Fault> {
        self.core.act(self.context(), Operation::Delete, path, Map::new()).await
    }

    /// The door to what a mount keeps.
    pub(super) fn view(&self, mount: &Mount) -> kernel::Result<View> {
        let view = self.core.view(mount);
        view.map_err(|fault| frame::problem(fault).unwrap_or_else(|error| error))
    }

    /// How long leases last where no mount says otherwise.
    pub(super) fn system_limits(&self) -> Limits {
        let settings = self.core.settings();
        Limits { default: settings.default_lease_ttl, max: settings.max_lease_ttl }
    }

    /// The mount with this id.
    pub(super) fn mount(&self, uuid: &str) -> Option<&Mount> {
        self.known.mounts.iter().find(|mount| mount.uuid == uuid)
    }

    /// The mount that addresses name by its accessor.
    pub(super) fn mount_named(&self, accessor: &str) -> kernel::Result<&Mount> {
        let mount = self.known.mounts.iter().find(|mount| mount.accessor == accessor);
        mount.ok_or_else(Error::not_found)
    }
}

/// What stands in the place of every page while nobody has opened the seal.
async fn sealed_page(core: &Credentials, visitor: &Visitor) -> Response {
    let initialized = match core.written_seal().await {
        Ok(written) => written.is_some(),
        Err(fault) => return failed(frame::problem(fault).unwrap_or_else(|error| error)),
    };
    let shell = frame::shell(visitor, "Short-lived credentials", "")
        .status(StatusCode::SERVICE_UNAVAILABLE);
    page(shell, sealed_contents(&core.settings().external_url, initialized))
}

fn sealed_contents(address: &str, initialized: bool) -> Markup {
    let (title, command) = if initialized {
        ("The credential engine is sealed", "unseal")
    } else {
        ("The credential engine is not initialized", "init")
    };
    html! {
        (heading(title, html! {
            "Until it is open nothing can be read, given out, renewed or revoked here. "
            @if initialized { "People hold the key in shares: whoever has one gives theirs." }
            @else { "The first to initialize it gets the shares of its key." }
        }, html! {}))
        (code_block("In a terminal", &format!(
            "export BAO_ADDR={address}\nbao operator {command}"
        )))
    }
}
