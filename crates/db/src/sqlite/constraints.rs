//! The names of unique indexes. SQLite reports a violation by columns (`tags.organization_id,
//! tags.name`), PostgreSQL by name, and callers go by the name.

use std::collections::HashMap;

use rusqlite::Connection;

/// Index names by the columns that SQLite reports.
#[derive(Debug, Default)]
pub(crate) struct Constraints(HashMap<String, String>);

const INDEXES: &str = "
    SELECT tables.name, indexes.name, indexes.origin,
           GROUP_CONCAT(columns.name, ',' ORDER BY columns.seqno)
    FROM sqlite_schema AS tables
    JOIN pragma_index_list(tables.name) AS indexes
    JOIN pragma_index_info(indexes.name) AS columns
    WHERE tables.type = 'table' AND indexes.\"unique\" = 1
    GROUP BY tables.name, indexes.name";

impl Constraints {
    /// Reads the names out of a migrated database.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut names = HashMap::new();
        let mut statement = connection.prepare(INDEXES)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, index): (String, String) = (row.get(0)?, row.get(1)?);
            let (origin, columns): (String, Option<String>) = (row.get(2)?, row.get(3)?);
            // An index over an expression is reported by its name.
            let Some(columns) = columns else { continue };
            let reported: Vec<_> =
                columns.split(',').map(|column| format!("{table}.{column}")).collect();
            // What PostgreSQL calls constraints that have no name of their own.
            let name = match origin.as_str() {
                "pk" => format!("{table}_pkey"),
                "u" => format!("{table}_{}_key", columns.replace(',', "_")),
                _ => index,
            };
            names.insert(reported.join(", "), name);
        }
        Ok(Self(names))
    }

    /// The name for the message of a unique violation.
    pub(crate) fn name(&self, message: &str) -> String {
        let reported = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(message);
        let quoted = || reported.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\''));
        self.0.get(reported).map_or_else(|| quoted().unwrap_or(reported).to_owned(), Clone::clone)
    }
}
