//! The life of a lease: limits, renewal, the end, and what happens when nobody answers then.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Value, json};

use super::{site::Site, upstream::Trouble};
use crate::{Operation, lease::StoredLease, store};

const RENEW: &str = "sys/leases/renew";

impl Site {
    async fn renew(&self, lease: &str, increment: Value) -> Result<u64, String> {
        let body = json!({"lease_id": lease, "increment": increment});
        match self.ask(Operation::Update, RENEW, body).await {
            Ok(response) => Ok(response.unwrap().lease.unwrap().ttl.as_secs()),
            Err(fault) => Err(fault.sentence()),
        }
    }

    async fn irrevocable(&self) -> Value {
        let body = json!({"type": "irrevocable"});
        let answer = self.ok(Operation::Read, "sys/leases", body).await.unwrap();
        Value::Object(answer.data.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_of_system_mount_and_role_holds() {
    let site = Site::new().await;
    for (role, mount, ttl) in [
        (json!({}), json!({}), 768 * 3600),
        (json!({"ttl": "1h"}), json!({}), 3600),
        (json!({"ttl": "800h"}), json!({}), 768 * 3600),
        (json!({"ttl": "0"}), json!({"default_lease_ttl": "2h"}), 7200),
        (json!({"ttl": "3h"}), json!({"max_lease_ttl": "90m"}), 5400),
        (json!({"ttl": "1000h"}), json!({"max_lease_ttl": "1000h"}), 1000 * 3600),
        (json!({"ttl": "20m", "max_ttl": "30m"}), json!({}), 1200),
        (json!({"max_ttl": "30m"}), json!({}), 1800),
    ] {
        let site_mount = json!({"default_lease_ttl": "system", "max_lease_ttl": "system"});
        let mut tuned = site_mount.clone();
        tuned.as_object_mut().unwrap().extend(mount.as_object().unwrap().clone());
        site.write("sys/mounts/terraform/tune", tuned).await;
        let mut body = json!({"user_id": "user-1", "ttl": 0, "max_ttl": 0});
        body.as_object_mut().unwrap().extend(role.as_object().unwrap().clone());
        site.write("terraform/role/x", body).await;
        let answer = site.ok(Operation::Read, "terraform/creds/x", Value::Null).await.unwrap();
        assert_eq!(answer.lease.unwrap().ttl.as_secs(), ttl, "{role} {mount}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_sets_what_remains_up_to_the_maximum() {
    let site = Site::new().await;
    site.roles().await;
    let (lease, _) = site.creds("user").await;
    assert_eq!(site.renew(&lease, json!(30)).await, Ok(30));
    assert_eq!(site.renew(&lease, json!("20m")).await, Ok(1200));
    assert_eq!(site.renew(&lease, json!(0)).await, Ok(600));
    site.advance(500);
    assert_eq!(site.renew(&lease, json!("2h")).await, Ok(3100));
    site.advance(3000);
    assert_eq!(site.renew(&lease, json!("10m")).await, Ok(100));
    // The role as it is now.
    site.write("terraform/role/user", json!({"max_ttl": "2h"})).await;
    assert_eq!(site.renew(&lease, json!("10m")).await, Ok(600));
    site.write("terraform/role/user", json!({"ttl": 1, "max_ttl": "10m"})).await;
    assert_eq!(
        site.renew(&lease, json!(1)).await,
        Err("past the max TTL, cannot renew".to_owned())
    );
    site.ok(Operation::Delete, "terraform/role/user", Value::Null).await;
    let gone = site.renew(&lease, json!(1)).await.unwrap_err();
    assert!(gone.ends_with("error retrieving role: role is nil"), "{gone}");
    // It can be revoked all the same.
    site.write("sys/leases/revoke", json!({"lease_id": lease})).await;
    assert_eq!(site.renew(&lease, json!(1)).await, Err("lease not found".to_owned()));
    assert!(site.upstream.live().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_end_in_time_and_one_by_one_or_below_a_prefix() {
    let site = Site::new().await;
    site.roles().await;
    let (user, _) = site.creds("user").await;
    for _ in 0..5 {
        site.creds("team").await;
    }
    site.creds("bound").await;
    site.expire().await;
    assert_eq!(site.upstream.live().len(), 7);
    site.write("sys/leases/revoke-prefix/terraform/creds/team", json!({})).await;
    assert_eq!(site.upstream.live().len(), 2);
    // A whole id is a prefix of itself.
    site.write(&format!("sys/leases/revoke-prefix/{user}"), json!({})).await;
    assert_eq!(site.upstream.live().len(), 1);
    site.advance(599);
    site.expire().await;
    assert_eq!(site.upstream.live().len(), 1);
    site.advance(1);
    let (lease, _) = site.creds("user").await;
    site.expire().await;
    assert_eq!((site.upstream.live(), site.leases().await.len()), (site.leased().await, 1));
    // Queued: gone with the next round.
    let body = json!({"lease_id": lease, "sync": false});
    site.write("sys/leases/revoke", body).await;
    assert_eq!(site.renew(&lease, json!(1)).await, Err("lease expired".to_owned()));
    site.expire().await;
    assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_to_a_token_ends_with_it() {
    let site = Site::new().await;
    site.roles().await;
    let policy = json!({"policy": "path \"terraform/*\" { capabilities = [\"read\"] }"});
    site.write("sys/policies/acl/reader", policy).await;
    for revoked in [true, false] {
        let body = json!({"policies": ["reader"], "ttl": "5m"});
        let made = site.ok(Operation::Update, "auth/token/create", body).await.unwrap();
        let token = made.auth.unwrap().client_token;
        for role in ["user", "team", "bound"] {
            let path = format!("terraform/creds/{role}");
            site.ask_as(&token, Operation::Read, &path, Value::Null).await.unwrap();
        }
        if revoked {
            site.write("auth/token/revoke", json!({"token": token.expose()})).await;
        } else {
            site.advance(301);
        }
        site.expire().await;
        site.expire().await;
        assert!(site.upstream.live().is_empty() && site.leases().await.is_empty(), "{revoked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_can_not_be_revoked_is_given_up_listed_and_retried() {
    let site = Site::new().await;
    site.roles().await;
    let (lease, _) = site.creds("user").await;
    site.upstream.trouble("DELETE", "", Trouble::Status(500, ""), usize::MAX);
    site.advance(600);
    let mut tries = 0;
    site.upstream.requests();
    for _ in 0..120 {
        site.expire().await;
        tries += site.upstream.requests().len();
        site.advance(10);
    }
    assert_eq!(tries, 6);
    let text = "error revoking user token: 500 Internal Server Error";
    assert_eq!(
        site.irrevocable().await,
        json!({"lease_count": 1, "leases": [{"lease_id": lease, "error": text}]})
    );
    let count = json!({"type": "irrevocable"});
    let count = site.ok(Operation::Read, "sys/leases/count", count).await.unwrap().data.unwrap();
    assert_eq!((&count["lease_count"], &count["counts"]["terraform/"]), (&json!(1), &json!(1)));
    let renewed = site.renew(&lease, json!(60)).await;
    let text = "lease is expired and has failed previous revocation attempts";
    assert_eq!(renewed, Err(text.to_owned()));
    // Once an hour it is tried again, once.
    site.core.retry_given_up().await.unwrap();
    site.expire().await;
    assert!(site.upstream.requests().is_empty());
    site.advance(3700);
    site.core.retry_given_up().await.unwrap();
    site.expire().await;
    assert_eq!(site.upstream.requests().len(), 1);
    assert_eq!(site.irrevocable().await["lease_count"], json!(1));
    // It can be forced, or revoked once that works again.
    site.upstream.recover();
    site.write("sys/leases/revoke", json!({"lease_id": lease})).await;
    assert!(site.upstream.live().is_empty());
    assert_eq!(site.irrevocable().await["lease_count"], json!(0));

    site.creds("user").await;
    site.upstream.trouble("DELETE", "", Trouble::Status(500, ""), usize::MAX);
    let prefix = "sys/leases/revoke-prefix/terraform/creds";
    assert_eq!(site.refused(Operation::Update, prefix, json!({})).await.0, 400);
    site.write("sys/leases/revoke-force/terraform/creds", json!({})).await;
    assert!(site.leases().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_by_hand_long_before_the_end_is_tried_again_and_listed() {
    let mut site = Site::new().await;
    site.roles().await;
    let (lease, _) = site.creds("user").await;
    let down =
        |site: &Site| site.upstream.trouble("DELETE", "", Trouble::Status(503, ""), usize::MAX);
    down(&site);
    let body = json!({"lease_id": lease});
    for _ in 0..8 {
        assert_eq!(site.refused(Operation::Update, "sys/leases/revoke", body.clone()).await.0, 400);
    }
    // It is over, and stays in the hands of the server.
    assert_eq!(site.renew(&lease, json!(60)).await, Err("lease expired".to_owned()));
    assert_eq!(site.irrevocable().await["lease_count"], json!(0));
    for _ in 0..40 {
        site.advance(60);
        site.expire().await;
    }
    assert_eq!(site.irrevocable().await["lease_count"], json!(1));
    assert_eq!(site.upstream.live().len(), 1);
    // By hand it gets another chance without waiting for the next hour.
    assert_eq!(site.refused(Operation::Update, "sys/leases/revoke", body).await.0, 400);
    assert_eq!(site.irrevocable().await["lease_count"], json!(0));
    site.upstream.recover();
    for _ in 0..3 {
        site.advance(60);
        site.expire().await;
    }
    assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
    // And with a start.
    let (lease, _) = site.creds("user").await;
    down(&site);
    let body = json!({"lease_id": lease});
    site.refused(Operation::Update, "sys/leases/revoke", body).await;
    for _ in 0..40 {
        site.advance(60);
        site.expire().await;
    }
    assert_eq!(site.irrevocable().await["lease_count"], json!(1));
    site.upstream.recover();
    site.restart().await;
    site.expire().await;
    assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_is_down_while_leases_end_and_comes_back() {
    for trouble in [Trouble::Broken, Trouble::Status(503, ""), Trouble::Status(500, "")] {
        let mut site = Site::new().await;
        site.roles().await;
        for _ in 0..40 {
            site.creds("user").await;
        }
        site.upstream.trouble("DELETE", "", trouble.clone(), usize::MAX);
        site.upstream.requests();
        site.advance(601);
        for _ in 0..60 {
            site.expire().await;
            site.advance(30);
        }
        assert_eq!(site.leases().await.len(), 40, "{trouble:?}");
        let tries = site.upstream.requests().len();
        assert!((1..=6 * 40).contains(&tries), "{trouble:?}: {tries} tries");
        site.upstream.recover();
        site.restart().await;
        site.advance(3600);
        site.hours().await;
        assert!(site.upstream.live().is_empty(), "{trouble:?}");
        assert!(site.leases().await.is_empty(), "{trouble:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mounts_outage_does_not_keep_others_waiting() {
    let site = Site::new().await;
    site.roles().await;
    let other = Site::bare().await;
    let body = json!({"address": other.upstream.url()});
    site.configure("other", body).await;
    site.write("other/role/user", json!({"user_id": "user-1", "ttl": "10m"})).await;
    for _ in 0..30 {
        site.creds("user").await;
    }
    site.ok(Operation::Read, "other/creds/user", Value::Null).await;
    site.upstream.trouble("DELETE", "", Trouble::DoneAndSlow, usize::MAX);
    site.advance(600);
    let started = std::time::Instant::now();
    site.core.expire().await.unwrap();
    assert!(other.upstream.live().is_empty());
    // One attempt each of a few, not all in a row.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    site.upstream.recover();
    site.hours().await;
    assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
}

/// Returns once something is so.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    while !is_so().await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mounts_server_that_hangs_does_not_keep_others_waiting() {
    let (site, other) = (Site::new().await, Site::bare().await);
    site.roles().await;
    site.configure("other", json!({"address": other.upstream.url()})).await;
    site.write("other/role/user", json!({"user_id": "user-1", "ttl": "10m"})).await;
    // Nobody gives that request up while this test runs.
    site.write("terraform/config", json!({"request_timeout": "60s"})).await;
    site.upstream.trouble("DELETE", "", Trouble::Unanswered, usize::MAX);
    site.creds("user").await;
    for round in 1..=3 {
        site.ok(Operation::Read, "other/creds/user", Value::Null).await;
        site.advance(600);
        // It waits for nobody: it is the mounts' own time in which they work.
        site.core.round(Duration::ZERO).await.unwrap();
        until(async || site.leases().await.len() == 1).await;
        until(async || site.upstream.state().waited_for == round).await;
        assert_eq!(site.upstream.state().forsaken, 0, "{round}");
        assert_eq!((other.upstream.live().len(), site.upstream.live().len()), (0, 1));
    }
}

/// A lease that belongs to no mount any more.
fn stray(id: &str, end: Timestamp) -> StoredLease {
    StoredLease {
        id: id.to_owned(),
        mount: "gone".to_owned(),
        token: None,
        issued_at: end,
        expires_at: end,
        last_renewal_at: None,
        renewable: true,
        internal: Vec::new(),
        attempts: 0,
        revoke_at: None,
        last_error: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_gone_has_no_leases_however_many_they_are() {
    let site = Site::bare().await;
    let end = site.now().plus(Duration::from_hours(1));
    let of = |number: i32| (number > 1).then(|| format!("at-{:03}", number / 2));
    let leases = move |tx: &mut db::Tx<'_>| {
        (0..302).try_for_each(|number| {
            let id = format!("terraform/creds/x/{number}");
            store::insert_lease(tx, &stray(&id, end), of(number).as_deref())
        })
    };
    site.core.db().write(leases).await.unwrap();
    // So many are asked after in a round, and the next one goes on behind them.
    for left in [300 + 2 - 2 * 128, 2, 2] {
        site.core.expire().await.unwrap();
        assert_eq!(site.leases().await.len(), left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_the_next_part_of_each_id() {
    let site = Site::bare().await;
    let (now, mut ids) = (site.now(), Vec::new());
    for number in 0..1_500 {
        ids.push(format!("terraform/creds/many/{number:04}"));
    }
    for id in ["a/creds/x/1", "terraform-2/creds/x/1", "terraform/creds/few/1", "z/creds/x/1"] {
        ids.push(id.to_owned());
    }
    let leases = move |tx: &mut db::Tx<'_>| {
        ids.iter().try_for_each(|id| store::insert_lease(tx, &stray(id, now), None))
    };
    site.core.db().write(leases).await.unwrap();
    let list = async |prefix: &str, page: Value| -> Vec<String> {
        let path = format!("sys/leases/lookup/{prefix}");
        let answer = site.ok(Operation::List, &path, page).await.unwrap();
        serde_json::from_value(answer.data.unwrap().remove("keys").unwrap()).unwrap()
    };
    let all = json!({});
    assert_eq!(list("", all.clone()).await, ["a/", "terraform-2/", "terraform/", "z/"]);
    let page = json!({"after": "a/", "limit": 2});
    assert_eq!(list("", page).await, ["terraform-2/", "terraform/"]);
    assert_eq!(list("", json!({"after": "terraform-2/"})).await, ["terraform/", "z/"]);
    assert_eq!(list("terraform/creds", all.clone()).await, ["few/", "many/"]);
    let many = list("terraform/creds/many/", all).await;
    assert_eq!((many.len(), many[0].as_str(), many[1_499].as_str()), (1_500, "0000", "1499"));
    let page = json!({"after": "0998", "limit": "3"});
    assert_eq!(list("terraform/creds/many", page).await, ["0999", "1000", "1001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_goes_forward_and_back() {
    let site = Site::new().await;
    site.roles().await;
    let start = site.now();
    let (first, _) = site.creds("user").await;
    // Back by a day: nothing ends early, and a renewal gives no more than there ever was.
    site.set_clock(start.minus(Duration::from_hours(24)));
    site.expire().await;
    assert_eq!(site.upstream.live().len(), 1);
    assert_eq!(site.renew(&first, json!("5h")).await, Ok(3600));
    let (second, _) = site.creds("user").await;
    // Forward by years: everything ends, once.
    site.set_clock(start.plus(Duration::from_hours(24 * 365)));
    site.upstream.requests();
    site.expire().await;
    assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
    assert_eq!(site.upstream.requests().len(), 2);
    for lease in [first, second] {
        assert_eq!(site.renew(&lease, json!(60)).await, Err("lease not found".to_owned()));
    }
    // And back again: what is made now lasts as long as it says.
    site.set_clock(start);
    site.creds("user").await;
    site.advance(599);
    site.expire().await;
    assert_eq!(site.upstream.live().len(), 1);
    site.advance(1);
    site.expire().await;
    assert!(site.upstream.live().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_leases_end_at_once() {
    let site = Site::new().await;
    site.roles().await;
    for _ in 0..600 {
        site.creds("user").await;
    }
    site.advance(600);
    site.expire().await;
    assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
}
