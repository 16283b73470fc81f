//! Contents through a database: on PostgreSQL when STATEWARD_TEST_POSTGRES holds the URL of a
//! server, else on SQLite.

use barrier::{Barrier, DataKey, MasterKey};
use db::{Db, Options, Statement, Value};
use kernel::{ContentId, Error, Kind, OrganizationId, Result, Secret, Timestamp};
use proptest::prelude::*;

use crate::{Digest, PIECE, Prepared, Reader, Writer, collect_orphans, delete, insert, read, sql};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const LATER: Timestamp = Timestamp::from_micros(1_700_000_000_000_001);

const COUNT_ROWS: Statement = Statement::new(
    "count_rows",
    "SELECT (SELECT COUNT(*) FROM contents), (SELECT COUNT(*) FROM content_chunks), \
     (SELECT COUNT(*) FROM content_uploads)",
);

struct Store {
    db: Db,
    key: DataKey,
    organization: OrganizationId,
    options: Options,
    folder: tempfile::TempDir,
}

impl Drop for Store {
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
            schema: Some(format!("blobs_{}", barrier::hex(barrier::random_bytes::<8>()))),
        },
        Err(_) => Options::Sqlite { path: folder.path().join("stateward.db") },
    }
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder);
        let db = off_runtime(|| Db::open(&options)).unwrap();
        let barrier = Barrier::open(&db, &MasterKey::generate(), NOW).unwrap();
        let organization = OrganizationId::generate();
        let key = db
            .write_blocking(move |tx| {
                barrier.create_organization_key(tx, organization, NOW)?;
                barrier.organization_key(tx, organization)
            })
            .unwrap();
        Self { db, key, organization, options, folder }
    }

    fn writer(&self) -> Writer {
        Writer::new(self.db.clone(), self.key.clone(), self.organization, NOW)
    }

    fn seal(&self, bytes: &[u8]) -> Prepared {
        crate::seal_small(&self.key, bytes).unwrap()
    }

    fn insert(&self, prepared: Prepared) -> Result<ContentId> {
        let (organization, id) = (self.organization, prepared.id());
        self.db.write_blocking(move |tx| insert(tx, organization, &prepared, NOW))?;
        Ok(id)
    }

    fn read(&self, id: ContentId) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        for piece in Reader::open(&self.db, &self.key, id)? {
            let piece = piece?;
            assert!(!piece.is_empty() && piece.len() <= PIECE);
            whole.extend(piece);
        }
        Ok(whole)
    }

    /// Returns how many rows were touched.
    fn execute(&self, sql: &'static str, values: Vec<Value<'static>>) -> u64 {
        self.db
            .write_blocking(move |tx| Ok(tx.execute(&Statement::new("tamper", sql), &values)?))
            .unwrap()
    }

    /// How many rows are in contents, content_chunks and content_uploads.
    fn rows(&self) -> (i64, i64, i64) {
        self.db
            .read_blocking(|tx| {
                Ok(tx.query_one(&COUNT_ROWS, &[], |row| {
                    Ok((row.int(0)?, row.int(1)?, row.int(2)?))
                })?)
            })
            .unwrap()
    }
}

/// Bytes that don't compress.
fn noise(length: usize) -> Vec<u8> {
    let blocks = (0u64..).flat_map(|block| barrier::sha256(block.to_be_bytes()));
    blocks.take(length).collect()
}

/// Bytes that compress about as well as states do.
fn state(length: usize) -> Vec<u8> {
    let resources = (0u64..).flat_map(|index| {
        let id = barrier::hex(&barrier::sha256(index.to_be_bytes())[..8]);
        format!(
            "{{\"mode\":\"managed\",\"type\":\"null_resource\",\"name\":\"item_{index}\",\
             \"instances\":[{{\"schema_version\":0,\"attributes\":{{\"id\":\"{id}\"}}}}]}},\n"
        )
        .into_bytes()
    });
    resources.take(length).collect()
}

#[test]
fn contents_of_every_size_come_back_as_they_were() {
    let store = Store::new();
    let sizes = [0, 1, 4096, 65_000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7];
    for bytes in sizes.into_iter().flat_map(|size| [noise(size), state(size)]) {
        let small = store.seal(&bytes);
        let mut writer = store.writer();
        for part in bytes.chunks(70_001) {
            writer.write_blocking(part).unwrap();
        }
        assert_eq!(writer.size(), bytes.len() as u64);
        let streamed = writer.finish().unwrap();
        for prepared in [small, streamed] {
            assert_eq!(*prepared.digest(), Digest::of(&bytes));
            let id = store.insert(prepared).unwrap();
            assert!(store.read(id).unwrap() == bytes, "{} bytes", bytes.len());
            let reader = Reader::open(&store.db, &store.key, id).unwrap();
            assert_eq!(reader.size(), bytes.len() as u64);
        }
    }
    assert_eq!(store.rows().2, 0, "no upload is left open");
}

#[test]
fn small_contents_stand_in_their_row_and_middling_ones_need_no_transaction_before() {
    let store = Store::new();
    store.insert(store.seal(&state(PIECE / 4))).unwrap();
    assert_eq!(store.rows(), (1, 0, 0));
    let mut writer = store.writer();
    writer.write_blocking(&noise(PIECE)).unwrap();
    let prepared = writer.finish().unwrap();
    assert_eq!(store.rows(), (1, 0, 0));
    store.insert(prepared).unwrap();
    assert_eq!(store.rows(), (2, 1, 0));
}

#[test]
fn digests_are_those_of_the_plaintext() {
    let digest = Digest::of(b"abc");
    assert_eq!(digest.size, 3);
    assert_eq!(barrier::hex(digest.md5), "900150983cd24fb0d6963f7d28e17f72");
    assert_eq!(digest.sha256, barrier::sha256("abc"));
}

#[tokio::test]
async fn the_async_ways_read_and_write_the_same() {
    let store = Store::new();
    let bytes = noise(4 * PIECE + 1);
    let mut writer = store.writer();
    for part in bytes.chunks(300_000) {
        writer.write(part).await.unwrap();
    }
    assert!(store.rows().1 > 0, "chunks are stored on the way");
    let id = store.insert(writer.finish().unwrap()).unwrap();
    assert!(read(&store.db, &store.key, id).await.unwrap() == bytes);
    assert!(store.read(id).unwrap() == bytes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn however_it_is_cut_a_content_is_the_same(
        cuts in proptest::collection::vec(0usize..(PIECE / 2), 1..12),
    ) {
        let store = Store::new();
        let bytes = noise(cuts.iter().sum());
        let (mut writer, mut rest) = (store.writer(), bytes.as_slice());
        for cut in cuts {
            let (part, after) = rest.split_at(cut);
            writer.write_blocking(part).unwrap();
            rest = after;
        }
        let prepared = writer.finish().unwrap();
        prop_assert_eq!(*prepared.digest(), Digest::of(&bytes));
        let id = store.insert(prepared).unwrap();
        prop_assert!(store.read(id).unwrap() == bytes);
    }
}

#[test]
fn chunks_that_were_tampered_with_are_noticed() {
    const SWAP: &str = "UPDATE content_chunks SET position = CASE position WHEN 0 THEN -1 \
                        WHEN 1 THEN 0 ELSE position END WHERE content_id = $1";
    const DROP_LAST: &str = "DELETE FROM content_chunks WHERE content_id = $1 AND position = 3";
    const TRUNCATE: &str = "UPDATE contents SET chunks = 3, size = 3145728 WHERE id = $1";
    const SHORTEN: &str = "UPDATE contents SET size = size - 1 WHERE id = $1";
    const EMPTY: &str = "UPDATE contents SET chunks = 0, size = 0 WHERE id = $1";
    const REPEAT: &str = "UPDATE content_chunks SET bytes = (SELECT bytes FROM content_chunks c \
                          WHERE c.content_id = content_chunks.content_id AND c.position = 0) \
                          WHERE content_id = $1 AND position = 1";
    for sql in [SWAP, DROP_LAST, TRUNCATE, SHORTEN, EMPTY, REPEAT] {
        let store = Store::new();
        let id = store.insert(store.seal(&noise(3 * PIECE + 5))).unwrap();
        assert!(store.execute(sql, vec![id.into()]) > 0, "{sql}");
        assert_eq!(store.read(id).unwrap_err().kind(), Kind::Internal, "{sql}");
    }
}

#[test]
fn what_belongs_to_another_content_or_key_does_not_open() {
    let store = Store::new();
    let (one, two) = (store.seal(b"one state"), store.seal(b"two state"));
    let (one, two) = (store.insert(one).unwrap(), store.insert(two).unwrap());
    store.execute(
        "UPDATE contents SET inline = (SELECT inline FROM contents c WHERE c.id = $2) \
         WHERE id = $1",
        vec![one.into(), two.into()],
    );
    assert_eq!(store.read(one).unwrap_err().kind(), Kind::Internal);
    assert_eq!(store.read(two).unwrap(), b"two state");
    let other = Store::new();
    let mut reader = Reader::open(&store.db, &other.key, two).unwrap();
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().is_none(), "nothing comes after an error");
}

#[tokio::test]
async fn interrupted_uploads_are_collected_and_others_are_not() {
    let store = Store::new();
    let mut interrupted = store.writer();
    interrupted.write(&noise(3 * PIECE)).await.unwrap();
    drop(interrupted);
    let mut finished = store.writer();
    finished.write(&noise(3 * PIECE)).await.unwrap();
    let kept = store.insert(finished.finish().unwrap()).unwrap();
    let small = store.insert(store.seal(b"small")).unwrap();
    assert_eq!(store.rows().2, 1);

    assert_eq!(collect_orphans(&store.db, NOW, 10).await.unwrap(), 0, "not old enough");
    assert_eq!(collect_orphans(&store.db, LATER, 0).await.unwrap(), 0, "not more than asked");
    assert_eq!(collect_orphans(&store.db, LATER, 10).await.unwrap(), 1);
    assert_eq!(store.rows(), (2, 3, 0));
    assert!(store.read(kept).unwrap() == noise(3 * PIECE));
    assert_eq!(store.read(small).unwrap(), b"small");
}

#[tokio::test]
async fn an_upload_that_was_collected_can_not_be_inserted_or_go_on() {
    let store = Store::new();
    let mut writer = store.writer();
    writer.write(&noise(3 * PIECE)).await.unwrap();
    assert_eq!(collect_orphans(&store.db, LATER, 10).await.unwrap(), 1);
    let error = store.insert(writer.finish().unwrap()).unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(store.rows().0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_insert_and_collection_exactly_one_wins() {
    let store = Store::new();
    for round in 0..20 {
        let mut writer = store.writer();
        writer.write(&noise(2 * PIECE + 1)).await.unwrap();
        let prepared = writer.finish().unwrap();
        let (id, organization) = (prepared.id(), store.organization);
        let db = store.db.clone();
        let insertion = tokio::spawn(async move {
            db.write(move |tx| insert(tx, organization, &prepared, NOW)).await
        });
        let collected = collect_orphans(&store.db, LATER, 10).await.unwrap();
        let inserted = insertion.await.unwrap().is_ok();
        assert_eq!(inserted, collected == 0, "round {round}");
        assert_eq!(store.read(id).is_ok(), inserted, "round {round}");
    }
    let (contents, chunks, uploads) = store.rows();
    assert_eq!((chunks, uploads), (3 * contents, 0));
}

#[test]
fn a_transaction_that_fails_leaves_the_content_to_be_inserted_again() {
    let store = Store::new();
    let mut writer = store.writer();
    writer.write_blocking(&noise(3 * PIECE)).unwrap();
    let prepared = std::sync::Arc::new(writer.finish().unwrap());
    let (id, organization) = (prepared.id(), store.organization);
    let attempt = |fail: bool| {
        let prepared = prepared.clone();
        store.db.write_blocking(move |tx| {
            insert(tx, organization, &prepared, NOW)?;
            if fail { Err(Error::conflict("as it happens")) } else { Ok(()) }
        })
    };
    assert!(attempt(true).is_err());
    assert_eq!((store.rows().0, store.rows().2), (0, 1), "still an upload under way");
    attempt(false).unwrap();
    assert!(store.read(id).unwrap() == noise(3 * PIECE));
}

#[test]
fn a_writer_that_lost_a_batch_does_not_go_on() {
    let store = Store::new();
    store.execute("ALTER TABLE content_chunks RENAME TO chunks_elsewhere", vec![]);
    let mut writer = store.writer();
    let error = writer.write_blocking(&noise(3 * PIECE)).unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(writer.write_blocking(b"more").is_err());
    assert!(writer.finish().is_err());
}

#[test]
fn deleted_contents_leave_nothing() {
    let store = Store::new();
    let ids = [noise(3 * PIECE), noise(100)].map(|bytes| store.insert(store.seal(&bytes)).unwrap());
    store.db.write_blocking(move |tx| ids.into_iter().try_for_each(|id| delete(tx, id))).unwrap();
    assert_eq!(store.rows(), (0, 0, 0));
    assert_eq!(store.read(ids[0]).unwrap_err().kind(), Kind::Internal);
}

#[test]
fn every_statement_is_accepted_and_none_that_is_hot_reads_a_whole_table() {
    for statement in Store::new().db.prepare_all(sql::ALL).unwrap() {
        assert!(!statement.hot || statement.scans.is_empty(), "{statement:?}");
    }
}

#[test]
fn nothing_is_stored_in_the_clear() {
    let store = Store::new();
    store.insert(store.seal(b"hush hush")).unwrap();
    let mut writer = store.writer();
    writer.write_blocking(&noise(3 * PIECE)).unwrap();
    store.insert(writer.finish().unwrap()).unwrap();
    let needles = [b"hush hush".to_vec(), noise(16)];
    for file in std::fs::read_dir(store.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for needle in &needles {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        }
    }
}
