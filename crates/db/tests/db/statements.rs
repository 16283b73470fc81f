//! Parameters, values and lists.

use db::{DbError, Row, Statement, Tx, Value};
use kernel::{Id, Kind, Timestamp, kinds};

use crate::engines::{INSERT_COUNT, UPDATE_COUNT_FROM, count, insert, on_each_engine};

const INSERT_KEY: Statement = Statement::new(
    "insert_key",
    "INSERT INTO data_keys (created_at, wrapped, version, scope, id) VALUES ($5, $4, $3, $2, $1)",
);
const SELECT_KEY: Statement = Statement::new(
    "select_key",
    "SELECT id, scope, version, wrapped, created_at FROM data_keys WHERE id = $1",
);
const SELECT_COUNTS_IN: Statement = Statement::new(
    "select_counts_in",
    "SELECT failures FROM sign_in_attempts
     WHERE subject IN ($list) AND failures >= $1 ORDER BY failures",
);
const SELECT_BY_OPTION: Statement = Statement::new(
    "select_by_option",
    "SELECT failures FROM sign_in_attempts WHERE CAST($1 AS TEXT) IS NULL OR subject = $1",
);

#[test]
fn parameters_in_any_order_are_bound_by_number() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 1).unwrap();
        let changed = fresh.db().write_blocking(|tx| {
            Ok(tx.execute(&UPDATE_COUNT_FROM, &["a".into(), 1.into(), 9.into()])?)
        });
        assert_eq!(changed.unwrap(), 1);
        assert_eq!(count(fresh.db(), "a"), Some(9));
    });
}

#[test]
fn values_come_back_as_they_went() {
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let values: [(String, i64, Vec<u8>); 4] = [
        (String::new(), 0, Vec::new()),
        ("å \u{1F600} ' \" $1 ?1".to_owned(), i64::MAX, vec![0, 255]),
        ("x".repeat(100_000), i64::MIN, vec![0; 70_000]),
        ("large".to_owned(), -1, large),
    ];
    on_each_engine(|fresh| {
        for (number, (scope, version, wrapped)) in values.clone().into_iter().enumerate() {
            let (id, now) = (format!("key {number}"), Timestamp::from_micros(1_234_567));
            let expected = (id.clone(), scope.clone(), version, wrapped.clone(), now);
            let key = id.clone();
            fresh
                .db()
                .write_blocking(move |tx| {
                    let params = [
                        (&key).into(),
                        (&scope).into(),
                        version.into(),
                        (&wrapped).into(),
                        now.into(),
                    ];
                    Ok(tx.execute(&INSERT_KEY, &params)?)
                })
                .unwrap();
            let found = fresh.db().read_blocking(move |tx| {
                Ok(tx.query_one(&SELECT_KEY, &[(&id).into()], |row| {
                    let (id, scope, version) = (row.text(0)?, row.text(1)?, row.int(2)?);
                    Ok((id, scope, version, row.bytes(3)?, row.timestamp(4)?))
                })?)
            });
            assert_eq!(found.unwrap(), expected);
        }
    });
}

#[test]
fn lists_of_every_length_find_each_item_once() {
    on_each_engine(|fresh| {
        fresh
            .db()
            .write_blocking(|tx| {
                for number in 0..40_i64 {
                    let params = [number.to_string().into(), number.into()];
                    tx.execute(&INSERT_COUNT, &params)?;
                }
                Ok(())
            })
            .unwrap();
        for length in [0_usize, 1, 2, 3, 5, 17, 33, 2_000] {
            let found = fresh.db().read_blocking(move |tx| {
                let names: Vec<Value<'_>> =
                    (0..length).map(|number| number.to_string().into()).collect();
                Ok(tx.query_in(&SELECT_COUNTS_IN, &[1.into()], &names, |row| row.int(0))?)
            });
            let expected: Vec<_> = (1..i64::try_from(length.clamp(1, 40)).unwrap()).collect();
            assert_eq!(found.unwrap(), expected, "{length}");
        }
    });
}

#[test]
fn a_missing_filter_finds_everything() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 1).unwrap();
        insert(fresh.db(), "b", 2).unwrap();
        let find = |name: Option<&'static str>| {
            let found = fresh.db().read_blocking(move |tx| {
                Ok(tx.query(&SELECT_BY_OPTION, &[name.into()], |row| row.int(0))?)
            });
            found.unwrap().len()
        };
        assert_eq!((find(None), find(Some("b")), find(Some("c"))), (2, 1, 0));
    });
}

#[test]
fn a_nul_character_is_the_clients_mistake_on_both_engines() {
    on_each_engine(|fresh| {
        let error = insert(fresh.db(), "a\0b", 1).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
    });
}

#[test]
fn wrong_parameters_and_columns_are_errors_that_name_the_statement() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 1).unwrap();
        let cause = |run: fn(&mut Tx<'_>) -> Result<(), DbError>| {
            let error = fresh.db().write_blocking(move |tx| Ok(run(tx)?)).unwrap_err();
            assert_eq!(error.kind(), Kind::Unavailable);
            error.internal_cause().unwrap().to_owned()
        };
        let few = cause(|tx| tx.execute(&INSERT_COUNT, &["b".into()]).map(drop));
        assert!(few.contains("insert_count"), "{few}");
        let swapped = cause(|tx| tx.execute(&INSERT_COUNT, &["b".into(), "c".into()]).map(drop));
        assert!(swapped.contains("insert_count"), "{swapped}");
        let select = |tx: &mut Tx<'_>, map: fn(&Row<'_>) -> Result<(), DbError>| {
            tx.query(&SELECT_BY_OPTION, &["a".into()], map).map(drop)
        };
        for text in [
            cause(|tx| tx.query(&SELECT_BY_OPTION, &["a".into()], |row| row.text(0)).map(drop)),
            cause(|tx| tx.query(&SELECT_BY_OPTION, &["a".into()], |row| row.int(7)).map(drop)),
        ] {
            assert!(text.contains("select_by_option"), "{text}");
        }
        let none = fresh.db().read_blocking(move |tx| {
            Ok(select(tx, |row| row.id::<kinds::Workspace>(0).map(drop))?)
        });
        none.unwrap_err();
    });
}

#[test]
fn ids_booleans_and_nothing_are_kept() {
    let echo = Statement::new(
        "echo",
        "SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS BIGINT),
                EXISTS (SELECT 1 FROM jobs)",
    );
    let id = Id::<kinds::Workspace>::generate();
    on_each_engine(|fresh| {
        fresh
            .db()
            .read_blocking(move |tx| {
                let nobody: Option<Id<kinds::User>> = None;
                let params = [id.into(), true.into(), nobody.into(), Some(7_u32).into()];
                tx.query_one(&echo, &params, |row| {
                    assert_eq!(row.id::<kinds::Workspace>(0)?, id);
                    assert!(row.id::<kinds::User>(0).is_err());
                    assert_eq!(row.opt_bool(1)?, Some(true));
                    assert_eq!(row.opt_id::<kinds::User>(2)?, None);
                    assert_eq!(row.opt_text(2)?, None);
                    assert!(row.text(2).is_err());
                    assert_eq!(row.opt_timestamp(3)?, Some(Timestamp::from_micros(7)));
                    assert!(!row.bool(4)?);
                    Ok(())
                })?;
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn texts_sort_by_bytes() {
    let sorted = Statement::new("sorted", "SELECT subject FROM sign_in_attempts ORDER BY subject");
    on_each_engine(|fresh| {
        for name in ["b", "B", "a-c", "ab", "_", "Ä"] {
            insert(fresh.db(), name, 0).unwrap();
        }
        let names = fresh
            .db()
            .read_blocking(move |tx| Ok(tx.query(&sorted, &[], |row| row.text(0))?))
            .unwrap();
        assert_eq!(names, ["B", "_", "a-c", "ab", "b", "Ä"]);
    });
}
