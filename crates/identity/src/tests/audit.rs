//! The audit trail over a database: records, their chain, and what is noticed of tampering.

use std::time::Duration;

use db::Statement;
use kernel::{PageRequest, Timestamp};

use super::Site;
use crate::audit::{AuditFilter, AuditRecord, Event, Fault, Verification, record};

/// Every record there is, the oldest first.
async fn all(site: &Site) -> Vec<AuditRecord> {
    let end = Timestamp::from_micros(i64::MAX);
    let beginning = (Timestamp::from_micros(0), String::new());
    site.identity.export_audit_records(beginning, end, None, 10_000).await.unwrap()
}

async fn verify(site: &Site) -> Verification {
    site.identity.verify_audit(&[]).await.unwrap()
}

/// Does to the database what nobody should.
async fn tamper(site: &Site, statement: Statement) -> u64 {
    site.identity.db().write(move |tx| Ok(tx.execute(&statement, &[])?)).await.unwrap()
}

/// A site with ten records in the chain.
async fn site_with_records() -> Site {
    let site = Site::new();
    for number in 0..10 {
        let event = Event::new("read", "workspaces", format!("ws-{number}"));
        site.identity.record(&site.stranger("192.0.2.9"), event).await.unwrap();
        site.advance(Duration::from_secs(1));
    }
    site.identity.tend_audit().await.unwrap();
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_its_record_are_one() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let context = site.context(&ada);
    site.organization("acme", &ada).await;
    let actions = |records: &[AuditRecord]| -> Vec<String> {
        let words = |record: &AuditRecord| format!("{} {}", record.action, record.resource_kind);
        records.iter().map(words).collect()
    };
    let before = all(&site).await;
    let mut found = actions(&before);
    found.sort_unstable();
    assert_eq!(found, ["create organizations", "create users"]);

    // A change that fails leaves no record.
    let again = site.identity.create_organization(&context, "ACME", "a@b.example", "default", None);
    assert!(again.await.is_err());
    // A record that can't be written takes its change with it.
    let name = "users_renamed";
    let rename = site.identity.db().write(move |tx| {
        const RENAME: Statement = Statement::new("rename", "UPDATE users SET username = $1");
        tx.execute(&RENAME, &[name.into()])?;
        record(tx, &context, &Event::new("update", "users", "\0"))
    });
    assert!(rename.await.is_err());
    assert_eq!(all(&site).await, before);
    assert!(site.identity.find_user_by_name("ada").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_tells_who_what_and_from_where() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let acme = site.organization("acme", &ada).await;
    let (_, page) = site
        .identity
        .list_audit_records(
            &site.context(&ada),
            "acme",
            AuditFilter::default(),
            PageRequest::default(),
        )
        .await
        .unwrap();
    let [record] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!(record.organization.as_deref(), Some(acme.id.to_string().as_str()));
    assert_eq!((record.actor_kind.as_str(), record.actor_name.as_str()), ("user", "ada"));
    assert_eq!(record.actor_id.as_deref(), Some(ada.id.to_string().as_str()));
    assert_eq!(record.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(record.request_id, "test");
    assert_eq!((record.action.as_str(), record.resource_name.as_str()), ("create", "acme"));
    assert_eq!(record.details()["owner"], "ada");
    assert!(record.is_done());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_gets_its_place() {
    let site = site_with_records().await;
    let records = all(&site).await;
    let positions: Vec<_> = records
        .iter()
        .filter_map(|record| record.link.as_ref())
        .map(|link| link.position)
        .collect();
    assert_eq!(positions, (1..=10).collect::<Vec<_>>());
    let found = verify(&site).await;
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.records, found.first_position, found.last_position), (10, 1, 10));

    // One that comes late takes the next place, and everything still holds.
    let mut late = site.stranger("192.0.2.9");
    late.now = late.now.minus(Duration::from_secs(5));
    site.identity.record(&late, Event::new("read", "workspaces", "late")).await.unwrap();
    let found = verify(&site).await;
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.last_position, 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_are_chained_by_several_workers_at_once() {
    let site = Site::new();
    let identity = &site.identity;
    let context = site.stranger("192.0.2.9");
    let write = |number: usize| {
        let event = Event::new("read", "workspaces", number);
        let (identity, context) = (identity.clone(), context.clone());
        async move {
            identity.record(&context, event).await.unwrap();
            if number.is_multiple_of(10) {
                identity.tend_audit().await.unwrap();
            }
        }
    };
    let tasks: Vec<_> = (0..600).map(|number| tokio::spawn(write(number))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let found = verify(&site).await;
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.records, found.last_position), (600, 600));
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_is_named() {
    const CHANGE: Statement =
        Statement::new("t", "UPDATE audit_records SET actor_name = 'nobody' WHERE position = 4");
    const DELETE: Statement = Statement::new("t", "DELETE FROM audit_records WHERE position = 4");
    const SWAP_AWAY: Statement =
        Statement::new("t", "UPDATE audit_records SET position = 99 WHERE position = 4");
    const SWAP: Statement =
        Statement::new("t", "UPDATE audit_records SET position = 4 WHERE position = 5");
    const SWAP_BACK: Statement =
        Statement::new("t", "UPDATE audit_records SET position = 5 WHERE position = 99");
    const INSERT: Statement = Statement::new(
        "t",
        "INSERT INTO audit_records SELECT at, 'ae-BBBBBBBBBBBBBBBB', organization_id, actor_kind, \
           actor_id, actor_name, token_id, address, request_id, action, resource_kind, \
           resource_id, resource_name, outcome, details, 11, previous_hash, hash \
         FROM audit_records WHERE position = 10",
    );
    const CUT: Statement = Statement::new("t", "DELETE FROM audit_records WHERE position > 7");
    const CUT_HEAD: Statement = Statement::new(
        "t",
        "UPDATE audit_chain SET last_position = 7, \
           last_hash = (SELECT hash FROM audit_records WHERE position = 7)",
    );
    const NO_HEAD: Statement = Statement::new("t", "DELETE FROM audit_chain");

    let id = |records: &[AuditRecord], index: usize| records[index].id.clone();
    for (statements, expected) in [
        (&[CHANGE][..], vec!["changed 4"]),
        (&[DELETE], vec!["lost 4..4"]),
        (&[SWAP_AWAY, SWAP, SWAP_BACK], vec!["moved 4 to 5", "moved 5 to 4"]),
        (&[INSERT], vec!["inserted 11..11"]),
        (&[CUT], vec!["lost 8..10"]),
        (&[CUT, CUT_HEAD], vec!["ends"]),
        (&[NO_HEAD], vec!["ends"]),
    ] {
        let site = site_with_records().await;
        let records = all(&site).await;
        for statement in statements {
            assert_ne!(tamper(&site, *statement).await, 0);
        }
        let found = verify(&site).await;
        let told: Vec<_> = found
            .faults
            .iter()
            .map(|fault| match fault {
                Fault::Changed { position, id: named } => {
                    assert_eq!(*named, id(&records, 3));
                    format!("changed {position}")
                }
                Fault::Lost { from, to } => format!("lost {from}..{to}"),
                Fault::Moved { from, belongs_at, .. } => format!("moved {from} to {belongs_at}"),
                Fault::Inserted { from, to } => format!("inserted {from}..{to}"),
                Fault::Ends => "ends".to_owned(),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_goes_on_after_tampering_and_the_damage_stays_visible() {
    const FORGE: Statement = Statement::new(
        "t",
        "UPDATE audit_chain SET last_position = 3, last_hash = hash_before_first",
    );
    let site = site_with_records().await;
    tamper(&site, FORGE).await;
    for _ in 0..2 {
        let event = Event::new("read", "workspaces", "after");
        site.identity.record(&site.stranger("192.0.2.9"), event).await.unwrap();
        site.identity.tend_audit().await.unwrap();
        assert_eq!(verify(&site).await.faults, [Fault::Ends]);
    }
    assert_eq!(all(&site).await.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_note_of_the_end_notices_that_it_was_put_back() {
    const CUT: Statement = Statement::new("t", "DELETE FROM audit_records WHERE position > 7");
    let site = site_with_records().await;
    let noted = all(&site).await.pop().and_then(|record| record.link).unwrap();
    let noted = [(noted.position, noted.hash)];
    assert!(site.identity.verify_audit(&noted).await.unwrap().is_sound());
    tamper(&site, CUT).await;
    let found = site.identity.verify_audit(&noted).await.unwrap();
    let expected = [Fault::Lost { from: 8, to: 10 }, Fault::NotAsNoted { position: 10 }];
    assert_eq!(found.faults, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_is_gone_as_a_whole_is_missed() {
    const RECORDS: Statement = Statement::new("lose_records", "DELETE FROM audit_records");
    const CHAIN: Statement = Statement::new("lose_chain", "DELETE FROM audit_chain");
    const SENT: Statement = Statement::new(
        "sent",
        "INSERT INTO audit_deliveries (target, position, failures, next_try_at) \
         VALUES ('file', 7, 0, 0)",
    );
    let site = Site::new();
    assert!(verify(&site).await.is_sound());
    site.person("ada").await;
    assert!(verify(&site).await.is_sound());
    tamper(&site, RECORDS).await;
    tamper(&site, CHAIN).await;
    assert_eq!(verify(&site).await.faults, [Fault::Ends]);
    tamper(&site, SENT).await;
    assert_eq!(verify(&site).await.faults, [Fault::Lost { from: 1, to: 7 }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_denied_attempt_is_recorded() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    site.organization("acme", &ada).await;
    let context = site.context(&eve);
    for _ in 0..5 {
        let error = site.identity.read_organization(&context, "acme").await.unwrap_err();
        site.identity.note_denial(&context, &error);
    }
    site.identity.tend_audit().await.unwrap();
    let filter = AuditFilter { actor: Some("EVE".to_owned()), ..AuditFilter::default() };
    let (_, page) = site
        .identity
        .list_audit_records(&site.context(&ada), "acme", filter, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.total, 5);
    for record in &page.items {
        assert_eq!((record.action.as_str(), record.is_done()), ("read-organization", false));
    }
    assert!(verify(&site).await.is_sound());
}
