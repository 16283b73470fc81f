//! Tokens of teams and organizations, keys, and how long tokens may live.

use db::Statement;

/// A token and the names of what it has to do with.
macro_rules! listed_columns {
    () => {
        "SELECT t.id, t.kind, t.user_id, t.organization_id, t.team_id, t.project_id, \
         t.workspace_id, t.level, t.custom, t.description, t.read_only, t.networks, \
         t.created_by, t.created_at, t.last_used_at, t.last_used_address, t.expires_at, \
         t.childless, c.username, m.name, p.name, w.name, w.project_id"
    };
}

macro_rules! listed_from {
    () => {
        " FROM tokens t LEFT JOIN users c ON c.id = t.created_by \
         LEFT JOIN teams m ON m.id = t.team_id \
         LEFT JOIN projects p ON p.id = t.project_id \
         LEFT JOIN workspaces w ON w.id = t.workspace_id "
    };
}

/// Holds a token's row until the end of the transaction.
pub const LOCK_TOKEN: Statement =
    Statement::new("lock_token", "SELECT id FROM tokens WHERE id = $1 FOR UPDATE").lock_only();

/// The one token of an organization, or of a team of it, if it has one.
pub const FIND_SINGLE_TOKEN: Statement = Statement::new(
    "find_single_token",
    concat!(
        listed_columns!(),
        listed_from!(),
        "WHERE t.organization_id = $1 AND t.kind = $2 \
           AND (CAST($3 AS TEXT) IS NULL OR t.team_id = $3)"
    ),
)
.hot();

/// Revokes that one.
pub const DELETE_SINGLE_TOKEN: Statement = Statement::new(
    "delete_single_token",
    "DELETE FROM tokens WHERE organization_id = $1 AND kind = $2 \
       AND (CAST($3 AS TEXT) IS NULL OR team_id = $3) RETURNING id",
);

/// A token with names.
pub const FIND_LISTED_TOKEN: Statement = Statement::new(
    "find_listed_token",
    concat!(listed_columns!(), listed_from!(), "WHERE t.id = $1"),
)
.hot();

macro_rules! team_token_filter {
    () => {
        "WHERE t.organization_id = $1 AND t.kind IN ('team', 'legacy-team') \
           AND (CAST($2 AS BIGINT) = 1 OR t.team_id IN ($list)) \
           AND (CAST($3 AS BIGINT) = 1 OR m.owners = 0) \
           AND (CAST($4 AS TEXT) IS NULL OR m.name_folded LIKE $4 ESCAPE '\\' \
             OR LOWER(t.description) LIKE $4 ESCAPE '\\' \
             OR c.username_folded LIKE $4 ESCAPE '\\')"
    };
}

/// A page of the tokens of an organization's teams: of all (`$2`) or those in the list, with those
/// of the owners or without (`$3`), in the order of `$5`.
pub const LIST_TEAM_TOKENS: Statement = Statement::new(
    "list_team_tokens",
    concat!(
        listed_columns!(),
        listed_from!(),
        team_token_filter!(),
        " ORDER BY \
         CASE CAST($5 AS TEXT) WHEN 'team-name' THEN m.name_folded \
           WHEN 'created-by' THEN COALESCE(c.username_folded, '') END, \
         CASE CAST($5 AS TEXT) WHEN '-team-name' THEN m.name_folded \
           WHEN '-created-by' THEN COALESCE(c.username_folded, '') END DESC, \
         CASE CAST($5 AS TEXT) WHEN 'created-at' THEN t.created_at \
           WHEN 'expired-at' THEN COALESCE(t.expires_at, 9223372036854775807) \
           WHEN 'last-used-at' THEN COALESCE(t.last_used_at, 0) END, \
         CASE CAST($5 AS TEXT) WHEN '-created-at' THEN t.created_at \
           WHEN '-expired-at' THEN COALESCE(t.expires_at, 9223372036854775807) \
           WHEN '-last-used-at' THEN COALESCE(t.last_used_at, 0) END DESC, \
         t.created_at DESC, t.id DESC LIMIT $6 OFFSET $7"
    ),
)
.hot();

/// How many tokens that filter finds.
pub const COUNT_TEAM_TOKENS: Statement = Statement::new(
    "count_team_tokens",
    concat!("SELECT COUNT(*)", listed_from!(), team_token_filter!()),
)
.hot();

macro_rules! key_filter {
    () => {
        "WHERE t.organization_id = $1 AND t.kind = 'key' \
           AND (CAST($2 AS TEXT) IS NULL OR t.project_id = $2 OR w.project_id = $2) \
           AND (CAST($3 AS TEXT) IS NULL OR LOWER(t.description) LIKE $3 ESCAPE '\\' \
             OR p.name_folded LIKE $3 ESCAPE '\\' OR w.name_folded LIKE $3 ESCAPE '\\')"
    };
}

/// A page of an organization's keys, the newest first; of those in one project, if `$2` names one.
pub const LIST_KEYS: Statement = Statement::new(
    "list_keys",
    concat!(
        listed_columns!(),
        listed_from!(),
        key_filter!(),
        " ORDER BY t.created_at DESC, t.id DESC LIMIT $4 OFFSET $5"
    ),
)
.hot();

/// How many keys that filter finds.
pub const COUNT_KEYS: Statement =
    Statement::new("count_keys", concat!("SELECT COUNT(*)", listed_from!(), key_filter!())).hot();

/// A workspace of an organization by its name.
pub const FIND_WORKSPACE_ID_BY_NAME: Statement = Statement::new(
    "find_workspace_id_by_name",
    "SELECT id FROM workspaces WHERE organization_id = $1 AND name_folded = $2",
)
.hot();

/// How long tokens of each kind may live.
pub const LIST_LIFETIMES: Statement = Statement::new(
    "list_lifetimes",
    "SELECT kind, max_lifetime_ms FROM token_lifetimes WHERE organization_id = $1",
)
.hot();

/// How long tokens of a kind may live; of keys, if nothing is said, as the organization's token.
pub const FIND_LIFETIME: Statement = Statement::new(
    "find_lifetime",
    "SELECT max_lifetime_ms FROM token_lifetimes \
     WHERE organization_id = $1 \
       AND (kind = $2 OR (kind = 'organization' AND CAST($2 AS TEXT) = 'key')) \
     ORDER BY CASE WHEN kind = $2 THEN 0 ELSE 1 END LIMIT 1",
)
.hot();

/// The shortest life that an organization of a person allows to tokens of people.
pub const FIND_SHORTEST_LIFETIME: Statement = Statement::new(
    "find_shortest_lifetime",
    "SELECT MIN(l.max_lifetime_ms) FROM memberships m \
     JOIN token_lifetimes l ON l.organization_id = m.organization_id AND l.kind = 'user' \
     WHERE m.user_id = $1 AND m.status = 'active'",
)
.hot();

/// Says how long tokens of a kind may live.
pub const UPSERT_LIFETIME: Statement = Statement::new(
    "upsert_lifetime",
    "INSERT INTO token_lifetimes (organization_id, kind, max_lifetime_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (organization_id, kind) DO UPDATE SET max_lifetime_ms = $3",
);

/// Lets tokens of a kind live as long as they like.
pub const DELETE_LIFETIME: Statement = Statement::new(
    "delete_lifetime",
    "DELETE FROM token_lifetimes WHERE organization_id = $1 AND kind = $2",
);

/// Forgets tokens that ended long ago.
pub const DELETE_EXPIRED_TOKENS: Statement = Statement::new(
    "delete_expired_tokens",
    "DELETE FROM tokens WHERE expires_at <= $1 AND kind <> 'workload'",
);
