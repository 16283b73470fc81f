//! Constraints carry the same name on both engines.

use db::{DbError, Statement, Tx, Value};
use kernel::{Error, Kind};

use crate::engines::on_each_engine;

const INSERT_KEY: Statement = Statement::new(
    "insert_key",
    "INSERT INTO data_keys (id, scope, version, wrapped, created_at) VALUES ($1, $2, $3, $4, 0)",
);
const INSERT_CHUNK: Statement = Statement::new(
    "insert_chunk",
    "INSERT INTO content_chunks (content_id, position, bytes) VALUES ($1, $2, $3)",
);
const INSERT_SESSION: Statement = Statement::new(
    "insert_session",
    "INSERT INTO sessions (id, hash, user_id, created_at, last_seen_at, expires_at)
     VALUES ($1, $2, 'nobody', 0, 0, 0)",
);

fn key(tx: &mut Tx<'_>, id: &'static str, scope: Value<'_>) -> Result<u64, DbError> {
    tx.execute(&INSERT_KEY, &[id.into(), scope, 1.into(), (&[1_u8; 4]).into()])
}

#[test]
fn a_unique_violation_names_its_index() {
    on_each_engine(|fresh| {
        let db = fresh.db();
        db.write_blocking(|tx| Ok(key(tx, "a", "system".into())?)).unwrap();
        let taken = || Error::invalid("name", "is taken");
        let error = db
            .write_blocking(move |tx| {
                key(tx, "b", "system".into()).map_err(|e| e.or_constraint("data_keys_scope", taken))
            })
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        let error = db
            .write_blocking(move |tx| {
                key(tx, "a", "other".into()).map_err(|e| e.or_constraint("data_keys_scope", taken))
            })
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
        assert!(error.internal_cause().unwrap().contains("data_keys_pkey"), "{error:?}");
        let error = db
            .write_blocking(|tx| {
                let chunk = ["c".into(), 1.into(), (&[1_u8]).into()];
                tx.execute(&INSERT_CHUNK, &chunk)?;
                Ok(tx.execute(&INSERT_CHUNK, &chunk)?)
            })
            .unwrap_err();
        assert!(error.internal_cause().unwrap().contains("content_chunks_pkey"), "{error:?}");
    });
}

#[test]
fn a_reference_to_nobody_is_a_constraint() {
    on_each_engine(|fresh| {
        let error = fresh
            .db()
            .write_blocking(|tx| {
                let result = tx.execute(&INSERT_SESSION, &["s".into(), (&[1_u8; 32]).into()]);
                assert!(result.clone().is_err_and(|e| e.is_constraint(DbError::FOREIGN_KEY)));
                Ok(result?)
            })
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
    });
}

#[test]
fn null_where_there_must_be_something_is_a_fault_of_ours() {
    on_each_engine(|fresh| {
        let error = fresh.db().write_blocking(|tx| Ok(key(tx, "a", Value::Null)?)).unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
    });
}
