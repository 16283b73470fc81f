//! The pages of workspaces: the list with its search, a new one, settings, variables, breaking a
//! lock; and the pages of variable sets.
//! The page of one workspace is the state crate's, since the state is what one looks for there.

mod access;
mod access_parts;
mod create;
mod list;
mod lock;
mod parts;
mod set_variables;
mod set_view;
mod settings;
mod variable_form;
mod variable_list;
mod variable_parts;
mod variable_set;
mod variable_sets;
mod variables;

pub use parts::{Place, cloud_block, lock_notice, sections, shell};

use web::{PageError, Routes};

use crate::Workspaces;

/// The result of a page.
type Shown<T = axum::response::Response> = Result<T, PageError>;

/// The pages' route table.
pub(crate) fn routes() -> Routes<Workspaces> {
    variables_of_sets(variable_sets(variables(Routes::new())))
        .get("/app/{organization}/workspaces", list::show)
        .post("/app/{organization}/workspaces", create::create)
        .get("/app/{organization}/new-workspace", create::show)
        .post("/app/{organization}/workspaces/{workspace}/force-unlock", lock::force_unlock)
        .get("/app/{organization}/workspaces/{workspace}/access", access::show)
        .post("/app/{organization}/workspaces/{workspace}/access", access::create)
        .get("/app/{organization}/workspaces/{workspace}/access/new", access::new)
        .get("/app/{organization}/workspaces/{workspace}/access/{grant}", access::edit)
        .post("/app/{organization}/workspaces/{workspace}/access/{grant}", access::update)
        .post("/app/{organization}/workspaces/{workspace}/access/{grant}/delete", access::delete)
        .get("/app/{organization}/workspaces/{workspace}/settings", settings::show)
        .post("/app/{organization}/workspaces/{workspace}/settings", settings::update)
        .post("/app/{organization}/workspaces/{workspace}/settings/delete", settings::delete)
}

fn variables(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const ALL: &str = "/app/{organization}/workspaces/{workspace}/variables";
    const ONE: &str = "/app/{organization}/workspaces/{workspace}/variables/{variable}";
    routes
        .get(ALL, variables::show)
        .post(ALL, variables::create)
        .get("/app/{organization}/workspaces/{workspace}/variables/new", variables::new)
        .get(ONE, variables::edit)
        .post(ONE, variables::update)
        .post(
            "/app/{organization}/workspaces/{workspace}/variables/{variable}/delete",
            variables::delete,
        )
        // Where older versions of the command line lead.
        .get("/app/{organization}/{workspace}/variables", variables::from_elsewhere)
}

fn variable_sets(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const ALL: &str = "/app/{organization}/settings/variable-sets";
    const ONE: &str = "/app/{organization}/settings/variable-sets/{set}";
    routes
        .get(ALL, variable_sets::list)
        .post(ALL, variable_sets::create)
        .get("/app/{organization}/settings/variable-sets/new", variable_sets::new)
        .get(ONE, variable_set::show)
        .post(ONE, variable_set::update)
        .post("/app/{organization}/settings/variable-sets/{set}/delete", variable_set::delete)
        .post("/app/{organization}/settings/variable-sets/{set}/places", variable_set::add_place)
        .post(
            "/app/{organization}/settings/variable-sets/{set}/places/remove",
            variable_set::remove_place,
        )
        .get("/app/{organization}/projects/{project}/variable-sets", variable_sets::list_of_project)
}

fn variables_of_sets(routes: Routes<Workspaces>) -> Routes<Workspaces> {
    const ALL: &str = "/app/{organization}/settings/variable-sets/{set}/variables";
    const ONE: &str = "/app/{organization}/settings/variable-sets/{set}/variables/{variable}";
    routes
        .post(ALL, set_variables::create)
        .get("/app/{organization}/settings/variable-sets/{set}/variables/new", set_variables::new)
        .get(ONE, set_variables::edit)
        .post(ONE, set_variables::update)
        .post(
            "/app/{organization}/settings/variable-sets/{set}/variables/{variable}/delete",
            set_variables::delete,
        )
}
