//! Which of several servers with one database ends leases. With the embedded database there is one.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::json;
use stateward::app::App;
use testkit::{Caller, Setup, TestServer};

use crate::vault::Vault;

const LEASES: i64 = 10;

/// Two servers, and what is there to end.
struct Place {
    clock: Arc<FixedClock>,
    one: TestServer,
    two: TestServer,
    root: Vault,
    owner: Caller,
    tokens: String,
    /// How many tokens there are without any leases.
    kept: i64,
}

impl Place {
    async fn new() -> Option<Self> {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let setup = Setup { clock: Arc::clone(&clock) as _, ..Setup::default() };
        let one = TestServer::start_with(setup).await;
        let two = one.beside().await?;
        one.app().credentials().ensure_own_engine("terraform/").await.unwrap();
        let (root, owner) = (Vault::root(&one).await, one.owner().await);
        let user = owner.get("account/details").await.expect(200).id();
        let role = json!({"user_id": user, "ttl": "5m"});
        root.write("terraform/role/a", role).await.expect(204);
        let tokens = format!("users/{user}/authentication-tokens");
        let mut place = Self { clock, one, two, root, owner, tokens, kept: 0 };
        place.kept = place.live().await;
        Some(place)
    }

    async fn live(&self) -> i64 {
        let list = self.owner.get(&self.tokens).await.expect(200);
        list.at("/meta/pagination/total-count").as_i64().unwrap() - self.kept
    }

    /// Leases that are over.
    async fn overdue(&self) {
        for _ in 0..LEASES {
            self.root.read("terraform/creds/a").await.expect(200);
        }
        self.clock.advance(Duration::from_mins(5));
    }

    /// A server's rounds, and what lives then.
    async fn after(&self, server: &TestServer) -> i64 {
        rounds(server.app()).await;
        self.live().await
    }
}

async fn rounds(app: &App) {
    while app.credentials().expire().await.unwrap() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_at_a_time_ends_leases() {
    let Some(place) = Place::new().await else { return };
    let (one, two) = (&place.one, &place.two);
    // Whoever comes first is on duty and stays so, however much time goes by.
    rounds(two.app()).await;
    for _ in 0..3 {
        place.overdue().await;
        assert_eq!(place.after(one).await, LEASES);
        assert_eq!(place.after(two).await, 0);
    }
    // It is killed: the other waits for half a minute from when it saw the last round.
    place.overdue().await;
    assert_eq!(place.after(one).await, LEASES);
    place.clock.advance(Duration::from_secs(29));
    assert_eq!(place.after(one).await, LEASES);
    place.clock.advance(Duration::from_secs(1));
    assert_eq!(place.after(one).await, 0);
    // It was only slow, and is not on duty any more.
    place.overdue().await;
    assert_eq!(place.after(two).await, LEASES);
    assert_eq!(place.after(one).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_is_followed_at_once() {
    let Some(place) = Place::new().await else { return };
    let (one, two) = (&place.one, &place.two);
    rounds(one.app()).await;
    place.overdue().await;
    assert_eq!(place.after(two).await, LEASES);
    // Only who is on duty can leave it.
    two.app().credentials().leave_duty().await.unwrap();
    assert_eq!(place.after(two).await, LEASES);
    one.app().credentials().leave_duty().await.unwrap();
    assert_eq!(place.after(two).await, 0);
    place.overdue().await;
    assert_eq!(place.after(one).await, LEASES);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_come_at_once_one_is_first() {
    let Some(place) = Place::new().await else { return };
    let (one, two) = (place.one.app(), place.two.app());
    place.overdue().await;
    tokio::join!(rounds(one), rounds(two), rounds(one), rounds(two));
    assert_eq!(place.live().await, 0);
    // From then on one of them ends everything, and the other nothing.
    let mut ended = Vec::new();
    for server in [&place.one, &place.two, &place.one, &place.two] {
        place.overdue().await;
        let before = place.live().await;
        ended.push(place.after(server).await < before);
    }
    assert!(ended == [true, false, true, false] || ended == [false, true, false, true]);
}
