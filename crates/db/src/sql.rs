//! Statements, and how their text is written for each engine.

use std::fmt::Write as _;

use crate::options::Engine;

/// A statement: a constant, never put together at run time.
///
/// The text is the subset that both engines read alike: `$1` … `$n` in any order, TEXT, BIGINT and
/// bytes, `ON CONFLICT`, `RETURNING`, common table expressions, window functions, row values. Not:
/// `now()`, arrays, JSON operators, `ILIKE`, booleans, `$` in a literal. `IN ($list)` takes a list
/// ([`crate::Tx::query_in`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Names the statement in errors and snapshots.
    pub name: &'static str,
    /// The text.
    pub sql: &'static str,
    /// Whether it stands on a path where reading a whole table would be a fault.
    pub hot: bool,
    /// Whether it only locks rows (`… FOR UPDATE`), which SQLite neither needs nor knows.
    pub lock: bool,
}

impl Statement {
    /// A statement.
    pub const fn new(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql, hot: false, lock: false }
    }

    /// Marks it as one that must not read a whole table.
    #[must_use]
    pub const fn hot(mut self) -> Self {
        self.hot = true;
        self
    }

    /// Marks it as one that only locks rows; it runs on PostgreSQL only.
    #[must_use]
    pub const fn lock_only(mut self) -> Self {
        self.lock = true;
        self
    }
}

/// What a prepared statement is found by. Texts live for ever, so their address names them, and
/// looking one up costs no comparison of texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    address: usize,
    length: usize,
    list: usize,
}

impl Key {
    pub(crate) fn new(sql: &'static str, list: usize) -> Self {
        Self { address: sql.as_ptr().addr(), length: sql.len(), list }
    }
}

/// How many places a list of `length` gets: powers of two, so that lists of all lengths share few
/// prepared statements. The last item fills what is left over.
pub(crate) const fn places(length: usize) -> usize {
    length.next_power_of_two()
}

/// The statement's text for an engine, with `list` places for `$list`.
///
/// To SQLite `$2` is a name, numbered by its first appearance, so that `SET a = $2 WHERE id = $1`
/// would bind the wrong way around without an error. There `$n` becomes `?n`.
pub(crate) fn render(sql: &str, engine: Engine, list: usize) -> String {
    let marker = match engine {
        Engine::Sqlite => '?',
        Engine::Postgres => '$',
    };
    let first = parameters(sql) + 1;
    let mut text = String::with_capacity(sql.len() + list * 5);
    for (position, part) in sql.split('$').enumerate() {
        if position == 0 {
            text.push_str(part);
        } else if let Some(rest) = part.strip_prefix("list") {
            for place in 0..list {
                let separator = if place == 0 { "" } else { ", " };
                // Writing to a String does not fail.
                let _ = write!(text, "{separator}{marker}{}", first + place);
            }
            text.push_str(rest);
        } else {
            text.push(marker);
            text.push_str(part);
        }
    }
    text
}

/// The highest `$n` of a text.
fn parameters(sql: &str) -> usize {
    let number = |part: &str| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    sql.split('$').skip(1).map(number).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_numbers() {
        let sql = "UPDATE t SET a = $2, b = $10 WHERE id = $1";
        let expected = "UPDATE t SET a = ?2, b = ?10 WHERE id = ?1";
        assert_eq!(render(sql, Engine::Sqlite, 0), expected);
        assert_eq!(render(sql, Engine::Postgres, 0), sql);
    }

    #[test]
    fn a_list_follows_the_other_parameters() {
        let sql = "SELECT x FROM t WHERE a IN ($list) AND b = $2 AND c = $1";
        assert_eq!(
            render(sql, Engine::Sqlite, 2),
            "SELECT x FROM t WHERE a IN (?3, ?4) AND b = ?2 AND c = ?1"
        );
        assert_eq!(
            render(sql, Engine::Postgres, 1),
            "SELECT x FROM t WHERE a IN ($3) AND b = $2 AND c = $1"
        );
    }

    #[test]
    fn lists_get_powers_of_two() {
        assert_eq!([1, 2, 3, 5, 64, 65].map(places), [1, 2, 4, 8, 64, 128]);
    }
}
