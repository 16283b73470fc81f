//! Who may do what: every route, asked by everybody, as `access.txt` has it.

mod requests;
mod world;

use std::{fmt::Write as _, path::Path};

use testkit::{Answer, TestServer};

use self::{
    requests::Plea,
    world::{ROLES, World},
};

const TABLE: &str = include_str!("access.txt");

/// The first lines of the table.
fn heading() -> String {
    let mut text = String::from(
        "# Every route of the server, and what everybody is answered who asks for something of one\n\
         # organization: a stranger belongs to no organization; revoked and expired are owners whose\n\
         # token and session have ended; root administers the site. Pages are asked with a session,\n\
         # the rest with a token. tests/api/access.rs holds this table and the server to each other.\n",
    );
    let _ = write!(text, "# {:<92}", "");
    for role in ROLES {
        let _ = write!(text, " {role:<9}");
    }
    text.trim_end().to_owned() + "\n"
}

/// A status; being sent to sign in is told from being sent on.
fn outcome(answer: &Answer) -> String {
    let to = answer.header("location").unwrap_or_default();
    if to.starts_with("/app/sign-in?return_to=") {
        "sign-in".to_owned()
    } else {
        answer.status.to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_what_the_table_says() {
    let mut world = World::new().await;
    let mut table = heading();
    let routes = world.server.app().routes();
    for entry in routes.entries() {
        let mut row = format!("{:<6} {:<87}", entry.method, entry.path);
        for role in ROLES {
            let plea = Plea::of(entry.method, entry.path);
            let _ = write!(row, " {:<9}", outcome(&world.ask(role, &plea).await));
        }
        table += row.trim_end();
        table.push('\n');
    }
    if table == TABLE {
        return;
    }
    let found = Path::new(env!("CARGO_TARGET_TMPDIR")).join("access.txt");
    std::fs::write(&found, &table).unwrap();
    for line in table.lines().filter(|line| !TABLE.lines().any(|known| known == *line)) {
        eprintln!("+ {line}");
    }
    for line in TABLE.lines().filter(|line| !table.lines().any(|found| found == *line)) {
        eprintln!("- {line}");
    }
    panic!("answers differ from access.txt; as they are now they stand in {}", found.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_others_looks_like_what_is_not_there() {
    let mut world = World::new().await;
    let routes = world.server.app().routes();
    for entry in routes.entries() {
        if !(entry.path.starts_with("/api/") && entry.path.contains('{')) {
            continue;
        }
        let plea = Plea::of(entry.method, entry.path);
        let foreign = world.ask("stranger", &plea).await;
        let missing = world.ask("stranger", &plea.about_nothing()).await;
        let what = format!("{} {}", entry.method, entry.path);
        assert_eq!((foreign.status, missing.status), (404, 404), "{what}");
        assert_eq!(foreign.text(), missing.text(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_pages_and_not_the_api_and_a_token_the_other_way_round() {
    let server = TestServer::start().await;
    let browser = server.browser_of("owner").await;
    browser.get("/app/acme/workspaces").await.expect(200);
    browser.get("/api/v2/organizations/acme").await.expect(401);
    let owner = server.owner().await;
    owner.get("organizations/acme").await.expect(200);
    owner.get("/app/acme/workspaces").await.expect(303);
}
