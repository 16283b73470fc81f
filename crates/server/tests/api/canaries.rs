//! Secrets of every kind are planted, every route is asked, and then everything is searched: what
//! was answered, what was logged, the audit trail and all that was stored.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use db::Statement;
use serde_json::json;
use testkit::{Answer, Issuer, Logs, TestServer};

use crate::{
    device::{Device, PAGE, hidden, recovery_codes, trail},
    fixtures::{LINEAGE, announcement, lock, md5, resource, unlock},
    provider::{Provider, SECRET},
    world::{Plea, SENSITIVE, SENSITIVE_IN_SET, World},
};

const OUTPUT: &str = "canary-sensitive-output";
const ATTRIBUTE: &str = "canary-state-attribute-5b21";
const WEBHOOK: &str = "canary-webhook-secret-5b21-which-is-long-enough";

/// What begins every token of this server, and how many letters and digits follow.
const TOKEN: (&str, usize) = ("stw_", 49);

/// A secret, and what it may look like where it should not be.
struct Canary {
    name: String,
    forms: Vec<String>,
}

/// All that must not be found.
#[derive(Default)]
struct Canaries(Vec<Canary>);

impl Canaries {
    fn plant(&mut self, name: &str, text: &str) {
        assert!(text.len() >= 8, "{name} is too short to be looked for");
        let hexadecimal = barrier::hex(text);
        // In base64 the first letters depend on what stands before.
        let encoded = BASE64_STANDARD.encode(text).trim_end_matches('=').to_owned();
        let forms = vec![text.to_owned(), hexadecimal, encoded];
        self.0.push(Canary { name: name.to_owned(), forms });
    }

    /// What is found in a text, but for what may be there.
    fn found_in(&self, text: &str, allowed: &[&str]) -> Vec<&str> {
        let unwanted = self.0.iter().filter(|canary| !allowed.contains(&canary.name.as_str()));
        let found = unwanted.filter(|canary| canary.forms.iter().any(|form| text.contains(form)));
        found.map(|canary| canary.name.as_str()).collect()
    }
}

/// Whether a text holds a token of this server, whichever.
fn holds_a_token(text: &str) -> bool {
    let (prefix, length) = TOKEN;
    text.match_indices(prefix).any(|(at, _)| {
        let rest = &text.as_bytes()[at + prefix.len()..];
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count() >= length
    })
}

/// The secrets that an answer is for.
fn meant(plea: &Plea) -> &'static [&'static str] {
    let path = plea.pattern.as_str();
    let state = path.ends_with("/download") || path.ends_with("/json-download");
    if state || path.starts_with("/blobs/") {
        &["a sensitive output", "a state"]
    } else if path.ends_with("/reveal") || path == "/api/v2/state-version-outputs/{output}" {
        &["a sensitive output"]
    } else {
        &[]
    }
}

/// Whether an answer shows a new token, once.
fn shows_a_token(plea: &Plea) -> bool {
    let last = plea.pattern.rsplit_once('/').unwrap_or_default().1;
    plea.method == "POST"
        && matches!(
            last,
            "authentication-token" | "authentication-tokens" | "access-keys" | "tokens" | "keys"
        )
}

/// Everything that a server has stored, as text.
async fn stored(server: &TestServer) -> String {
    const TABLES: Statement = Statement::new(
        "test_list_tables",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA",
    );
    let mut text = String::new();
    for entry in std::fs::read_dir(server.folder()).unwrap() {
        let path = entry.unwrap().path();
        // The key is where it belongs: it opens all the rest.
        if path.is_file() && !path.ends_with("master.key") {
            text += &String::from_utf8_lossy(&std::fs::read(&path).unwrap());
        }
    }
    let db = server.app().identity().db();
    if db.engine() == db::Engine::Postgres {
        let tables = db.read(|tx| Ok(tx.query(&TABLES, &[], |row| row.text(0))?)).await.unwrap();
        for table in tables {
            let sql = format!("SELECT CAST(t AS TEXT) FROM \"{table}\" t");
            let all = Statement::new("test_dump_table", sql.leak());
            let rows = db.read(move |tx| Ok(tx.query(&all, &[], |row| row.text(0))?)).await;
            text += &rows.unwrap().join("\n");
        }
    }
    text
}

/// A world in which there are secrets of every kind.
struct Planted {
    world: World,
    canaries: Canaries,
    _provider: Provider,
    issuer: Issuer,
}

impl Planted {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let mut setup = provider.setup();
        let master_key = BASE64_STANDARD.encode([0x3c; 32]);
        setup.options.master_key = Some(master_key.clone());
        setup.options.audit_webhook_url = Some("http://127.0.0.1:9/audit".to_owned());
        setup.options.audit_webhook_secret = Some(WEBHOOK.to_owned());
        let world = World::with(setup).await;
        let mut canaries = Canaries::default();
        for (name, text) in [
            ("the master key", master_key.as_str()),
            ("the webhook's secret", WEBHOOK),
            ("the client's secret", SECRET),
            ("a password", "the password of "),
            ("a sensitive variable", SENSITIVE),
            ("a sensitive variable of a set", SENSITIVE_IN_SET),
            ("a sensitive output", OUTPUT),
            ("a state", ATTRIBUTE),
        ] {
            canaries.plant(name, text);
        }
        for (name, person) in &world.people {
            if !person.caller.token().is_empty() {
                canaries.plant(&format!("the token of {name}"), person.caller.token());
            }
            if let Some(cookie) = &person.browser.cookie {
                let (_, session) = cookie.split_once('=').unwrap();
                canaries.plant(&format!("the session of {name}"), session);
            }
        }
        let issuer = Issuer::start().await;
        let mut planted = Self { world, canaries, _provider: provider, issuer };
        planted.second_factor().await;
        planted.state().await;
        planted.identity().await;
        planted
    }

    /// Somebody has a second factor, and codes for when it is lost.
    async fn second_factor(&mut self) {
        let browser = &self.world.people["colleague"].browser;
        let page = browser.get(PAGE).await.expect(200).text();
        let (_, rest) = page.split_once("secret=").unwrap();
        let secret: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        let code = Device::reading(&page).code(&self.world.clock);
        let enrolment = hidden(&page, "enrolment").to_owned();
        let form = [
            ("current_password", "the password of colleague"),
            ("code", code.as_str()),
            ("enrolment", enrolment.as_str()),
        ];
        let done = browser.submit(PAGE, &form).await.expect(200).text();
        self.canaries.plant("the secret of a second factor", &secret);
        for code in recovery_codes(&done) {
            self.canaries.plant("a recovery code", &code);
        }
    }

    /// A state with something secret beside its outputs.
    async fn state(&mut self) {
        let (writer, workspace) =
            (&self.world.people["writer"].caller, self.world.things.get("workspace").to_owned());
        let state = json!({
            "version": 4, "terraform_version": "1.15.5", "serial": 2, "lineage": LINEAGE,
            "outputs": {"password": {"value": OUTPUT, "type": "string", "sensitive": true}},
            "resources": [{"mode": "managed", "type": "terraform_data", "name": "one",
                "provider": "provider[\"terraform.io/builtin/terraform\"]",
                "instances": [{"attributes": {"id": ATTRIBUTE, "input": {"value": ATTRIBUTE}}}]}]
        });
        let bytes = state.to_string().into_bytes();
        lock(writer, &workspace).await.expect(200);
        let path = format!("workspaces/{workspace}/state-versions");
        let body = announcement(2, LINEAGE, &md5(&bytes), false);
        let created = writer.post(&path, body).await.expect(201);
        let url = created.attribute("hosted-state-upload-url");
        writer.upload(url.as_str().unwrap(), bytes).await.expect(200);
        unlock(writer, &workspace).await.expect(200);
    }

    /// A CI job shows an identity.
    async fn identity(&mut self) {
        let owner = &self.world.people["owner"].caller;
        let organization = self.world.things.get("organization");
        let trust = json!({"name": "pipeline", "issuer": self.issuer.url(), "level": "read",
            "rules": [{"claim": "sub", "equals": "canary-job"}]});
        let path = format!("organizations/{organization}/trusted-issuers");
        owner.post(&path, resource("trusted-issuers", trust)).await.expect(201);
        let now = kernel::Clock::now(&*self.world.clock).as_seconds();
        let claims = json!({"sub": "canary-job", "aud": self.world.server.url(), "iat": now,
            "nbf": now, "exp": now + 300});
        let token = self.issuer.token(&claims);
        let job = self.world.server.token(&token);
        job.get(&format!("organizations/{organization}/workspaces")).await.expect(200);
        self.canaries.plant("the identity of a job", &token);
    }

    fn search(&self, plea: &Plea, role: &str, answer: &Answer) {
        let text = format!("{:?}\n{}", answer.headers, answer.text());
        let mut found = self.canaries.found_in(&text, meant(plea));
        if holds_a_token(&text) && !shows_a_token(plea) {
            found.push("a token");
        }
        let Plea { method, pattern, .. } = plea;
        assert!(found.is_empty(), "{method} {pattern} answers {role} with {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_log_record_or_file_holds_a_secret_that_does_not_belong_there() {
    let logs = Logs::capture();
    let mut planted = Planted::new().await;
    for entry in planted.world.server.app().routes().entries() {
        let plea = Plea::of(entry.method, entry.path);
        for role in ["anonymous", "owner", "org-token"] {
            let answer = planted.world.ask(role, &plea).await;
            planted.search(&plea, role, &answer);
        }
    }
    let server = &planted.world.server;
    // What is written by the way is written by now.
    server.app().identity().flush_last_used().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let log = logs.text();
    assert!(log.contains("/api/v2/account/details"), "nothing was logged");
    for (place, text) in [
        ("the log", log),
        ("the audit trail", trail(server).await.join("\n")),
        ("the store", stored(server).await),
    ] {
        let found = planted.canaries.found_in(&text, &[]);
        assert!(found.is_empty(), "{place} holds {found:?}");
        assert!(text.contains("fixture-1"), "{place} was not looked at");
        assert!(!holds_a_token(&text), "{place} holds a token");
    }
}
