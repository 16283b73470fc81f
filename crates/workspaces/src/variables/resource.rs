//! Variables as JSON:API resources.

use kernel::{Secret, Timestamp};
use serde::Serialize;
use web::document::Resource;

use super::{Owner, Variable};
use crate::workspace::Workspace;

const KIND: &str = "vars";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a> {
    key: &'a str,
    value: Option<&'a str>,
    sensitive: bool,
    category: &'static str,
    hcl: bool,
    created_at: Timestamp,
    description: Option<&'a str>,
    version_id: &'a str,
}

fn attributes(variable: &Variable) -> Attributes<'_> {
    Attributes {
        key: &variable.key,
        value: variable.value.as_ref().map(Secret::expose).map(String::as_str),
        sensitive: variable.sensitive,
        category: variable.category.as_str(),
        hcl: variable.hcl,
        created_at: variable.created_at,
        description: Some(variable.description.as_str()).filter(|text| !text.is_empty()),
        version_id: &variable.version,
    }
}

/// A workspace's own variable, with the workspace's address.
pub(crate) fn variable_resource(
    variable: &Variable,
    workspace: &Workspace,
    organization: &str,
) -> Resource {
    let (workspace_id, name) = (workspace.id, &workspace.name);
    Resource::new(KIND, variable.id)
        .attributes(attributes(variable))
        .one("configurable", Some(("workspaces", workspace_id)))
        .relationship_link(
            "configurable",
            "related",
            format!("/api/v2/organizations/{organization}/workspaces/{name}"),
        )
        .link("self", format!("/api/v2/workspaces/{workspace_id}/vars/{}", variable.id))
}

/// A variable that counts for a workspace, wherever it comes from. Clients read every one of them
/// as a workspace's, so `configurable` is the workspace also where a set has it.
pub(crate) fn effective_variable_resource(
    variable: &Variable,
    workspace: &Workspace,
    organization: &str,
) -> Resource {
    match variable.owner {
        Owner::Workspace(_) => variable_resource(variable, workspace, organization),
        Owner::Set(_) => {
            set_variable_resource(variable).one("configurable", Some(("workspaces", workspace.id)))
        }
    }
}

/// A set's variable.
pub(crate) fn set_variable_resource(variable: &Variable) -> Resource {
    let resource = Resource::new(KIND, variable.id).attributes(attributes(variable));
    let Owner::Set(set) = variable.owner else { return resource };
    resource
        .one("varset", Some(("varsets", set)))
        .link("self", format!("/api/v2/varsets/{set}/relationships/vars/{}", variable.id))
}
