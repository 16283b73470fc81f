//! Workspaces over HTTP: the route table, and what its handlers share.

mod explanation;
mod locks;
mod none;
mod relationships;
mod reserved_tag_keys;
mod set_variables;
mod tags;
mod target;
mod team_workspaces;
mod variable_sets;
mod variables;
mod view;
mod workspaces;

use web::Routes;

use crate::{Workspaces, pages};

/// Every route of this crate.
pub fn routes(workspaces: Workspaces) -> Routes {
    let routes = by_name(by_id(tagging(empty(Routes::new()))));
    sets(variables(routes)).merge(pages::routes()).with_state(workspaces)
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
    const RESERVED: &str = "/api/v2/organizations/{organization}/reserved-tag-keys";
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
        .get(RESERVED, reserved_tag_keys::list)
        .post(RESERVED, reserved_tag_keys::create)
        .patch("/api/v2/reserved-tag-keys/{id}", reserved_tag_keys::update)
        .delete("/api/v2/reserved-tag-keys/{id}", reserved_tag_keys::delete)
}

fn variables(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const ALL: &str = "/api/v2/workspaces/{id}/vars";
    const ALL_TOO: &str = "/api/v2/workspaces/{id}/relationships/vars";
    const ONE: &str = "/api/v2/workspaces/{id}/vars/{variable}";
    const OLD: &str = "/api/v2/vars";
    const OLD_ONE: &str = "/api/v2/vars/{variable}";
    routes
        .get(ALL, variables::list)
        .post(ALL, variables::create)
        .get(ALL_TOO, variables::list)
        .post(ALL_TOO, variables::create)
        .get(ONE, variables::read)
        .patch(ONE, variables::update)
        .delete(ONE, variables::delete)
        .get("/api/v2/workspaces/{id}/all-vars", variables::list_effective)
        .get(OLD, variables::list_by_name)
        .post(OLD, variables::create_by_name)
        .patch(OLD_ONE, variables::update_by_id)
        .delete(OLD_ONE, variables::delete_by_id)
}

fn sets(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const ALL: &str = "/api/v2/organizations/{organization}/varsets";
    const ONE: &str = "/api/v2/varsets/{id}";
    const WORKSPACES: &str = "/api/v2/varsets/{id}/relationships/workspaces";
    const PROJECTS: &str = "/api/v2/varsets/{id}/relationships/projects";
    const VARIABLES: &str = "/api/v2/varsets/{id}/relationships/vars";
    const VARIABLE: &str = "/api/v2/varsets/{id}/relationships/vars/{variable}";
    routes
        .get(ALL, variable_sets::list)
        .post(ALL, variable_sets::create)
        .get("/api/v2/projects/{id}/varsets", variable_sets::list_of_project)
        .get("/api/v2/workspaces/{id}/varsets", variable_sets::list_of_workspace)
        .get(ONE, variable_sets::read)
        .patch(ONE, variable_sets::update)
        .delete(ONE, variable_sets::delete)
        .post(WORKSPACES, variable_sets::add_workspaces)
        .delete(WORKSPACES, variable_sets::remove_workspaces)
        .post(PROJECTS, variable_sets::add_projects)
        .delete(PROJECTS, variable_sets::remove_projects)
        .get(VARIABLES, set_variables::list)
        .post(VARIABLES, set_variables::create)
        .get(VARIABLE, set_variables::read)
        .patch(VARIABLE, set_variables::update)
        .delete(VARIABLE, set_variables::delete)
}

fn empty(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    routes
        .get("/api/v2/workspaces/{id}/runs", none::runs)
        .get("/api/v2/organizations/{organization}/runs", none::runs_of_organization)
}
