//! Lists that tools read of every workspace they find, of things that this server does not have:
//! runs. They are empty, so that an inventory does not end at the first workspace.

use axum::extract::State;
use db::Tx;
use identity::{Caller, scope};
use kernel::Page;
use web::{Answer, ListQuery, RequestUrl, document::Document};

use super::target::{Address, Target};
use crate::Workspaces;

/// `GET workspaces/:id/runs`
pub(super) async fn runs(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let read = move |tx: &mut Tx<'_>| target.find(tx, &context).map(drop);
    workspaces.db().read(read).await?;
    Ok(Document::list(Page::of(Vec::new(), query.page), &url))
}

/// `GET organizations/:org/runs`
pub(super) async fn runs_of_organization(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let read = move |tx: &mut Tx<'_>| scope(tx, &context, &address).map(drop);
    workspaces.db().read(read).await?;
    Ok(Document::list(Page::of(Vec::new(), query.page), &url))
}
