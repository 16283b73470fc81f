//! Every list, walked to its end as clients do.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{LINEAGE, create, cycle, ids, linkages, lock, resource};

/// More than one page of the usual size.
const MANY: usize = 23;

/// Adds parameters to a path that may have some.
fn with(path: &str, parameters: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}{parameters}")
}

#[track_caller]
fn pagination(answer: &Answer, name: &str) -> Value {
    answer.at(&format!("/meta/pagination/{name}"))
}

/// Follows `next-page` while there should be more pages, as the Go client does.
async fn walk(caller: &Caller, path: &str, size: usize) -> Vec<String> {
    let (mut seen, mut number) = (Vec::new(), json!(1));
    for _ in 0..1_000 {
        let page = with(path, &format!("page%5Bnumber%5D={number}&page%5Bsize%5D={size}"));
        let answer = caller.get(&page).await.expect(200);
        seen.extend(ids(&answer));
        let (current, total) =
            (pagination(&answer, "current-page"), pagination(&answer, "total-pages"));
        assert_eq!(current, number);
        assert_eq!(pagination(&answer, "page-size"), json!(size));
        assert!(answer.at("/links/self").is_string() && answer.at("/links/first").is_string());
        if current.as_u64() >= total.as_u64() {
            assert_eq!(pagination(&answer, "next-page"), Value::Null);
            assert_eq!(answer.at("/links/next"), Value::Null);
            assert_eq!(pagination(&answer, "total-count"), json!(seen.len()), "{path}");
            return seen;
        }
        assert_eq!(ids(&answer).len(), size, "{path}");
        let next = answer.at("/links/next");
        let linked = caller.get(next.as_str().unwrap()).await.expect(200);
        number = pagination(&answer, "next-page");
        assert_eq!(pagination(&linked, "current-page"), number);
    }
    panic!("{path} has no end");
}

/// Walks a list in pages of several sizes; each must show the same things, once, in one order.
async fn assert_walks(caller: &Caller, path: &str, length: usize) {
    let all = walk(caller, path, 100).await;
    assert_eq!(all.len(), length, "{path}");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), length, "{path}");
    for size in [7, 20] {
        assert_eq!(walk(caller, path, size).await, all, "{path} by {size}");
    }
    let usual = caller.get(path).await.expect(200);
    assert_eq!(ids(&usual), all[..length.min(20)], "{path}");
    let beyond = caller.get(&with(path, "page[number]=99&page[size]=20")).await.expect(200);
    assert_eq!(beyond.at("/data"), json!([]));
    assert_eq!(pagination(&beyond, "total-count"), json!(length));
    assert_eq!(pagination(&beyond, "current-page"), json!(99));
    assert_eq!(pagination(&beyond, "next-page"), Value::Null);
    // More than the largest page is the largest page.
    let large = caller.get(&with(path, "page[size]=99999999999999999999")).await.expect(200);
    assert_eq!(pagination(&large, "page-size"), json!(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_members_projects_and_tokens() {
    let server = TestServer::start().await;
    let (root, owner) = (server.site_admin().await, server.owner().await);
    let user = owner.get("account/details").await.expect(200).id();
    let tokens = format!("users/{user}/authentication-tokens");
    for number in 0..MANY {
        let (name, email) = (format!("org-{number}"), format!("person-{number}@example.com"));
        let organization = json!({"name": name, "email": email});
        root.post("organizations", resource("organizations", organization)).await.expect(201);
        let members = "organizations/acme/organization-memberships";
        let membership = resource("organization-memberships", json!({"email": email}));
        owner.post(members, membership).await.expect(201);
        let project = resource("projects", json!({"name": name}));
        owner.post("organizations/acme/projects", project).await.expect(201);
        owner.post(&tokens, json!({"description": name})).await.expect(201);
    }
    assert_walks(&root, "organizations", MANY + 1).await;
    assert_walks(&root, "organizations?q=org-", MANY).await;
    assert_walks(&owner, "organizations/acme/organization-memberships", MANY + 2).await;
    let invited = "organizations/acme/organization-memberships?filter[status]=invited";
    assert_walks(&owner, invited, MANY).await;
    assert_walks(&owner, "organizations/acme/projects", MANY + 1).await;
    assert_walks(&owner, "organizations/acme/projects?sort=-name&q=org-", MANY).await;
    assert_walks(&owner, &tokens, MANY + 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workspaces_tags_and_consumers() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let mut workspaces = Vec::new();
    let words: Vec<Value> = (0..MANY)
        .map(|number| json!({"type": "tags", "attributes": {"name": format!("tag-{number}")}}))
        .collect();
    for number in 0..MANY {
        let body = json!({"data": {"type": "workspaces",
            "attributes": {"name": format!("app-{number}")},
            "relationships": {"tags": {"data": [words[0].clone()]}}}});
        let made = maintainer.post("organizations/acme/workspaces", body).await.expect(201);
        workspaces.push(made.id());
    }
    let id = maintainer.workspace("network").await;
    let tags = format!("workspaces/{id}/relationships/tags");
    maintainer.post(&tags, json!({"data": words})).await.expect(204);
    let consumers = format!("workspaces/{id}/relationships/remote-state-consumers");
    let all: Vec<&str> = workspaces.iter().map(String::as_str).collect();
    maintainer.post(&consumers, linkages("workspaces", &all)).await.expect(204);

    let list = "organizations/acme/workspaces";
    assert_walks(&maintainer, list, MANY + 1).await;
    for query in [
        "search[name]=app-",
        "search[name]=APP-&sort=-name",
        "sort=-created-at&search[wildcard-name]=app*",
    ] {
        assert_walks(&maintainer, &format!("{list}?{query}"), MANY).await;
    }
    assert_walks(&maintainer, &format!("{list}?search%5Btags%5D=tag-0"), MANY + 1).await;
    assert_walks(&maintainer, "organizations/acme.default/workspaces?include=project", MANY + 1)
        .await;
    assert_walks(&maintainer, "organizations/acme/tags", MANY).await;
    assert_walks(&maintainer, &tags, MANY).await;
    assert_walks(&maintainer, &consumers, MANY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_outputs_and_resources() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    for serial in 1..=MANY {
        cycle(&maintainer, &id, serial as u64, LINEAGE).await;
    }
    let list = "state-versions?filter[organization][name]=acme&filter[workspace][name]=network";
    assert_walks(&maintainer, list, MANY).await;
    assert_walks(&maintainer, &format!("{list}&filter[status]=finalized"), MANY).await;

    let state = large_state(MANY as u64 + 1);
    lock(&maintainer, &id).await.expect(200);
    let version = create(&maintainer, &id, MANY as u64 + 1, LINEAGE, &state).await.expect(201);
    let url = version.attribute("hosted-state-upload-url");
    maintainer.upload(url.as_str().unwrap(), state).await.expect(200);
    assert_walks(&maintainer, &format!("state-versions/{}/outputs", version.id()), MANY).await;
    assert_walks(&maintainer, &format!("workspaces/{id}/resources"), MANY).await;
    // This one is asked for once, so it is whole.
    let outputs = maintainer.get(&format!("workspaces/{id}/current-state-version-outputs")).await;
    assert_eq!(ids(&outputs.expect(200)).len(), MANY);
}

/// A state with many outputs and many instances.
fn large_state(serial: u64) -> Vec<u8> {
    let output = |number| (format!("output-{number}"), json!({"value": number, "type": "number"}));
    let instance = |number: usize| json!({"index_key": number, "attributes": {}});
    json!({
        "version": 4, "terraform_version": "1.15.5", "serial": serial, "lineage": LINEAGE,
        "outputs": (0..MANY).map(output).collect::<serde_json::Map<_, _>>(),
        "resources": [{
            "mode": "managed", "type": "terraform_data", "name": "many",
            "provider": "provider[\"terraform.io/builtin/terraform\"]",
            "instances": (0..MANY).map(instance).collect::<Vec<_>>()
        }]
    })
    .to_string()
    .into_bytes()
}
