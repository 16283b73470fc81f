//! The audit trail: records, the chain's ends, and how far deliveries have got.

use db::Statement;

macro_rules! record_columns {
    () => {
        "at, id, organization_id, actor_kind, actor_id, actor_name, token_id, address, \
         request_id, action, resource_kind, resource_id, resource_name, outcome, details, \
         position, previous_hash, hash"
    };
}

/// What a list is narrowed by. `$2`: the actor's id or token; `$3`: a part of the actor's name;
/// `$10`: the id of a thing or a request; `$11`: a part of the thing's or the actor's name; `$12`: what
/// was not done.
macro_rules! record_filters {
    () => {
        "AND (CAST($2 AS TEXT) IS NULL OR actor_id = $2 OR token_id = $2 \
              OR LOWER(actor_name) LIKE CAST($3 AS TEXT) ESCAPE '\\') \
         AND (CAST($4 AS TEXT) IS NULL OR action = $4) \
         AND (CAST($5 AS TEXT) IS NULL OR resource_kind = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR resource_id = $6) \
         AND (CAST($7 AS TEXT) IS NULL OR outcome = $7) \
         AND at >= $8 AND at < $9 \
         AND (CAST($10 AS TEXT) IS NULL OR resource_id = $10 OR request_id = $10 \
              OR LOWER(resource_name) LIKE CAST($11 AS TEXT) ESCAPE '\\' \
              OR LOWER(actor_name) LIKE CAST($11 AS TEXT) ESCAPE '\\') \
         AND (CAST($12 AS TEXT) IS NULL OR action <> $12)"
    };
}

/// Adds a record. Its place in the chain follows.
pub const INSERT_AUDIT_RECORD: Statement = Statement::new(
    "insert_audit_record",
    "INSERT INTO audit_records (at, id, organization_id, actor_kind, actor_id, actor_name, \
       token_id, address, request_id, action, resource_kind, resource_id, resource_name, outcome, \
       details) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
);

/// What people call the thing with an id.
pub const FIND_NAME_OF_ORGANIZATION: Statement =
    Statement::new("find_name_of_organization", "SELECT name FROM organizations WHERE id = $1")
        .hot();
/// The same for a project.
pub const FIND_NAME_OF_PROJECT: Statement =
    Statement::new("find_name_of_project", "SELECT name FROM projects WHERE id = $1").hot();
/// The same for a workspace.
pub const FIND_NAME_OF_WORKSPACE: Statement =
    Statement::new("find_name_of_workspace", "SELECT name FROM workspaces WHERE id = $1").hot();

/// Whether a record waits for its place. An index holds those that do and no others.
pub const FIND_LOOSE_AUDIT_RECORD: Statement = Statement::new(
    "find_loose_audit_record",
    "SELECT 1 FROM audit_records WHERE position IS NULL ORDER BY at, id LIMIT 1",
);

/// The records that wait for their place, in its order.
pub const LIST_LOOSE_AUDIT_RECORDS: Statement = Statement::new(
    "list_loose_audit_records",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records WHERE position IS NULL ORDER BY at, id LIMIT $1"
    ),
);

/// Gives a record its place.
pub const CHAIN_AUDIT_RECORD: Statement = Statement::new(
    "chain_audit_record",
    "UPDATE audit_records SET position = $3, previous_hash = $4, hash = $5 \
     WHERE at = $1 AND id = $2 AND position IS NULL",
)
.hot();

/// Makes the chain's ends, if nobody else just did.
pub const INSERT_AUDIT_CHAIN: Statement = Statement::new(
    "insert_audit_chain",
    "INSERT INTO audit_chain (id, first_position, hash_before_first, last_position, last_hash, \
       tag) \
     VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
);

/// Keeps other workers away from the chain.
pub const LOCK_AUDIT_CHAIN: Statement =
    Statement::new("lock_audit_chain", "SELECT id FROM audit_chain WHERE id = 1 FOR UPDATE")
        .lock_only();

/// The chain's ends.
pub const READ_AUDIT_CHAIN: Statement = Statement::new(
    "read_audit_chain",
    "SELECT first_position, hash_before_first, last_position, last_hash, tag FROM audit_chain \
     WHERE id = 1",
)
.hot();

/// Moves the chain's ends.
pub const UPDATE_AUDIT_CHAIN: Statement = Statement::new(
    "update_audit_chain",
    "UPDATE audit_chain SET first_position = $1, hash_before_first = $2, last_position = $3, \
       last_hash = $4, tag = $5 \
     WHERE id = 1",
)
.hot();

/// The last record of the chain, whatever its ends say.
pub const READ_LAST_AUDIT_RECORD: Statement = Statement::new(
    "read_last_audit_record",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"
    ),
);

/// The records after a place, in their order.
pub const LIST_CHAINED_AUDIT_RECORDS: Statement = Statement::new(
    "list_chained_audit_records",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records WHERE position > $1 ORDER BY position LIMIT $2"
    ),
)
.hot();

/// Where the record with a hash stands. Reads all records: only asked when something is wrong.
pub const FIND_AUDIT_POSITION_BY_HASH: Statement = Statement::new(
    "find_audit_position_by_hash",
    "SELECT position FROM audit_records WHERE hash = $1 AND position IS NOT NULL",
);

/// Lets go of the beginning of the chain.
pub const DELETE_AUDIT_RECORDS_UP_TO: Statement =
    Statement::new("delete_audit_records_up_to", "DELETE FROM audit_records WHERE position <= $1")
        .hot();

/// How many records of an organization a filter finds.
pub const COUNT_AUDIT_RECORDS: Statement = Statement::new(
    "count_audit_records",
    concat!("SELECT COUNT(*) FROM audit_records WHERE organization_id = $1 ", record_filters!()),
)
.hot();

/// A page of an organization's records, the newest first.
pub const LIST_AUDIT_RECORDS: Statement = Statement::new(
    "list_audit_records",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records WHERE organization_id = $1 ",
        record_filters!(),
        " ORDER BY at DESC, id DESC LIMIT $13 OFFSET $14"
    ),
)
.hot();

/// One record of an organization.
pub const FIND_AUDIT_RECORD: Statement = Statement::new(
    "find_audit_record",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records WHERE at = $1 AND id = $2 AND organization_id = $3"
    ),
)
.hot();

/// How many records that belong to no organization a filter finds.
pub const COUNT_SITE_AUDIT_RECORDS: Statement = Statement::new(
    "count_site_audit_records",
    concat!(
        "SELECT COUNT(*) FROM audit_records \
         WHERE organization_id IS NULL AND CAST($1 AS TEXT) IS NULL ",
        record_filters!()
    ),
)
.hot();

/// A page of the records that belong to no organization, the newest first.
pub const LIST_SITE_AUDIT_RECORDS: Statement = Statement::new(
    "list_site_audit_records",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records WHERE organization_id IS NULL AND CAST($1 AS TEXT) IS NULL ",
        record_filters!(),
        " ORDER BY at DESC, id DESC LIMIT $13 OFFSET $14"
    ),
)
.hot();

/// The records of a span of time after one of them, the oldest first; of one organization or all.
pub const EXPORT_AUDIT_RECORDS: Statement = Statement::new(
    "export_audit_records",
    concat!(
        "SELECT ",
        record_columns!(),
        " FROM audit_records \
         WHERE (at, id) > ($1, $2) AND at < $3 \
           AND (CAST($4 AS TEXT) IS NULL OR organization_id = $4) \
         ORDER BY at, id LIMIT $5"
    ),
)
.hot();

/// How far a place that records are sent to has got.
pub const READ_AUDIT_DELIVERY: Statement = Statement::new(
    "read_audit_delivery",
    "SELECT position, failures, next_try_at FROM audit_deliveries WHERE target = $1",
)
.hot();

/// The newest place of a record that was sent anywhere.
pub const READ_FURTHEST_AUDIT_DELIVERY: Statement = Statement::new(
    "read_furthest_audit_delivery",
    "SELECT position FROM audit_deliveries ORDER BY position DESC LIMIT 1",
);

/// Somebody with an account, if there is anybody.
pub const FIND_ANY_USER: Statement =
    Statement::new("find_any_user", "SELECT id FROM users LIMIT 1");

/// Begins to send records to a place.
pub const INSERT_AUDIT_DELIVERY: Statement = Statement::new(
    "insert_audit_delivery",
    "INSERT INTO audit_deliveries (target, position, failures, next_try_at) \
     VALUES ($1, 0, 0, 0) ON CONFLICT (target) DO NOTHING",
);

/// Claims a place for a while, if it is due: one server at a time sends there.
pub const CLAIM_AUDIT_DELIVERY: Statement = Statement::new(
    "claim_audit_delivery",
    "UPDATE audit_deliveries SET next_try_at = $4 \
     WHERE target = $1 AND position = $2 AND next_try_at <= $3",
)
.hot();

/// Notes how a delivery went.
pub const UPDATE_AUDIT_DELIVERY: Statement = Statement::new(
    "update_audit_delivery",
    "UPDATE audit_deliveries SET position = $2, failures = $3, next_try_at = $4, last_error = $5 \
     WHERE target = $1",
)
.hot();
