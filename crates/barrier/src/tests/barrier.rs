//! The barrier over a database.

use db::Options;
use kernel::Kind;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn open_db(folder: &tempfile::TempDir) -> Db {
    Db::open(&Options::Sqlite { path: folder.path().join("stateward.db") }).unwrap()
}

fn organization_key(db: &Db, barrier: &Barrier, id: OrganizationId) -> Result<DataKey> {
    let barrier = barrier.clone();
    db.read_blocking(move |tx| barrier.organization_key(tx, id))
}

fn create(db: &Db, barrier: &Barrier, id: OrganizationId) {
    let barrier = barrier.clone();
    db.write_blocking(move |tx| barrier.create_organization_key(tx, id, NOW)).unwrap();
}

#[test]
fn keys_are_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (db, master) = (open_db(&folder), MasterKey::generate());
    let organization = OrganizationId::generate();
    let before = Barrier::open(&db, &master, NOW).unwrap();
    create(&db, &before, organization);
    let key = organization_key(&db, &before, organization).unwrap();
    let sealed = (key.seal(b"a", b"1").unwrap(), before.system_key().seal(b"b", b"2").unwrap());

    let after = Barrier::open(&db, &master, NOW).unwrap();
    let key = organization_key(&db, &after, organization).unwrap();
    assert_eq!(key.open(b"a", &sealed.0).unwrap(), b"1");
    assert_eq!(after.system_key().open(b"b", &sealed.1).unwrap(), b"2");
    assert_eq!(before.token_hash("stw_x"), after.token_hash("stw_x"));
    assert!(after.verify("upload", b"sv-1", &before.sign("upload", b"sv-1")));
}

#[test]
fn another_master_key_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_db(&folder);
    Barrier::open(&db, &MasterKey::generate(), NOW).unwrap();
    let error = Barrier::open(&db, &MasterKey::generate(), NOW).err().unwrap();
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.to_string().contains("start with the original master key"), "{error}");
}

#[test]
fn organizations_can_not_open_what_others_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_db(&folder);
    let barrier = Barrier::open(&db, &MasterKey::generate(), NOW).unwrap();
    let keys = [(); 2].map(|()| {
        let organization = OrganizationId::generate();
        create(&db, &barrier, organization);
        organization_key(&db, &barrier, organization).unwrap()
    });
    let sealed = keys[0].seal(b"place", b"text").unwrap();
    assert!(keys[1].open(b"place", &sealed).is_err());
    assert!(barrier.system_key().open(b"place", &sealed).is_err());
}

#[test]
fn wrapped_keys_open_in_their_own_row_only() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_db(&folder);
    let master = MasterKey::generate();
    let barrier = Barrier::open(&db, &master, NOW).unwrap();
    let (victim, thief) = (OrganizationId::generate(), OrganizationId::generate());
    create(&db, &barrier, victim);
    const STEAL: db::Statement =
        db::Statement::new("steal_key", "UPDATE data_keys SET scope = $1 WHERE scope = $2");
    db.write_blocking(move |tx| {
        tx.execute(&STEAL, &[thief.into(), victim.into()])?;
        Ok(())
    })
    .unwrap();
    assert_eq!(organization_key(&db, &barrier, thief).unwrap_err().kind(), Kind::Internal);
}

#[test]
fn a_transaction_that_is_run_again_does_not_seal_with_a_key_that_was_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_db(&folder);
    let master = MasterKey::generate();
    let barrier = Barrier::open(&db, &master, NOW).unwrap();
    let organization = OrganizationId::generate();
    let attempt = |fail: bool| {
        let barrier = barrier.clone();
        db.write_blocking(move |tx| {
            barrier.create_organization_key(tx, organization, NOW)?;
            let sealed = barrier.organization_key(tx, organization)?.seal(b"a", b"text")?;
            if fail { Err(Error::conflict("as it happens")) } else { Ok(sealed) }
        })
    };
    assert!(attempt(true).is_err());
    let sealed = attempt(false).unwrap();
    let fresh = Barrier::open(&db, &master, NOW).unwrap();
    let key = organization_key(&db, &fresh, organization).unwrap();
    assert_eq!(key.open(b"a", &sealed).unwrap(), b"text");
}

#[test]
fn later_versions_seal_and_earlier_ones_still_open() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_db(&folder);
    let master = MasterKey::generate();
    let barrier = Barrier::open(&db, &master, NOW).unwrap();
    let organization = OrganizationId::generate();
    create(&db, &barrier, organization);
    let first = organization_key(&db, &barrier, organization).unwrap();
    let wrapping = Arc::clone(&barrier.0.master);
    db.write_blocking(move |tx| {
        store::create(tx, &wrapping, &organization.to_string(), FIRST_VERSION + 1, NOW)
    })
    .unwrap();

    let fresh = Barrier::open(&db, &master, NOW).unwrap();
    let both = organization_key(&db, &fresh, organization).unwrap();
    assert_eq!(both.open(b"a", &first.seal(b"a", b"old").unwrap()).unwrap(), b"old");
    assert!(first.open(b"a", &both.seal(b"a", b"new").unwrap()).is_err());
}

#[tokio::test]
async fn a_key_that_was_deleted_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_db(&folder);
    let barrier = Barrier::open(&db, &MasterKey::generate(), NOW).unwrap();
    let organization = OrganizationId::generate();
    let maker = barrier.clone();
    db.write(move |tx| maker.create_organization_key(tx, organization, NOW)).await.unwrap();
    barrier.load_organization_key(&db, organization).await.unwrap();
    let killer = barrier.clone();
    db.write(move |tx| killer.delete_organization_key(tx, organization)).await.unwrap();
    let error = barrier.load_organization_key(&db, organization).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Internal);
}

#[test]
fn signatures_are_for_one_purpose_and_one_payload() {
    let folder = tempfile::tempdir().unwrap();
    let barrier = Barrier::open(&open_db(&folder), &MasterKey::generate(), NOW).unwrap();
    let tag = barrier.sign("upload", b"sv-1");
    assert!(barrier.verify("upload", b"sv-1", &tag));
    for (purpose, payload) in [("download", "sv-1"), ("upload", "sv-2"), ("uploads", "v-1")] {
        assert!(!barrier.verify(purpose, payload.as_bytes(), &tag));
    }
    assert!(!barrier.verify("upload", b"sv-1", &tag[..31]));
    assert_ne!(barrier.token_hash("a"), barrier.token_hash("b"));
}

#[test]
fn every_statement_is_accepted_and_none_that_is_hot_reads_a_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    for statement in open_db(&folder).prepare_all(crate::sql::ALL).unwrap() {
        assert!(!statement.hot || statement.scans.is_empty(), "{statement:?}");
    }
}
