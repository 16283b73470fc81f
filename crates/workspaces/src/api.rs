//! Workspaces over HTTP: the route table, and what its handlers share.

mod explanation;
mod locks;
mod none;
mod relationships;
mod tags;
mod target;
mod team_workspaces;
mod view;
mod workspaces;

use web::Routes;

use crate::{Workspaces, pages};

/// Every route of this crate.
pub fn routes(workspaces: Workspaces) -> Routes {
    by_name(by_id(tagging(empty(Routes::new())))).merge(pages::routes()).with_state(workspaces)
}

fn by_name(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const LIST: &str = "/api/v2/organizations/{organization}/workspaces";
    const ONE: &str = "/api/v2/organizations/{organization}/workspaces/{name}";
    const SAFE_DELETE: &str =
        "/api/v2/organizations/{organization}/workspaces/{name}/actions/safe-delete";
    routes
        .get(LIST, workspaces::list)
        .post(LIST, workspaces::create)
        .get(ONE, workspaces::read)
        .patch(ONE, workspaces::update)
        .delete(ONE, workspaces::delete)
        .post(SAFE_DELETE, workspaces::safe_delete)
}

fn by_id(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const ONE: &str = "/api/v2/workspaces/{id}";
    const CONSUMERS: &str = "/api/v2/workspaces/{id}/relationships/remote-state-consumers";
    routes
        .get(ONE, workspaces::read)
        .patch(ONE, workspaces::update)
        .delete(ONE, workspaces::delete)
        .post("/api/v2/workspaces/{id}/actions/safe-delete", workspaces::safe_delete)
        .post("/api/v2/workspaces/{id}/actions/lock", locks::lock)
        .post("/api/v2/workspaces/{id}/actions/unlock", locks::unlock)
        .post("/api/v2/workspaces/{id}/actions/force-unlock", locks::force_unlock)
        .get(CONSUMERS, relationships::list_consumers)
        .post(CONSUMERS, relationships::add_consumers)
        .patch(CONSUMERS, relationships::replace_consumers)
        .delete(CONSUMERS, relationships::remove_consumers)
        .get("/api/v2/workspaces/{id}/access-explanation", explanation::read)
        .get("/api/v2/team-workspaces", team_workspaces::list)
        .post("/api/v2/team-workspaces", team_workspaces::create)
        .get("/api/v2/team-workspaces/{id}", team_workspaces::read)
        .patch("/api/v2/team-workspaces/{id}", team_workspaces::update)
        .delete("/api/v2/team-workspaces/{id}", team_workspaces::delete)
        .patch("/api/v2/workspaces/{id}/relationships/ssh-key", relationships::set_ssh_key)
        .post("/api/v2/projects/{id}/relationships/workspaces", relationships::move_to_project)
}

fn tagging(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const TAGS: &str = "/api/v2/workspaces/{id}/relationships/tags";
    const BINDINGS: &str = "/api/v2/workspaces/{id}/tag-bindings";
    const BINDINGS_TOO: &str = "/api/v2/workspaces/{id}/relationships/tag-bindings";
    const ALL: &str = "/api/v2/organizations/{organization}/tags";
    routes
        .get(TAGS, tags::list)
        .post(TAGS, tags::add)
        .delete(TAGS, tags::remove)
        .get(BINDINGS, tags::list_bindings)
        .patch(BINDINGS, tags::put_bindings)
        .get(BINDINGS_TOO, tags::list_bindings)
        .patch(BINDINGS_TOO, tags::put_bindings)
        .get("/api/v2/workspaces/{id}/effective-tag-bindings", tags::list_effective)
        .get(ALL, tags::list_of_organization)
        .delete(ALL, tags::delete)
        .post("/api/v2/tags/{id}/relationships/workspaces", tags::add_to_workspaces)
}

fn empty(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    routes
        .get("/api/v2/workspaces/{id}/runs", none::runs)
        .get("/api/v2/organizations/{organization}/runs", none::runs_of_organization)
        .get("/api/v2/workspaces/{id}/vars", none::variables)
        .get("/api/v2/workspaces/{id}/all-vars", none::variables)
}
