//! Versions, outputs and resources as JSON:API resources.

use barrier::sha256;
use kernel::{Context, OutputId, Timestamp, WorkspaceId};
use serde::Serialize;
use serde_json::value::RawValue;
use web::document::Resource;
use workspaces::Workspace;

use crate::{Instance, Output, Status, Version, links::Links, signed::Deed, summary::Head};

/// What clients read about a version. Lists leave modules, providers and resources out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a> {
    created_at: Timestamp,
    size: i64,
    serial: i64,
    state_version: Option<i64>,
    status: &'static str,
    intermediate: bool,
    terraform_version: Option<&'a str>,
    resources_processed: bool,
    modules: Option<&'a RawValue>,
    providers: Option<&'a RawValue>,
    resources: Option<&'a RawValue>,
    hosted_state_download_url: Option<String>,
    hosted_json_state_download_url: Option<String>,
    hosted_state_upload_url: Option<String>,
    hosted_json_state_upload_url: Option<String>,
    sanitized_state_download_url: Option<()>,
    sanitized_state_upload_url: Option<()>,
    encrypted_state_download_url: Option<()>,
    vcs_commit_sha: Option<()>,
    vcs_commit_url: Option<()>,
    billable_rum_count: Option<()>,
}

/// What is shown of a version, beside the version itself.
pub(crate) struct Shown<'a> {
    /// For whom.
    pub(crate) context: &'a Context,
    /// The workspace it belongs to.
    pub(crate) workspace: &'a Workspace,
    /// What was read out of it.
    pub(crate) head: Option<&'a Head>,
    /// Its outputs.
    pub(crate) output_ids: &'a [OutputId],
}

impl Links {
    /// A version as a resource.
    pub(crate) fn version_resource(&self, version: &Version, shown: &Shown<'_>) -> Resource {
        let finalized = version.status == Status::Finalized;
        let attributes = Attributes {
            created_at: version.created_at,
            size: version.size.unwrap_or(0),
            serial: version.serial,
            state_version: version.format,
            status: version.status.as_str(),
            intermediate: is_intermediate(version, shown.workspace),
            terraform_version: version.terraform_version.as_deref(),
            resources_processed: finalized,
            modules: shown.head.map(|head| &*head.modules),
            providers: shown.head.map(|head| &*head.providers),
            resources: shown.head.map(|head| &*head.resources),
            hosted_state_download_url: self.url(version, Deed::DownloadState, shown.context),
            hosted_json_state_download_url: self.url(version, Deed::DownloadJson, shown.context),
            hosted_state_upload_url: self.url(version, Deed::UploadState, shown.context),
            hosted_json_state_upload_url: self.url(version, Deed::UploadJson, shown.context),
            sanitized_state_download_url: None,
            sanitized_state_upload_url: None,
            encrypted_state_download_url: None,
            vcs_commit_sha: None,
            vcs_commit_url: None,
            billable_rum_count: None,
        };
        let outputs = shown.output_ids.iter().map(|id| ("state-version-outputs", id));
        Resource::new("state-versions", version.id)
            .attributes(attributes)
            .one("run", version.run_id.map(|id| ("runs", id)))
            .one("created-by", version.created_by_user_id.map(|id| ("users", id)))
            .one("workspace", Some(("workspaces", version.workspace_id)))
            .many("outputs", outputs)
            .one("rollback-state-version", version.rollback_of.map(|id| ("state-versions", id)))
            .link("self", format!("/api/v2/state-versions/{}", version.id))
    }

    /// The absolute URL for a deed, while it makes sense. Only its maker can complete a version.
    fn url(&self, version: &Version, deed: Deed, context: &Context) -> Option<String> {
        let mine = match context.user() {
            Some(user) => Some(user.id) == version.created_by_user_id,
            None => context.token().is_some() && context.token() == version.token_id,
        };
        let possible = match deed {
            Deed::UploadState => version.status == Status::Pending && mine,
            Deed::UploadJson => {
                version.status == Status::Pending && mine && version.json_content_id.is_none()
            }
            Deed::DownloadState => version.content_id.is_some(),
            Deed::DownloadJson => version.json_content_id.is_some(),
        };
        let path = possible.then(|| self.path(version, deed, context)).flatten()?;
        Some(format!("{}{path}", self.settings.external_url))
    }
}

/// Whether a version is a snapshot on the way: another followed under the same holding of the
/// lock, or still may. Giving the lock back makes the last one final.
fn is_intermediate(version: &Version, workspace: &Workspace) -> bool {
    let held = workspace.lock.as_ref().is_some_and(|lock| lock.id == version.lock_id);
    version.intermediate || held
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct OutputAttributes<'a> {
    name: &'a str,
    sensitive: bool,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    value: Option<&'a RawValue>,
    /// Null makes clients read the whole state instead.
    detailed_type: Option<&'a RawValue>,
}

/// An output as a resource. Where outputs come in numbers, sensitive values are left out.
pub(crate) fn output_resource(output: &Output, reveal: bool) -> Resource {
    let attributes = OutputAttributes {
        name: &output.name,
        sensitive: output.sensitive,
        kind: output.type_name(),
        value: output.value.as_deref().filter(|_| reveal || !output.sensitive),
        detailed_type: output.kind.as_deref().filter(|_| output.value.is_some()),
    };
    Resource::new("state-version-outputs", output.id)
        .attributes(attributes)
        .link("self", format!("/api/v2/state-version-outputs/{}", output.id))
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct InstanceAttributes<'a> {
    address: &'a str,
    name: &'a str,
    created_at: Timestamp,
    updated_at: Timestamp,
    module: &'a str,
    provider: &'a str,
    provider_type: &'a str,
    modified_by_state_version_id: String,
    name_index: Option<&'a str>,
}

/// An instance of a resource. States don't say when it was made or changed, so both are the
/// instant of the version it was read out of.
pub(crate) fn instance_resource(
    workspace: WorkspaceId,
    version: &Version,
    instance: &Instance,
) -> Resource {
    let at = version.finalized_at.unwrap_or(version.created_at);
    Resource::new("resources", instance_id(workspace, &instance.address)).attributes(
        InstanceAttributes {
            address: &instance.address,
            name: &instance.name,
            created_at: at,
            updated_at: at,
            module: &instance.module,
            provider: provider_name(&instance.provider),
            provider_type: &instance.kind,
            modified_by_state_version_id: version.id.to_string(),
            name_index: instance.index.as_deref(),
        },
    )
}

/// Instances have no rows, so their id is derived from what they are.
fn instance_id(workspace: WorkspaceId, address: &str) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let hash = sha256(format!("{workspace} {address}"));
    let characters = hash
        .iter()
        .take(16)
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .map(|byte| char::from(*byte));
    format!("wsr-{}", characters.collect::<String>())
}

/// `hashicorp/null` of `provider["registry.terraform.io/hashicorp/null"].east`.
fn provider_name(provider: &str) -> &str {
    let Some((_, rest)) = provider.split_once("[\"") else { return provider };
    let source = rest.split_once("\"]").map_or(rest, |(source, _)| source);
    source.split_once('/').map_or(source, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_have_short_names() {
        for (provider, name) in [
            (r#"provider["registry.terraform.io/hashicorp/null"]"#, "hashicorp/null"),
            (r#"provider["registry.terraform.io/hashicorp/aws"].east"#, "hashicorp/aws"),
            (r#"module.a.provider["terraform.io/builtin/terraform"]"#, "builtin/terraform"),
            ("provider.aws", "provider.aws"),
            (r#"provider["odd"#, "odd"),
        ] {
            assert_eq!(provider_name(provider), name);
        }
    }

    #[test]
    fn ids_of_instances_are_stable_and_well_formed() {
        let workspace = WorkspaceId::generate();
        let id = instance_id(workspace, "a.b");
        assert_eq!(id, instance_id(workspace, "a.b"));
        assert_ne!(id, instance_id(workspace, "a.c"));
        assert_eq!(id.len(), "wsr-".len() + 16);
    }
}
