//! The pages of tokens and keys: made once shown once, searched, revoked; and who sees what.

use serde_json::json;
use testkit::{Answer, Browser, TestServer};

use crate::fixtures::resource;

const TOKENS: &str = "/app/acme/settings/tokens";
const KEYS: &str = "/app/acme/settings/keys";

/// The token that a page shows.
fn shown(page: &Answer) -> String {
    let text = page.text();
    let at = text.find("stw_").expect("a token is shown");
    text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// The address of the first form of a page that revokes something.
fn revocation(page: &Answer) -> String {
    let text = page.text();
    let end = text.find("/revoke\"").expect("a form that revokes") + "/revoke".len();
    let start = text[..end].rfind('"').expect("an attribute") + 1;
    text[start..end].to_owned()
}

async fn make(browser: &Browser, path: &str, more: &[(&str, &str)]) -> Answer {
    let form = [&[("description", "nightly"), ("expires_in_days", "30")], more].concat();
    browser.submit(path, &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_tokens_are_made_replaced_and_revoked() {
    let server = TestServer::start().await;
    let owner = server.browser_of("owner").await;
    for kind in ["organization", "audit-trails"] {
        owner.get(&format!("{TOKENS}/new?kind={kind}")).await.expect(200);
        let first = make(&owner, TOKENS, &[("kind", kind)]).await.expect(200);
        assert_eq!(first.header("cache-control"), Some("no-store"));
        let second = make(&owner, TOKENS, &[("kind", kind)]).await.expect(200);
        server.token(&shown(&first)).get("account/details").await.expect(401);
        server.token(&shown(&second)).get("account/details").await.expect(200);
        let page = owner.get(TOKENS).await.expect(200);
        assert!(!page.text().contains(&shown(&second)));
        owner.submit(&revocation(&page), &[]).await.expect(303);
        server.token(&shown(&second)).get("account/details").await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teams_tokens_are_its_members_too() {
    let server = TestServer::start().await;
    server.another_member("insider").await;
    let team = server.team("acme", "ci").await.with("insider").await;
    let id = team.id.to_string();
    let (insider, outsider) =
        (server.browser_of("insider").await, server.browser_of("member").await);
    let form = insider.get(&format!("{TOKENS}/new?kind=team")).await.expect(200);
    assert!(form.text().contains(&id));
    let networks =
        [("team", id.as_str()), ("source_networks", "127.0.0.1, ::1"), ("read_only", "true")];
    let made = make(&insider, TOKENS, &networks).await.expect(200);
    let job = server.token(&shown(&made));
    job.get("organizations/acme").await.expect(200);
    job.post_empty(&format!("teams/{id}/authentication-tokens")).await.expect(403);
    let page = insider.get(&format!("{TOKENS}?search=NIGHT")).await.expect(200);
    for part in ["nightly", "Read only", "from 127.0.0.1/32, ::1/128", "by insider"] {
        assert!(page.text().contains(part), "{part}");
    }
    assert!(!page.text().contains("Save limits") && !page.text().contains("Replace"));
    assert!(!insider.get(&format!("{TOKENS}?search=x")).await.text().contains("nightly"));
    // Where it was used from is seen at once, before it is written down.
    assert!(page.text().contains("from 127.0.0.1<"), "{}", page.text());
    let others = outsider.get(TOKENS).await.expect(200);
    assert!(!others.text().contains("nightly"));
    outsider.submit(&revocation(&page), &[]).await.expect(404);
    make(&outsider, TOKENS, &[("team", &id)]).await.expect(403);
    make(&outsider, TOKENS, &[("kind", "organization")]).await.expect(403);
    make(&insider, TOKENS, &[("team", "nonsense")]).await.expect(422);
    let wrong =
        make(&insider, TOKENS, &[("team", &id), ("source_networks", "here")]).await.expect(422);
    assert!(wrong.text().contains("neither a network"), "{}", wrong.text());
    insider.submit(&revocation(&page), &[]).await.expect(303);
    job.get("account/details").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_for_a_place_and_revoked() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    let workspace = owner.workspace("network").await;
    browser.get(&format!("{KEYS}/new")).await.expect(200);
    let made =
        make(&browser, KEYS, &[("level", "write"), ("workspace", "Network")]).await.expect(200);
    let job = server.token(&shown(&made));
    job.post_empty(&format!("workspaces/{workspace}/actions/lock")).await.expect(200);
    let custom = [("level", "custom"), ("workspace", "network"), ("right-read-state", "true")];
    make(&browser, KEYS, &custom).await.expect(200);
    make(&browser, KEYS, &[("level", "read")]).await.expect(200);
    let page = browser.get(KEYS).await.expect(200);
    for part in ["write at workspace", "custom at workspace", "read-state", "read everywhere"] {
        assert!(page.text().contains(part), "{part}");
    }
    for (more, part) in [
        ([("level", "write"), ("workspace", "nothing")], "no workspace of this name"),
        ([("level", "custom"), ("workspace", "network")], "is none of the rights"),
        ([("level", "plan"), ("workspace", "")], "the level here is one of"),
    ] {
        let wrong = make(&browser, KEYS, &more).await;
        assert!(matches!(wrong.status, 200 | 422), "{}", wrong.text());
        assert!(
            wrong.status == 200 || wrong.text().to_lowercase().contains(part),
            "{}",
            wrong.text()
        );
    }
    let member = server.browser_of("member").await;
    member.get(KEYS).await.expect(200);
    make(&member, KEYS, &[("level", "read")]).await.expect(403);
    let one = browser.get(&format!("{KEYS}?search=network")).await.expect(200);
    member.submit(&revocation(&one), &[]).await.expect(404);
    browser.submit(&revocation(&one), &[]).await.expect(303);
    server.browser_of("stranger").await.get(KEYS).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_said_and_set() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    let limits = format!("{TOKENS}/limits");
    browser.submit(&limits, &[("team", "30d"), ("user", "12h")]).await.expect(303);
    let wrong = browser.submit(&limits, &[("team", "soon")]).await.expect(422);
    assert!(wrong.text().contains("soon") && wrong.text().contains("12h or 90m"));
    let member = server.browser_of("member").await;
    let seen = member.get(TOKENS).await.expect(200);
    assert!(seen.text().contains("30 days") && seen.text().contains("12 hours"));
    member.submit(&limits, &[("team", "")]).await.expect(403);
    // Who makes a token of their own is told how long it may live.
    let own = browser.get("/app/settings/tokens").await.expect(200);
    assert!(own.text().contains("longer than 12 hours"), "{}", own.text());
    owner.get("organizations/acme").await.expect(403);
    browser.submit(&limits, &[("team", "30d")]).await.expect(303);
    owner.get("organizations/acme").await.expect(200);
    let policies = owner.get("organizations/acme/token-ttl-policies").await.expect(200);
    let days = json!(30 * 86_400_000_u64);
    assert!(policies.attributes("max-ttl-ms").contains(&days), "{}", policies.text());
    let switch = resource("organizations", json!({"max-ttl-enabled": false}));
    owner.patch("organizations/acme", switch).await.expect(200);
    assert!(!browser.get(TOKENS).await.text().contains("30d\""));
}
