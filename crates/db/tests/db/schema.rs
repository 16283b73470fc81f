//! The tables are the same on both engines, and serve their references and statements.

use std::collections::BTreeSet;

use db::{Db, Engine, Statement, jobs};

use crate::engines::{Fresh, on_each_engine};

const SQLITE: [Statement; 3] = [
    Statement::new(
        "sqlite_columns",
        "SELECT t.name || '.' || c.name || ' ' ||
                CASE c.type WHEN 'INTEGER' THEN 'BIGINT' WHEN 'BLOB' THEN 'BYTES' ELSE c.type END ||
                CASE c.\"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END
         FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'",
    ),
    Statement::new(
        "sqlite_indexes",
        "SELECT CASE i.origin WHEN 'pk' THEN t.name || '_pkey' ELSE i.name END || ' ' ||
                CASE i.\"unique\" WHEN 1 THEN 'UNIQUE ' ELSE '' END || t.name || ' (' ||
                GROUP_CONCAT(c.name, ', ' ORDER BY c.seqno) || ') ' ||
                CASE i.partial WHEN 1 THEN SUBSTR(s.sql, INSTR(s.sql, 'WHERE')) ELSE '' END
         FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i
         JOIN pragma_index_info(i.name) AS c JOIN sqlite_schema AS s ON s.name = i.name
         WHERE t.type = 'table' GROUP BY t.name, i.name",
    ),
    Statement::new(
        "sqlite_references",
        "SELECT t.name || ' (' || f.\"from\" || ') REFERENCES ' || f.\"table\" || ' ' || f.on_delete
         FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'",
    ),
];

const POSTGRES: [Statement; 3] = [
    Statement::new(
        "postgres_columns",
        "SELECT table_name || '.' || column_name || ' ' ||
                CASE data_type WHEN 'bytea' THEN 'BYTES' ELSE UPPER(data_type) END ||
                CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
         FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA",
    ),
    Statement::new(
        "postgres_indexes",
        "SELECT indexname || ' ' ||
                CASE WHEN indexdef LIKE 'CREATE UNIQUE%' THEN 'UNIQUE ' ELSE '' END ||
                tablename || ' ' || REPLACE(REGEXP_REPLACE(indexdef, '^[^(]*', ''), CHR(34), '')
         FROM pg_indexes WHERE schemaname = CURRENT_SCHEMA",
    ),
    Statement::new(
        "postgres_references",
        "SELECT c.conrelid::regclass::text || ' (' || a.attname || ') REFERENCES ' ||
                c.confrelid::regclass::text || ' ' ||
                CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                                   WHEN 'a' THEN 'NO ACTION' ELSE 'other' END
         FROM pg_constraint AS c
         JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND c.connamespace = CURRENT_SCHEMA::regnamespace",
    ),
];

/// What has SQLite's own row numbers as its key, which need no index there.
const NUMBERED: [&str; 5] = [
    "schema_migrations",
    "audit_chain_pkey",
    "credential_duty_pkey",
    "credential_generation_pkey",
    "credential_seal_pkey",
];

fn describe(db: &Db) -> [BTreeSet<String>; 3] {
    let statements = match db.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    statements.map(|statement| {
        db.read_blocking(move |tx| Ok(tx.query(&statement, &[], |row| row.text(0))?))
            .unwrap()
            .into_iter()
            .filter(|line| !NUMBERED.iter().any(|table| line.starts_with(table)))
            .map(|line| normal(&line))
            .collect()
    })
}

/// The condition of a partial index as it was written: PostgreSQL adds parentheses and types, and
/// has a word of its own for lists.
fn normal(line: &str) -> String {
    let line = line.replace("::text", "").replace("= ANY (ARRAY[", "IN (").replace("])", ")");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.split_once(" WHERE ") {
        Some((index, condition)) => {
            let bare = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            format!("{index} WHERE {}", bare.unwrap_or(condition))
        }
        None => line,
    }
}

#[test]
fn the_tables_are_the_same_on_both_engines() {
    let Some(postgres) = Fresh::postgres() else { return };
    let sqlite = Fresh::sqlite();
    for (sqlite, postgres) in describe(sqlite.db()).iter().zip(&describe(postgres.db())) {
        let differences: Vec<_> = sqlite.symmetric_difference(postgres).collect();
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(sqlite.len() > 10);
    }
}

/// Else deleting the row that is referred to reads the whole table that refers.
#[test]
fn every_reference_stands_first_in_an_index() {
    let [_, indexes, references] = describe(Fresh::sqlite().db());
    let unserved = references.iter().filter(|reference| {
        let (columns, _) = reference.split_once(')').unwrap();
        !indexes
            .iter()
            .any(|index| [',', ')'].iter().any(|end| index.contains(&format!(" {columns}{end}"))))
    });
    assert_eq!(unserved.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn statements_are_prepared_and_hot_ones_read_no_whole_table() {
    on_each_engine(|fresh| {
        let prepared = fresh.db().prepare_all(jobs::ALL).unwrap();
        for statement in &prepared {
            assert!(!statement.hot || statement.scans.is_empty(), "{statement:?}");
        }
        let expected = match fresh.db().engine() {
            Engine::Sqlite => jobs::ALL.len() - 1,
            Engine::Postgres => jobs::ALL.len(),
        };
        assert_eq!(prepared.len(), expected);
        let due = prepared.iter().find(|found| found.name == "select_due_job").unwrap();
        assert_eq!(due.columns, ["id", "kind", "payload", "attempts"]);
    });
    let all = Statement::new("count_all", "SELECT COUNT(*) AS n FROM jobs AS j");
    let found = Fresh::sqlite().db().prepare_all(&[&all]).unwrap();
    assert_eq!(found[0].columns, ["n"]);
    assert!(found[0].scans[0].starts_with("SCAN j"), "{found:?}");
}

#[test]
fn every_statement_that_an_engine_refuses_is_named() {
    let wrong = Statement::new("wrong", "SELECT nothing FROM nowhere");
    let also = Statement::new("also", "SELEKT 1");
    on_each_engine(|fresh| {
        let error = fresh.db().prepare_all(&[&wrong, &also]).unwrap_err();
        let cause = error.internal_cause().unwrap();
        assert!(cause.contains("wrong: ") && cause.contains("also: "), "{cause}");
    });
}

#[test]
fn a_type_that_rows_can_not_hold_is_noticed() {
    let Some(postgres) = Fresh::postgres() else { return };
    let sum = Statement::new("sum", "SELECT SUM(attempts) AS total FROM jobs");
    let error = postgres.db().prepare_all(&[&sum]).unwrap_err();
    assert!(error.internal_cause().unwrap().contains("total has the type numeric"), "{error:?}");
}
