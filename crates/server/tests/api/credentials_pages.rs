//! The console pages of the credential engine: for whom they are there, what they do, and that it is
//! recorded in the name of who did it.

use serde_json::json;
use stateward::options::Options;
use testkit::{Answer, Browser, Setup, TestServer};

use crate::vault::{Vault, text};

const HOME: &str = "/app/credentials";
const POLICY: &str = "path \"terraform/creds/*\" {\n  capabilities = [\"read\"]\n}\n";

/// A server with the engine mounted for itself, its site administrator's browser, and the accessor
/// of the mount.
async fn site() -> (TestServer, Browser, Vault, String) {
    let server = TestServer::start().await;
    server.app().credentials().ensure_own_engine("terraform/").await.unwrap();
    let root = server.browser_of("root").await;
    let vault = Vault::root(&server).await;
    let accessor = text(&vault.read("sys/mounts/terraform").await.expect(200), "/accessor");
    (server, root, vault, accessor)
}

/// Where a form has led.
#[track_caller]
fn led_to(answer: &Answer) -> String {
    answer.header("location").expect("a form leads on").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_there_for_site_administrators_alone() {
    let (server, root, _, accessor) = site().await;
    let owner = server.browser_of("owner").await;
    for page in [
        "",
        "/mounts",
        "/mounts/new",
        &format!("/mounts/{accessor}"),
        &format!("/mounts/{accessor}/settings"),
        &format!("/mounts/{accessor}/new-role?kind=bound"),
        "/leases",
        "/leases/revoke-prefix",
        "/policies",
        "/policies/default",
        "/policies/root",
        "/new-policy",
        "/login-methods",
        "/commands",
    ] {
        let shown = root.get(&format!("{HOME}{page}")).await;
        assert!(matches!(shown.status, 200 | 303), "{page}: {}", shown.status);
        owner.get(&format!("{HOME}{page}")).await.expect(404);
    }
    for form in ["/mounts", "/policies", "/leases/revoke", &format!("/mounts/{accessor}/disable")] {
        owner.submit(&format!("{HOME}{form}"), &[("confirmation", "terraform/")]).await.expect(404);
        let other = [("csrf", "x"), ("path", "made-elsewhere")];
        root.post(&format!("{HOME}{form}"), &other).await.expect(403);
    }
    assert!(root.get("/app").await.text().contains("href=\"/app/credentials\""));
    assert!(!owner.get("/app").await.text().contains("href=\"/app/credentials\""));
    for nothing in ["/mounts/terraform_00000000", "/policies/nothing"] {
        root.get(&format!("{HOME}{nothing}")).await.expect(404);
    }
    root.get(&format!("{HOME}/mounts/{accessor}/roles/nothing")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn mounts_are_enabled_tuned_and_disabled() {
    let (server, root, vault, _) = site().await;
    let mounts = format!("{HOME}/mounts");
    let form = [("path", "partners/hcp"), ("description", "theirs"), ("default_lease_ttl", "30m")];
    let made = root.submit(&mounts, &form).await.expect(303);
    let mount = led_to(&made).split("/settings").next().unwrap().to_owned();
    let known = vault.read("sys/mounts/partners/hcp").await.expect(200);
    assert_eq!(known.at("/config/default_lease_ttl"), 1800);
    assert_eq!(known.at("/description"), "theirs");
    let listed = root.get(&mounts).await.expect(200).text();
    assert!(listed.contains("partners/hcp/") && listed.contains("30m, at most 32 days"));
    // What is wrong stands in the form, which keeps what was typed.
    for (form, part) in [
        ([("path", "partners"), ("default_lease_ttl", "")], "already in use"),
        ([("path", "a b"), ("default_lease_ttl", "")], "a path such as"),
        ([("path", "kept"), ("default_lease_ttl", "soon")], "a number with a unit"),
        ([("path", "sys"), ("default_lease_ttl", "")], "cannot mount"),
    ] {
        let wrong = root.submit(&mounts, &form).await.expect(422).text().to_lowercase();
        assert!(wrong.contains(part) && wrong.contains(form[0].1), "{wrong}");
    }
    let tuned = [("description", "ours"), ("default_lease_ttl", "10m"), ("max_lease_ttl", "1h")];
    root.submit(&mount, &tuned).await.expect(303);
    assert_eq!(vault.read("sys/mounts/partners/hcp/tune").await.at("/max_lease_ttl"), 3600);
    let wrong = [("default_lease_ttl", "2h"), ("max_lease_ttl", "1h")];
    let wrong = root.submit(&mount, &wrong).await.expect(422).text();
    assert!(wrong.contains("would be less than"), "{wrong}");
    // Where it works: an address is checked as it is by the API; a token is never shown again.
    let config = format!("{mount}/config");
    let other = [("target", "other"), ("address", "ftp://x")];
    let wrong = root.submit(&config, &other).await.expect(422).text();
    assert!(wrong.contains("must be an http or https URL"), "{wrong}");
    root.submit(&config, &[("target", "own")]).await.expect(303);
    assert_eq!(vault.read("partners/hcp/config").await.at("/data/own_server"), true);
    root.submit(&config, &[("target", "other")]).await.expect(303);
    let read = vault.read("partners/hcp/config").await;
    assert_eq!(read.at("/data/address"), "https://app.terraform.io");
    // Its end takes its name.
    let disable = format!("{mount}/disable");
    root.submit(&disable, &[("confirmation", "partners")]).await.expect(422);
    root.submit(&disable, &[("confirmation", "partners/hcp/")]).await.expect(303);
    vault.read("sys/mounts/partners/hcp").await.expect(400);
    root.get(&mount).await.expect(404);
    assert_trail(&server, "credential-mounts", &["create", "update", "delete"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_of_every_kind_are_made_changed_and_deleted() {
    let (server, root, vault, accessor) = site().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let user = text(&owner.get("account/details").await.expect(200), "/data/id");
    let team = server.team("acme", "robots").await.id.to_string();
    let mount = format!("{HOME}/mounts/{accessor}");
    let roles = format!("{mount}/roles");
    let kinds: [&[(&str, &str)]; 5] = [
        &[("kind", "user"), ("name", "user"), ("user_id", &user), ("ttl", "5m"), ("max_ttl", "1h")],
        &[("kind", "team"), ("name", "team"), ("team_id", &team)],
        &[("kind", "team_legacy"), ("name", "legacy"), ("team_id", &team), ("ttl", "5m")],
        &[("kind", "organization"), ("name", "organization"), ("organization", "acme")],
        &[
            ("kind", "bound"),
            ("name", "bound"),
            ("organization", "acme"),
            ("place_kind", "workspace"),
            ("place", "network"),
            ("rights", "read-state, lock"),
            ("source_networks", "127.0.0.0/8"),
        ],
    ];
    for form in kinds {
        root.get(&format!("{mount}/new-role?{}={}", form[0].0, form[0].1)).await.expect(200);
        root.submit(&roles, form).await.expect(303);
        let again = root.submit(&roles, form).await.expect(422).text();
        assert!(again.contains("There is a role of this name"), "{again}");
        let address = format!("{roles}/{}", form[1].1);
        assert!(root.get(&address).await.expect(200).text().contains("Save changes"));
    }
    let listed = root.get(&mount).await.expect(200).text();
    for part in
        ["A person’s", "A team’s one token", "An organization’s", "Bound to a place", &workspace]
    {
        assert!(listed.contains(part), "{part}");
    }
    assert_eq!(vault.read("terraform/role/user").await.at("/data/ttl"), 300);
    let bound = vault.read("terraform/role/bound").await;
    assert_eq!(bound.at("/data/rights"), json!(["read-state", "lock"]));
    assert_eq!(bound.at("/data/workspace_id"), workspace.as_str());
    let administrator = server.caller("root").await.get("account/details").await.expect(200);
    assert_eq!(bound.at("/data/on_behalf_of"), administrator.id().as_str());
    vault.read("terraform/creds/bound").await.expect(200);
    vault.read("terraform/creds/organization").await.expect(200);
    // A change keeps the kind, and clears what was emptied.
    let changed = [("kind", "team"), ("user_id", user.as_str()), ("ttl", ""), ("max_ttl", "2h")];
    root.submit(&format!("{roles}/user"), &changed).await.expect(303);
    let read = vault.read("terraform/role/user").await;
    assert_eq!((read.at("/data/ttl"), read.at("/data/max_ttl")), (json!(0), json!(7200)));
    assert_eq!(read.at("/data/credential_type"), "user");
    for (form, part) in [
        ([("kind", "user"), ("name", "-x"), ("user_id", "u")], "letters, digits"),
        ([("kind", "user"), ("name", "x"), ("user_id", "")], "must provide"),
        ([("kind", "bound"), ("name", "x"), ("organization", "acme")], "needs an organization"),
    ] {
        let wrong = root.submit(&roles, &form).await.expect(422).text().to_lowercase();
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    root.submit(&roles, &[("kind", "nonsense"), ("name", "x")]).await.expect(422);
    root.submit(&format!("{roles}/team/delete"), &[]).await.expect(303);
    root.submit(&format!("{roles}/team/delete"), &[]).await.expect(404);
    vault.read("terraform/role/team").await.expect(404);
    assert_trail(&server, "credential-roles", &["update", "delete"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_are_found_and_ended() {
    let (server, root, vault, accessor) = site().await;
    let owner = server.owner().await;
    let user = text(&owner.get("account/details").await.expect(200), "/data/id");
    for role in ["first", "second"] {
        vault
            .write(&format!("terraform/role/{role}"), json!({"user_id": user, "ttl": "10m"}))
            .await
            .expect(204);
    }
    let reader = vault.somebody(&server, "reader", POLICY).await;
    let mut leases = Vec::new();
    for role in ["first", "first", "first", "second"] {
        let creds = reader.read(&format!("terraform/creds/{role}")).await.expect(200);
        leases.push((text(&creds, "/lease_id"), text(&creds, "/data/token")));
    }
    let token = reader.read("auth/token/lookup-self").await.expect(200);
    let list = format!("{HOME}/leases");
    let shown = root.get(&list).await.expect(200).text();
    for part in ["4 leases", &leases[3].0, &text(&token, "/data/accessor"), "in 10 minutes"] {
        assert!(shown.contains(part), "{part}");
    }
    for (query, expected) in [
        ("search=second".to_owned(), "1 lease<"),
        (format!("search={}", text(&token, "/data/accessor")), "4 leases"),
        (format!("mount={accessor}"), "4 leases"),
        ("search=nothing".to_owned(), "No lease matches"),
        ("state=irrevocable".to_owned(), "Every lease could be revoked"),
    ] {
        let found = root.get(&format!("{list}?{query}")).await.expect(200).text();
        assert!(found.contains(expected), "{query}: {found}");
    }
    server.token(&leases[0].1).get("account/details").await.expect(200);
    let one = [("lease", leases[0].0.as_str()), ("search", "first")];
    let led = led_to(&root.submit(&format!("{list}/revoke"), &one).await.expect(303));
    assert_eq!(led, "/app/credentials/leases?search=first&done=revoked");
    server.token(&leases[0].1).get("account/details").await.expect(401);
    // Many: first what it hits, then the deed.
    let prefix = format!("{list}/revoke-prefix");
    let asked = root.get(&format!("{prefix}?prefix=terraform/creds/first")).await.expect(200);
    assert!(asked.text().contains("Revoke 2 leases"), "{}", asked.text());
    let whole = root.get(&format!("{prefix}?prefix={}", leases[3].0)).await.expect(200);
    assert!(whole.text().contains("Revoke 1 lease?"), "{}", whole.text());
    let none = root.get(&format!("{prefix}?prefix=terraform/creds/fir")).await.expect(200);
    assert!(none.text().contains("Nothing was given out below"));
    root.submit(&prefix, &[("prefix", "terraform/creds/first")]).await.expect(303);
    while server.app().credentials().expire().await.unwrap() {}
    server.token(&leases[1].1).get("account/details").await.expect(401);
    server.token(&leases[3].1).get("account/details").await.expect(200);
    assert_trail(&server, "credential-leases", &["revoke"]).await;
}

/// Gives up the revocation of all leases.
const GIVE_UP: db::Statement = db::Statement::new(
    "test_give_up_leases",
    "UPDATE credential_leases SET revoke_at = NULL, attempts = 6, last_error = 'no route to host'",
);

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_revoked_stands_out_with_the_reason() {
    let (server, root, vault, accessor) = site().await;
    let user = text(&server.owner().await.get("account/details").await, "/data/id");
    vault.write("terraform/role/first", json!({ "user_id": user })).await.expect(204);
    let lease = text(&vault.read("terraform/creds/first").await.expect(200), "/lease_id");
    // The server that would have to end it is not there.
    let gone = json!({"address": "https://gone.invalid", "token": "x", "skip_verify_token": true});
    vault.write("terraform/config", gone).await.expect(204);
    let list = format!("{HOME}/leases");
    let failed = root.submit(&format!("{list}/revoke"), &[("lease", &lease)]).await.expect(422);
    for part in ["failed to revoke entry", "Being retried", "Failed 1 time"] {
        let shown = failed.text().to_lowercase();
        assert!(shown.contains(&part.to_lowercase()), "{part}: {shown}");
    }
    let disable = format!("{HOME}/mounts/{accessor}/disable");
    root.submit(&disable, &[("confirmation", "terraform")]).await.expect(422);
    let db = server.app().identity().db().clone();
    db.write(|tx| Ok(tx.execute(&GIVE_UP, &[])?)).await.unwrap();
    let shown = root.get(&list).await.expect(200).text();
    assert!(shown.contains("1 lease could not be revoked"), "{shown}");
    assert!(!shown.contains(&lease), "{shown}");
    let given_up = root.get(&format!("{list}?state=irrevocable")).await.expect(200).text();
    for part in [lease.as_str(), "Not revoked", "Failed 6 times. No route to host.", "Try again…"]
    {
        assert!(given_up.contains(part), "{part}: {given_up}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_written_and_what_is_wrong_is_told_at_its_line() {
    let (server, root, vault, _) = site().await;
    let policies = format!("{HOME}/policies");
    let wrong = format!("{POLICY}path \"x\" {{\n  capabilities = [\"fly\"]\n}}\n");
    let form = [("name", "CI"), ("text", wrong.as_str())];
    let refused = root.submit(&policies, &form).await.expect(422).text();
    for part in ["Line 5: ", "invalid capability", "wrong-line", "   5  "] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let made = root.submit(&policies, &[("name", "CI"), ("text", POLICY)]).await.expect(303);
    assert_eq!(led_to(&made), "/app/credentials/policies/ci?done=created");
    assert_eq!(vault.read("sys/policies/acl/ci").await.at("/data/policy"), POLICY);
    let again = root.submit(&policies, &[("name", "ci"), ("text", POLICY)]).await.expect(422);
    assert!(again.text().contains("There is a policy of this name"));
    root.submit(&policies, &[("name", ""), ("text", POLICY)]).await.expect(422);
    let one = format!("{policies}/ci");
    let changed = POLICY.replace("read", "list").replace('\n', "\r\n");
    root.submit(&one, &[("text", &changed)]).await.expect(303);
    let read = vault.read("sys/policies/acl/ci").await;
    assert_eq!(read.at("/data/policy"), POLICY.replace("read", "list"));
    root.submit(&one, &[("text", " ")]).await.expect(422);
    root.submit(&one, &[("text", "path {")]).await.expect(422);
    // What is there from the beginning stays.
    for fixed in ["root", "response-wrapping"] {
        root.submit(&format!("{policies}/{fixed}"), &[("text", POLICY)]).await.expect(422);
        root.submit(&format!("{policies}/{fixed}/delete"), &[]).await.expect(422);
    }
    root.submit(&format!("{policies}/default/delete"), &[]).await.expect(422);
    let found = root.get(&format!("{policies}?search=C")).await.expect(200).text();
    assert!(found.contains("/policies/ci\"") && !found.contains("/policies/default\""), "{found}");
    root.submit(&format!("{one}/delete"), &[]).await.expect(303);
    vault.read("sys/policies/acl/ci").await.expect(404);
    // A name may hold what addresses are made of.
    vault.write("sys/policies/acl/team/a b", json!({ "policy": POLICY })).await.expect(204);
    let odd = format!("{policies}/team%2Fa%20b");
    assert!(root.get(&policies).await.text().contains(&odd));
    root.get(&odd).await.expect(200);
    root.submit(&odd, &[("text", POLICY)]).await.expect(303);
    root.submit(&format!("{odd}/delete"), &[]).await.expect(303);
    assert_trail(&server, "credential-policies", &["update", "delete"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_devices_have_them_too_and_nothing_is_done_that_they_cant_take() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        Options { credentials_audit_dir: Some(folder.path().to_owned()), ..Options::default() };
    let server = TestServer::start_with(Setup { options, ..Setup::default() }).await;
    let (root, vault) = (server.browser_of("root").await, Vault::root(&server).await);
    let device = json!({ "type": "file", "options": { "file_path": "audit.log" } });
    vault.write("sys/audit/file", device).await.expect(204);
    let policies = format!("{HOME}/policies");
    root.submit(&policies, &[("name", "first"), ("text", POLICY)]).await.expect(303);
    let log = std::fs::read_to_string(folder.path().join("audit.log")).unwrap();
    let records: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = records.last().unwrap();
    assert_eq!(last["auth"]["display_name"], "console-root");
    assert_eq!(last["request"]["path"], "sys/policies/acl/first");
    assert!(!log.contains("capabilities"), "{log}");
    // Somebody has taken the folder away.
    drop(folder);
    root.submit(&policies, &[("name", "second"), ("text", POLICY)]).await.expect(422);
    let policies = root.get(&policies).await.expect(200).text();
    assert!(policies.contains("policies/first") && !policies.contains("policies/second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_name_what_was_chosen() {
    let (server, root, vault, accessor) = site().await;
    let commands = format!("{HOME}/commands");
    assert!(root.get(&commands).await.expect(200).text().contains("No roles yet"));
    let user = text(&server.owner().await.get("account/details").await, "/data/id");
    for role in ["first", "second"] {
        vault
            .write(&format!("terraform/role/{role}"), json!({ "user_id": user }))
            .await
            .expect(204);
    }
    let page =
        root.get(&format!("{commands}?role={accessor}%2Fsecond&cli=vault")).await.expect(200);
    for part in [
        "vault read terraform/creds/second",
        "VAULT_ADDR=",
        "username=root",
        "vault_terraform_token",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let usual = root.get(&commands).await.expect(200).text();
    assert!(usual.contains("bao read terraform/creds/first"), "{usual}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_sealed_they_say_so() {
    let options = Options { seal: Some("shamir".to_owned()), ..Options::default() };
    let server = TestServer::start_with(Setup { options, ..Setup::default() }).await;
    let root = server.browser_of("root").await;
    for page in ["/mounts", "/leases", "/policies", "/commands", "/policies/default"] {
        let sealed = root.get(&format!("{HOME}{page}")).await.expect(503).text();
        assert!(
            sealed.contains("not initialized") && sealed.contains("bao operator init"),
            "{sealed}"
        );
    }
    root.submit(&format!("{HOME}/policies"), &[("name", "x")]).await.expect(503);
    server.browser_of("owner").await.get(&format!("{HOME}/mounts")).await.expect(404);
}

/// That the trail tells these deeds of the site administrator.
async fn assert_trail(server: &TestServer, kind: &str, actions: &[&str]) {
    let path = format!("admin/audit-records?page[size]=100&filter[resource-type]={kind}");
    let records = server.site_admin().await.get(&path).await.expect(200);
    let (done, actors) = (records.attributes("action"), records.attributes("actor-name"));
    for action in actions {
        let found = done.iter().zip(&actors).any(|(done, actor)| done == action && actor == "root");
        assert!(found, "{action} of {kind}: {done:?} {actors:?}");
    }
}
