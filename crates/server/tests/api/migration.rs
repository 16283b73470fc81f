//! A store of the first version is brought up to date, and everybody keeps working.

use barrier::{Barrier, MasterKey, random_token};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use db::{Db, Options, Statement, Value};
use kernel::Timestamp;
use serde_json::json;
use testkit::{Setup, TestServer};

use crate::fixtures::{LINEAGE, cycle, resource};

const MASTER_KEY: [u8; 32] = [0x17; 32];
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

const INSERT_USER: Statement = Statement::new(
    "old_insert_user",
    "INSERT INTO users (id, username, username_folded, email, email_folded, site_admin, \
       created_at, updated_at) VALUES ($1, $2, $2, $3, $3, 0, 1, 1)",
);
const INSERT_ORGANIZATION: Statement = Statement::new(
    "old_insert_organization",
    "INSERT INTO organizations (id, name, name_folded, email, default_execution_mode, \
       default_project_id, settings, created_at, updated_at) \
     VALUES ($1, $2, $2, 'a@example.com', 'local', $3, '{}', 1, 1)",
);
const INSERT_PROJECT: Statement = Statement::new(
    "old_insert_project",
    "INSERT INTO projects (id, organization_id, name, name_folded, description, created_at, \
       updated_at) VALUES ($1, $2, $3, $3, '', 1, 1)",
);
const INSERT_MEMBERSHIP: Statement = Statement::new(
    "old_insert_membership",
    "INSERT INTO memberships (id, organization_id, user_id, email, email_folded, role, status, \
       created_at) VALUES ($1, $2, $3, $4, $4, $5, $6, 1)",
);
const INSERT_TOKEN: Statement = Statement::new(
    "old_insert_token",
    "INSERT INTO tokens (id, user_id, hash, description, created_by, created_at) \
     VALUES ($1, $2, $3, 'old', $2, 1)",
);

/// The letters of an id: sixteen of them.
fn id(kind: &str, name: &str) -> String {
    format!("{kind}-{name:A<16}")
}

/// `acme` with an owner, a member and an invitation, and `solo` with nobody but its owner.
fn as_the_first_version_left_it(options: &Options) {
    let db = Db::open_as_of(options, 1).unwrap();
    let master = MasterKey::from_base64(&BASE64_STANDARD.encode(MASTER_KEY)).unwrap();
    let barrier = Barrier::open(&db, &master, NOW).unwrap();
    let run = |statement: Statement, values: Vec<Value<'static>>| {
        db.write_blocking(move |tx| Ok(tx.execute(&statement, &values)?)).unwrap();
    };
    for name in ["ada", "bob"] {
        run(INSERT_USER, vec![id("user", name).into(), name.into(), mail(name).into()]);
        let hash = barrier.token_hash(&token(name)).to_vec();
        run(INSERT_TOKEN, vec![id("at", name).into(), id("user", name).into(), hash.into()]);
    }
    for name in ["acme", "solo"] {
        let (organization, project) = (id("org", name), id("prj", &format!("{name}Default")));
        let values = vec![organization.clone().into(), name.into(), project.clone().into()];
        run(INSERT_ORGANIZATION, values);
        run(INSERT_PROJECT, vec![project.into(), organization.clone().into(), "default".into()]);
        let (barrier, organization) = (barrier.clone(), organization.parse().unwrap());
        db.write_blocking(move |tx| barrier.create_organization_key(tx, organization, NOW))
            .unwrap();
    }
    for (organization, person, role, status) in [
        ("acme", "ada", "owner", "active"),
        ("acme", "bob", "member", "active"),
        ("acme", "eve", "member", "invited"),
        ("solo", "bob", "owner", "active"),
    ] {
        let user = if status == "active" { id("user", person).into() } else { Value::Null };
        let values = vec![
            id("ou", &format!("{organization}{person}")).into(),
            id("org", organization).into(),
            user,
            mail(person).into(),
            role.into(),
            status.into(),
        ];
        run(INSERT_MEMBERSHIP, values);
    }
}

fn mail(name: &str) -> String {
    format!("{name}@example.com")
}

/// The value of somebody's token, the same each time.
fn token(name: &str) -> String {
    use std::{collections::HashMap, sync::Mutex, sync::OnceLock};
    static TOKENS: OnceLock<Mutex<HashMap<String, String>>> = OnceLock::new();
    let mut tokens = TOKENS.get_or_init(Mutex::default).lock().unwrap();
    let new = || random_token("stw_").into_exposed();
    tokens.entry(name.to_owned()).or_insert_with(new).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_own_and_members_work_on_after_the_upgrade() {
    let mut setup = Setup { before: Some(as_the_first_version_left_it), ..Setup::default() };
    setup.options.master_key = Some(BASE64_STANDARD.encode(MASTER_KEY));
    let server = TestServer::start_empty(setup).await;
    let (ada, bob) = (server.token(&token("ada")), server.token(&token("bob")));

    // The tokens of before are good, and the owner owns.
    let settings = resource("organizations", json!({"session-timeout": 60}));
    ada.patch("organizations/acme", settings.clone()).await.expect(200);
    bob.patch("organizations/acme", settings.clone()).await.expect(403);
    bob.patch("organizations/solo", settings).await.expect(200);
    ada.get("organizations/solo").await.expect(404);

    // The member makes projects and workspaces, works in them and sees those of others.
    let project = resource("projects", json!({"name": "payments"}));
    bob.post("organizations/acme/projects", project).await.expect(201);
    let ledger = resource("workspaces", json!({"name": "ledger"}));
    bob.post("organizations/acme.payments/workspaces", ledger).await.expect(201);
    let network = ada.workspace("network").await;
    cycle(&bob, &network, 1, LINEAGE).await;
    cycle(&ada, &network, 2, LINEAGE).await;
    let seen = bob.get("organizations/acme/workspaces").await.expect(200);
    assert_eq!(seen.attributes("name"), ["ledger", "network"]);

    // Whoever was invited becomes what they were invited as.
    let (identity, system) = (server.app().identity(), server.app().system_context());
    identity.create_user(&system, "eve", &mail("eve"), None, false).await.unwrap();
    let eve = server.caller("eve").await;
    cycle(&eve, &network, 3, LINEAGE).await;
    eve.get("organizations/solo").await.expect(404);
}
