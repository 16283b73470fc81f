//! What clients other than Terraform itself lean on: the official SDKs, the provider, inventories.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{
    LINEAGE, announcement, create, cycle, ids, lock, md5, resource, state, unlock,
};

const LIST: &str = "organizations/acme/workspaces";

/// What a document includes, as type and id.
#[track_caller]
fn included(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let included = answer.at("/included").as_array().cloned().unwrap_or_default();
    included.iter().map(|item| (text(&item["type"]), text(&item["id"]))).collect()
}

/// The included resources of a type.
fn of_type(answer: &Answer, kind: &str) -> Vec<Value> {
    let included = answer.at("/included").as_array().cloned().unwrap_or_default();
    included.into_iter().filter(|item| item["type"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_brings_its_current_state_along() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let version = cycle(&maintainer, &id, 1, LINEAGE).await;
    let by_id = format!("workspaces/{id}");
    let by_name = format!("{LIST}/network");
    for path in [&by_id, &by_name, LIST] {
        for name in ["current_state_version", "current-state-version"] {
            let read = maintainer.get(&format!("{path}?include={name}")).await.expect(200);
            assert_eq!(included(&read), [("state-versions".to_owned(), version.clone())]);
            let attributes = &of_type(&read, "state-versions")[0]["attributes"];
            assert_eq!(attributes["serial"], 1);
            assert_eq!(attributes["status"], "finalized");
            let url = attributes["hosted-state-download-url"].as_str().expect("a URL");
            assert_eq!(maintainer.get(url).await.expect(200).body, state(1, LINEAGE));
        }
    }
    assert!(included(&maintainer.get(&by_id).await.expect(200)).is_empty());
    // What there can't be is not missed.
    let others = "readme,current_run.plan,current_configuration_version,nonsense";
    assert!(
        included(&maintainer.get(&format!("{by_id}?include={others}")).await.expect(200))
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_brings_its_outputs_along_but_no_secrets() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let (id, empty) = (maintainer.workspace("network").await, maintainer.workspace("empty").await);
    let version = cycle(&maintainer, &id, 1, LINEAGE).await;
    let path = format!("workspaces/{id}");
    for include in ["outputs", "current_state_version.outputs", "outputs,current_state_version"] {
        let read = maintainer.get(&format!("{path}?include={include}")).await.expect(200);
        let outputs = of_type(&read, "state-version-outputs");
        let names: Vec<&Value> =
            outputs.iter().map(|output| &output["attributes"]["name"]).collect();
        assert_eq!(names, ["greeting", "password"], "{include}");
        assert_eq!(outputs[0]["attributes"]["value"], "hello 1");
        assert_eq!(outputs[1]["attributes"]["value"], Value::Null);
        assert!(!read.text().contains("canary-sensitive-output"));
        let linked = |value: &Value| value["data"].as_array().map(Vec::len);
        if include.starts_with("outputs") {
            assert_eq!(linked(&read.at("/data/relationships/outputs")), Some(2));
        }
        let versions = of_type(&read, "state-versions");
        assert_eq!(versions.len(), usize::from(include != "outputs"));
        for included in versions {
            assert_eq!(included["id"], version.as_str());
            assert_eq!(linked(&included["relationships"]["outputs"]), Some(2));
        }
    }
    let none =
        maintainer.get(&format!("workspaces/{empty}?include=outputs,current_state_version")).await;
    assert!(included(&none.expect(200)).is_empty());
    // A list includes each one's own; nobody else's document shows anything.
    let list = maintainer.get(&format!("{LIST}?include=outputs&sort=-name")).await.expect(200);
    assert_eq!(list.at("/data/0/relationships/outputs/data").as_array().map(Vec::len), Some(2));
    assert_eq!(list.at("/data/1/relationships/outputs/data"), json!([]));
    server.stranger().await.get(&format!("{path}?include=outputs")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_about_another_kind_of_thing_is_refused() {
    let server = TestServer::start().await;
    let (owner, root) = (server.owner().await, server.site_admin().await);
    let id = owner.workspace("network").await;
    let project =
        owner.post("organizations/acme/projects", resource("projects", json!({"name": "other"})));
    let project = format!("projects/{}", project.await.expect(201).id());
    let user = owner.get("account/details").await.expect(200).id();
    lock(&owner, &id).await.expect(200);
    let (workspace, versions) =
        (format!("workspaces/{id}"), format!("workspaces/{id}/state-versions"));
    let tokens = format!("users/{user}/authentication-tokens");
    let named = |name: &str| json!({"name": name});
    let version = announcement(1, LINEAGE, &md5(b"x"), false)["data"]["attributes"].clone();
    for (caller, method, path, attributes) in [
        (&owner, Method::POST, LIST, named("more")),
        (&owner, Method::PATCH, &workspace, json!({"description": "x"})),
        (&owner, Method::POST, "organizations/acme/projects", named("more")),
        (&owner, Method::PATCH, &project, json!({"description": "x"})),
        (&root, Method::POST, "organizations", json!({"name": "more", "email": "a@example.com"})),
        (&owner, Method::PATCH, "organizations/acme", json!({})),
        (
            &owner,
            Method::POST,
            "organizations/acme/organization-memberships",
            json!({"email": "new@example.com"}),
        ),
        (&owner, Method::PATCH, "account/update", json!({})),
        (&owner, Method::POST, &tokens, json!({"description": "x"})),
        (&owner, Method::POST, &versions, version),
        (&owner, Method::PATCH, &versions, json!({})),
    ] {
        let body = resource("teams", attributes).to_string();
        let refused = caller.raw(method, path, "application/vnd.api+json", body).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), "/data/type", "{path}");
    }
    assert_eq!(owner.get(LIST).await.attributes("name"), ["network"]);
    for (name, body) in [
        ("absent", json!({"data": {"attributes": {"name": "absent"}}})),
        ("empty", resource("", named("empty"))),
    ] {
        assert_eq!(owner.post(LIST, body).await.expect(201).attribute("name"), name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_repository_can_be_written_as_an_empty_object() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let none = [json!({}), Value::Null, json!({"identifier": null})];
    for (number, repository) in none.into_iter().enumerate() {
        let name = format!("network-{number}");
        let attributes = json!({"name": name, "vcs-repo": repository, "setting-overwrites": {},
            "agent-pool-id": ""});
        let made = maintainer.post(LIST, resource("workspaces", attributes)).await.expect(201);
        assert_eq!(made.attribute("vcs-repo"), Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_value_looks_for_any() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let tag =
        json!({"data": [{"type": "tag-bindings", "attributes": {"key": "env", "value": "dev"}}]});
    maintainer.patch(&format!("workspaces/{id}/tag-bindings"), tag).await.expect(200);
    for (value, found) in [("", 1), ("dev", 1), ("prod", 0)] {
        let query = format!("filter[tagged][0][key]=env&filter[tagged][0][value]={value}");
        assert_eq!(ids(&maintainer.get(&format!("{LIST}?{query}")).await.expect(200)).len(), found);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inventories_find_no_runs_and_need_no_variables() {
    let server = TestServer::start().await;
    let (maintainer, stranger) = (server.maintainer().await, server.stranger().await);
    let id = maintainer.workspace("network").await;
    for path in [
        format!("workspaces/{id}/runs"),
        format!("workspaces/{id}/vars"),
        format!("workspaces/{id}/all-vars"),
        "organizations/acme/runs".to_owned(),
    ] {
        let list = maintainer.get(&path).await.expect(200);
        assert_eq!(list.at("/data"), json!([]), "{path}");
        stranger.get(&path).await.expect(404);
    }
    let runs = maintainer.get(&format!("workspaces/{id}/runs?page[size]=5")).await;
    assert_eq!(runs.at("/meta/pagination/total-count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_may_delete_the_default_project_and_its_document_says_so() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let body = resource("projects", json!({"name": "other"}));
    owner.post("organizations/acme/projects", body).await.expect(201);
    let projects = owner.get("organizations/acme/projects").await.expect(200);
    let deletable = projects
        .attributes("permissions")
        .iter()
        .map(|all| all["can-destroy"].clone())
        .collect::<Vec<_>>();
    assert_eq!(projects.attributes("name"), ["default", "other"]);
    assert_eq!(deletable, [false, true]);
    owner.delete(&format!("projects/{}", ids(&projects)[0])).await.expect(409);
}

/// The id of the token that a caller shows.
async fn token_id(caller: &Caller) -> String {
    let user = caller.get("account/details").await.expect(200).id();
    let tokens = caller.get(&format!("users/{user}/authentication-tokens")).await.expect(200);
    // The newest stands first.
    ids(&tokens).swap_remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_url_ends_with_the_token_it_was_given_to() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let id = owner.workspace("network").await;
    cycle(&owner, &id, 1, LINEAGE).await;
    let url = async |caller: &Caller| {
        let version = caller.get(&format!("workspaces/{id}/current-state-version")).await;
        version.expect(200).attribute("hosted-state-download-url").as_str().unwrap().to_owned()
    };
    let (of_member, of_owner) = (url(&maintainer).await, url(&owner).await);
    let nobody = server.anonymous();
    nobody.get(&of_member).await.expect(200);
    let token = token_id(&maintainer).await;
    server.maintainer().await.delete(&format!("authentication-tokens/{token}")).await.expect(204);
    nobody.get(&of_member).await.expect(401);
    // A good token beside it does not bring it back.
    owner.get(&of_member).await.expect(401);
    nobody.get(&of_owner).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_url_ends_with_the_membership_of_its_holder() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let id = owner.workspace("network").await;
    cycle(&owner, &id, 1, LINEAGE).await;
    let version =
        maintainer.get(&format!("workspaces/{id}/current-state-version")).await.expect(200);
    let url = version.attribute("hosted-state-download-url").as_str().unwrap().to_owned();
    server.anonymous().get(&url).await.expect(200);
    let list = "organizations/acme/organization-memberships?filter[email]=maintainer@example.com";
    let membership = ids(&owner.get(list).await.expect(200))[0].clone();
    owner.delete(&format!("organization-memberships/{membership}")).await.expect(204);
    server.anonymous().get(&url).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_fails_once_the_token_was_revoked() {
    let server = TestServer::start().await;
    let (maintainer, again) = (server.maintainer().await, server.maintainer().await);
    let id = maintainer.workspace("network").await;
    lock(&maintainer, &id).await.expect(200);
    let bytes = state(1, LINEAGE);
    // `maintainer` took the first token, so `again` has the newest: the one to be revoked.
    let created = create(&again, &id, 1, LINEAGE, &bytes).await.expect(201);
    let url = |name: &str| created.attribute(name).as_str().unwrap().to_owned();
    let token = token_id(&again).await;
    maintainer.delete(&format!("authentication-tokens/{token}")).await.expect(204);
    again.get("account/details").await.expect(401);
    maintainer.upload(&url("hosted-json-state-upload-url"), "{}").await.expect(401);
    maintainer.upload(&url("hosted-state-upload-url"), bytes.clone()).await.expect(401);
    maintainer.get(&format!("workspaces/{id}/current-state-version")).await.expect(404);
    let version = maintainer.get(&format!("state-versions/{}", created.id())).await.expect(200);
    assert_eq!(version.attribute("status"), "discarded");
    // Nothing is awaited any longer, so the lock can be given back.
    unlock(&maintainer, &id).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_still_coming_in_when_the_token_is_revoked_are_not_kept() {
    let server = TestServer::start().await;
    let (maintainer, again) = (server.maintainer().await, server.maintainer().await);
    let id = maintainer.workspace("network").await;
    lock(&maintainer, &id).await.expect(200);
    let bytes = state(1, LINEAGE);
    let mut document = announcement(1, LINEAGE, &md5(&bytes), false);
    document["data"]["attributes"]["state"] = BASE64_STANDARD.encode(&bytes).into();
    let text = document.to_string().into_bytes();
    let (sender, pieces) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(2);
    let body = reqwest::Body::wrap_stream(tokio_stream::wrappers::ReceiverStream::new(pieces));
    let path = format!("workspaces/{id}/state-versions");
    let sending = tokio::spawn({
        let again = again.clone();
        async move { again.raw(Method::POST, &path, "application/vnd.api+json", body).await }
    });
    let (first, rest) = text.split_at(text.len() / 2);
    sender.send(Ok(first.to_vec())).await.unwrap();
    // Long enough for the server to have seen the token. If it has not, the answer is the same.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let token = token_id(&maintainer).await;
    maintainer.delete(&format!("authentication-tokens/{token}")).await.expect(204);
    sender.send(Ok(rest.to_vec())).await.unwrap();
    drop(sender);
    sending.await.unwrap().expect(401);
    maintainer.get(&format!("workspaces/{id}/current-state-version")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_from_a_page_ends_with_its_session() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = owner.workspace("network").await;
    let version = cycle(&owner, &id, 1, LINEAGE).await;
    server.maintainer().await;
    let browser = server.browser_of("maintainer").await;
    let page = format!("/app/acme/workspaces/network/states/{version}/download");
    let download = browser.submit(&page, &[]).await.expect(303);
    let path = download.header("location").unwrap().to_owned();
    assert_eq!(server.anonymous().get(&path).await.expect(200).body, state(1, LINEAGE));
    browser.submit("/app/sign-out", &[]).await.expect(303);
    server.anonymous().get(&path).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_the_wrong_kind_are_refused_in_plain_words() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    for (attributes, detail) in [
        (json!({"name": 5}), "expected a string, not the integer `5`"),
        (
            json!({"name": "x", "auto-apply": "yes"}),
            "expected true or false, not the string \"yes\"",
        ),
        (json!({"name": "x", "vcs-repo": []}), "expected an object, not a list"),
        (json!({"name": "x", "trigger-prefixes": {}}), "expected a list, not an object"),
    ] {
        let refused = maintainer.post(LIST, resource("workspaces", attributes)).await.expect(422);
        assert_eq!(refused.error(), detail);
    }
    let attributes = json!({"name": "x", "source": "weird"});
    let refused = maintainer.post(LIST, resource("workspaces", attributes)).await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), "/data/attributes/source");
}
