//! Who may do what: every route, asked by everybody, as `access.txt` has it.

use std::{fmt::Write as _, path::Path};

use testkit::{Answer, TestServer};

use crate::world::{Plea, ROLES, World};

const TABLE: &str = include_str!("access.txt");

/// The first lines of the table.
fn heading() -> String {
    let mut text = String::from(
        "# Every route of the server, and what everybody is answered who asks for something of one\n\
         # organization. A stranger belongs to no organization, a member to this one, where nothing is\n\
         # granted to them. reader, planner, writer and ws-admin hold that level at the workspace,\n\
         # prj-admin is administrator of its project; owner owns the organization, root administers the\n\
         # site. org-token is the organization's, team-token that of a team that may write in the\n\
         # workspace. expired and revoked are owners whose token and session have ended. Pages are asked\n\
         # with a session, the rest with a token. tests/api/access.rs holds this table and the server to\n\
         # each other.\n",
    );
    let _ = write!(text, "# {:<86}", "");
    for role in ROLES {
        let _ = write!(text, " {role:<10}");
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
        let mut row = format!("{:<6} {:<80}", entry.method, entry.path);
        for role in ROLES {
            let plea = Plea::of(entry.method, entry.path);
            let _ = write!(row, " {:<10}", outcome(&world.ask(role, &plea).await));
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

/// What everybody may ask for, whoever they are.
const PUBLIC: &[&str] = &[
    "/",
    "/assets/{name}",
    "/.well-known/terraform.json",
    "/api/v2/ping",
    "/app/oauth/token",
    "/app/settings",
    // What these are about is in the address, and is its own authority.
    "/logout/{token}",
    "/blobs/{secret}",
    // Tokens of this server are good for nothing there: its own are asked for in its own words.
    "/v1/",
    "/v1/{*path}",
];

/// What belongs to one person, here to the member.
const PERSONAL: &[&str] = &[
    "/api/v2/users/{id}/authentication-tokens",
    "/api/v2/authentication-tokens/{id}",
    "/app/settings/tokens/{token}/revoke",
];

/// The rows of the table: method and path, and what each role is answered.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static str>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split_whitespace();
        (words.next().unwrap(), words.next().unwrap(), words.collect())
    })
}

fn column(role: &str) -> usize {
    ROLES.iter().position(|known| *known == role).unwrap()
}

#[test]
fn whoever_shows_nothing_that_is_good_gets_nothing() {
    for (method, path, answers) in rows() {
        if PUBLIC.contains(&path) || path.starts_with("/app/sign-in") {
            continue;
        }
        let refusal = if path.starts_with("/app") { "sign-in" } else { "401" };
        for role in ["anonymous", "expired", "revoked"] {
            assert_eq!(answers[column(role)], refusal, "{method} {path}: {role}");
        }
        let about_something = path.contains('{') && path != "/app/{organization}";
        if about_something && !PERSONAL.contains(&path) {
            assert_eq!(answers[column("stranger")], "404", "{method} {path}");
        }
    }
}

/// Each of these holds all that the one before holds, at the workspace of the fixture.
const STRONGER: [&str; 8] =
    ["member", "reader", "planner", "writer", "ws-admin", "prj-admin", "owner", "root"];

#[test]
fn whoever_holds_more_may_do_more() {
    /// Not seen, seen, done: what is refused for its own sake was not refused for want of rights.
    fn grade(answer: &str) -> u8 {
        match answer {
            "404" => 0,
            "403" => 1,
            _ => 2,
        }
    }
    for (method, path, answers) in rows().filter(|(_, path, _)| !PERSONAL.contains(path)) {
        for pair in STRONGER.windows(2) {
            let [weak, strong] = [column(pair[0]), column(pair[1])].map(|at| answers[at]);
            assert!(grade(weak) <= grade(strong), "{method} {path}: {pair:?}: {weak} {strong}");
        }
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
