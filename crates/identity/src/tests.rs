//! The services over a database, and the routes over the services: on PostgreSQL when
//! STATEWARD_TEST_POSTGRES holds the URL of a server, else on SQLite.

mod access;
mod audit;
mod audit_delivery;
mod http;
mod oauth;
mod organizations;
mod projects;
mod sign_in;
mod teams;
mod tokens;

use std::{net::IpAddr, sync::Arc, time::Duration};

use barrier::{Barrier, MasterKey};
use db::{Db, Options};
use kernel::{
    Actor, Clock, Context, FixedClock, Kind, Result, Secret, TeamId, Timestamp, TokenLimits,
    UserActor,
};

use crate::{
    Identity, Organization, Settings, Team, User, sql,
    store::{self, Source},
};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const PASSWORD: &str = "correct horse";

/// A server's identity with nobody in it.
pub(crate) struct Site {
    pub(crate) identity: Identity,
    clock: Arc<FixedClock>,
    options: Options,
    _folder: tempfile::TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder);
        let clock = Arc::new(FixedClock::at(NOW));
        let identity = off_runtime(|| {
            let db = Db::open(&options).unwrap();
            let barrier = Barrier::open(&db, &MasterKey::generate(), NOW).unwrap();
            let clock: Arc<dyn Clock> = clock.clone();
            Identity::new(db, barrier, clock, Settings::default())
        });
        Self { identity, clock, options, _folder: folder }
    }

    /// Makes a person with an account.
    async fn person(&self, name: &str) -> User {
        let email = format!("{name}@example.com");
        let password = Some(secret(PASSWORD));
        let system = self.identity.system();
        self.identity.create_user(&system, name, &email, password, false).await.unwrap()
    }

    /// Makes an organization of a person.
    async fn organization(&self, name: &str, owner: &User) -> Organization {
        let context = self.context(owner);
        let email = &owner.email;
        self.identity.create_organization(&context, name, email, "default", None).await.unwrap()
    }

    /// Makes somebody a member of an organization, in a team of their own that may do this in all
    /// of it, in the words of the wire.
    async fn member(&self, organization: &str, user: &User, words: &[&str]) {
        let system = self.identity.system();
        let joined = self.identity.add_member(&system, organization, user.id, false).await.unwrap();
        let team = Team {
            id: TeamId::generate(),
            name: user.username.clone(),
            owners: false,
            organization_access: words.iter().map(|word| (*word).to_owned()).collect(),
            ..Team::of_owners(joined.organization_id, NOW)
        };
        let write = self.identity.db().write(move |tx| {
            store::insert_team(tx, &team)?;
            store::insert_team_member(tx, joined.id, team.id, Source::Given, NOW)
        });
        write.await.unwrap();
    }

    /// The context of a request by a person.
    fn context(&self, user: &User) -> Context {
        let actor = Actor::User(UserActor {
            id: user.id,
            username: user.username.clone(),
            site_admin: user.site_admin,
            token: None,
            session: None,
            limits: TokenLimits::default(),
        });
        Context { actor, ..self.stranger("192.0.2.1") }
    }

    /// The context of a request by nobody.
    fn stranger(&self, address: &str) -> Context {
        Context {
            actor: Actor::Anonymous,
            now: self.clock.now(),
            request_id: "test".to_owned(),
            address: Some(address.parse::<IpAddr>().unwrap()),
        }
    }

    fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Options::Postgres { url, schema: Some(schema), .. } = &self.options {
            off_runtime(|| db::drop_schema(url, schema)).unwrap();
        }
    }
}

/// PostgreSQL's synchronous client can't connect on a thread that drives async tasks.
fn off_runtime<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap()
}

fn options(folder: &tempfile::TempDir) -> Options {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    let url = std::env::var("STATEWARD_TEST_POSTGRES");
    match url {
        Ok(url) => Options::Postgres {
            url: Secret::new(url),
            connections: 4,
            schema: Some(format!("identity_{}", barrier::hex(barrier::random_bytes::<8>()))),
        },
        Err(_) => Options::Sqlite { path: folder.path().join("stateward.db") },
    }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn kind_of<T>(result: Result<T>) -> Kind {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.kind(),
    }
}

/// The pointer and text of an error's first detail.
fn pointer_of<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.details()[0].pointer.clone().unwrap_or_default(),
    }
}

#[tokio::test]
async fn every_statement_is_understood_and_none_on_a_hot_path_scans() {
    let site = Site::new();
    let db = site.identity.db().clone();
    let prepared = off_runtime(|| db.prepare_all(sql::ALL)).unwrap();
    let locks = sql::ALL.iter().filter(|statement| statement.lock).count();
    assert!(prepared.len() + locks >= sql::ALL.len());
    for statement in prepared.iter().filter(|statement| statement.hot) {
        assert!(statement.scans.is_empty(), "{}: {:?}", statement.name, statement.scans);
    }
}
