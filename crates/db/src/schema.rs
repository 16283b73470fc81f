//! What tests and tools ask about the database itself.

use kernel::{Result, Secret};

use crate::postgres;

/// A statement that an engine has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The statement's name.
    pub name: &'static str,
    /// Whether it must not read a whole table.
    pub hot: bool,
    /// The names of the result's columns.
    pub columns: Vec<String>,
    /// How SQLite would go about it; empty on PostgreSQL, whose plan depends on what is stored.
    pub plan: Vec<String>,
    /// The steps of the plan that read a whole table or index.
    pub scans: Vec<String>,
}

/// The steps of a SQLite plan that read a whole table or index. Reading what the statement itself
/// has put together (a common table expression, a subquery, a row of constants) is none.
pub(crate) fn scans(plan: &[String]) -> Vec<String> {
    let made: Vec<&str> = plan
        .iter()
        .filter_map(|step| {
            step.strip_prefix("MATERIALIZE ").or_else(|| step.strip_prefix("CO-ROUTINE "))
        })
        .collect();
    let reads_all = |step: &&String| {
        step.strip_prefix("SCAN ").is_some_and(|rest| {
            let table = rest.split(' ').next().unwrap_or_default();
            !table.starts_with('(') && rest != "CONSTANT ROW" && !made.contains(&table)
        })
    };
    plan.iter().filter(reads_all).cloned().collect()
}

/// Drops a PostgreSQL schema with all that is in it: tests make one each.
pub fn drop_schema(url: &Secret<String>, schema: &str) -> Result<()> {
    postgres::drop_schema(url, schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_that_read_a_whole_table_are_scans() {
        let plan = [
            "MATERIALIZE recent",
            "SEARCH jobs USING INDEX jobs_run_at (run_at<?)",
            "SCAN recent",
            "SCAN (subquery-2)",
            "SCAN CONSTANT ROW",
            "SCAN jobs USING COVERING INDEX jobs_run_at",
            "SCAN w",
        ]
        .map(str::to_owned);
        assert_eq!(scans(&plan), ["SCAN jobs USING COVERING INDEX jobs_run_at", "SCAN w"]);
    }
}
