//! Leases and intents.

use db::Statement;

macro_rules! select_lease {
    ($condition:literal) => {
        concat!(
            "SELECT id, mount, token, issued_at, expires_at, last_renewal_at, renewable, \
             internal, attempts, revoke_at, last_error FROM credential_leases WHERE ",
            $condition
        )
    };
}

/// A lease.
pub const FIND_LEASE: Statement =
    Statement::new("find_credential_lease", select_lease!("id = $1")).hot();

/// Adds a lease.
pub const INSERT_LEASE: Statement = Statement::new(
    "insert_credential_lease",
    "INSERT INTO credential_leases (id, mount, token, issued_at, expires_at, renewable, internal, \
       attempts, revoke_at, origin) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $5, $8)",
);

/// Gives a lease a new end, unless it is being revoked meanwhile.
pub const RENEW_LEASE: Statement = Statement::new(
    "renew_credential_lease",
    "UPDATE credential_leases SET expires_at = $2, revoke_at = $2, last_renewal_at = $3 \
     WHERE id = $1 AND revoke_at = $4",
);

/// Ends a lease now.
pub const EXPIRE_LEASE: Statement = Statement::new(
    "expire_credential_lease",
    "UPDATE credential_leases SET expires_at = $2, revoke_at = $2, attempts = 0 WHERE id = $1",
);

/// Ends the leases of a token now.
pub const EXPIRE_LEASES_OF_TOKEN: Statement = Statement::new(
    "expire_credential_leases_of_token",
    "UPDATE credential_leases SET expires_at = $2, revoke_at = $2, token = NULL \
     WHERE token = $1",
);

/// Who stands behind leases: so many ids after one, each found by one step of the index.
pub const LIST_ORIGINS_OF_LEASES: Statement = Statement::new(
    "list_origins_of_credential_leases",
    "WITH RECURSIVE origins(origin) AS ( \
       SELECT MIN(origin) FROM credential_leases WHERE origin > $1 \
       UNION ALL \
       SELECT (SELECT MIN(l.origin) FROM credential_leases l WHERE l.origin > origins.origin) \
         FROM origins WHERE origins.origin IS NOT NULL) \
     SELECT origin FROM origins WHERE origin IS NOT NULL LIMIT $2",
)
.hot();

/// Ends the leases now behind which somebody stands.
pub const EXPIRE_LEASES_OF_ORIGIN: Statement = Statement::new(
    "expire_credential_leases_of_origin",
    "UPDATE credential_leases SET expires_at = $2, revoke_at = $2, origin = NULL \
     WHERE origin = $1",
);

/// Ends the leases between two texts now.
pub const EXPIRE_LEASES_UNDER: Statement = Statement::new(
    "expire_credential_leases_under",
    "UPDATE credential_leases SET expires_at = $3, revoke_at = $3, attempts = 0 \
     WHERE id >= $1 AND id < $2",
);

/// The lease between two texts that so many come before.
pub const FIND_LEASE_AFTER_SOME: Statement = Statement::new(
    "find_credential_lease_after_some",
    "SELECT id FROM credential_leases WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET $3",
)
.hot();

/// Moves the instant at which a lease is to be revoked, unless somebody else has moved it.
pub const CLAIM_LEASE: Statement = Statement::new(
    "claim_credential_lease",
    "UPDATE credential_leases SET revoke_at = $3 WHERE id = $1 AND revoke_at = $2",
);

/// Tries a lease again later, of which the revocation was not even tried.
pub const POSTPONE_LEASE: Statement = Statement::new(
    "postpone_credential_lease",
    "UPDATE credential_leases SET revoke_at = $2 WHERE id = $1 AND revoke_at IS NOT NULL",
);

/// Removes a lease that was revoked.
pub const DELETE_LEASE: Statement =
    Statement::new("delete_credential_lease", "DELETE FROM credential_leases WHERE id = $1");

/// Notes that a lease could not be revoked, and when it is tried again; null: no more. Whoever
/// revoked it before its time did not want it any more: it is over at `$5` at the latest.
pub const FAIL_LEASE: Statement = Statement::new(
    "fail_credential_lease",
    "UPDATE credential_leases SET attempts = $2, revoke_at = $3, last_error = $4, \
       expires_at = CASE WHEN expires_at > $5 THEN $5 ELSE expires_at END WHERE id = $1",
);

/// Leases that are to be revoked by now, the longest overdue first.
pub const LIST_DUE_LEASES: Statement = Statement::new(
    "list_due_credential_leases",
    select_lease!("revoke_at <= $1 ORDER BY revoke_at LIMIT $2"),
)
.hot();

/// Leases whose revocation was given up.
pub const LIST_GIVEN_UP_LEASES: Statement = Statement::new(
    "list_given_up_credential_leases",
    select_lease!("revoke_at IS NULL ORDER BY expires_at LIMIT $1"),
);

/// Lets leases be tried again whose revocation was given up, if they ended before an instant.
pub const RETRY_GIVEN_UP_LEASES: Statement = Statement::new(
    "retry_given_up_credential_leases",
    "UPDATE credential_leases SET attempts = $2, revoke_at = $3 \
     WHERE revoke_at IS NULL AND expires_at <= $1 AND ($4 = '' OR mount = $4)",
);

/// Leases between two texts.
pub const LIST_LEASES_UNDER: Statement = Statement::new(
    "list_credential_leases_under",
    select_lease!("id >= $1 AND id < $2 ORDER BY id LIMIT $3"),
)
.hot();

/// The ids between two texts, without both.
pub const LIST_LEASE_IDS: Statement = Statement::new(
    "list_credential_lease_ids",
    "SELECT id FROM credential_leases WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3",
)
.hot();

macro_rules! list_leases {
    ($which:literal) => {
        concat!(
            "SELECT l.id, l.mount, l.issued_at, l.expires_at, l.renewable, l.internal, \
               l.attempts, l.revoke_at, l.last_error, t.accessor, t.display_name \
             FROM credential_leases l LEFT JOIN credential_tokens t ON t.hash = l.token \
             WHERE ($1 = '' OR l.mount = $1) AND (CAST($2 AS TEXT) IS NULL \
               OR LOWER(l.id) LIKE $2 ESCAPE '\\' OR LOWER(t.display_name) LIKE $2 ESCAPE '\\' \
               OR LOWER(t.accessor) LIKE $2 ESCAPE '\\') AND ",
            $which,
            " LIMIT $3 OFFSET $4"
        )
    };
}

/// A page of the leases that live, of one mount or of all, the one that ends first first: with the
/// token that each was given to.
pub const LIST_LIVE_LEASES: Statement = Statement::new(
    "list_live_credential_leases",
    list_leases!("l.revoke_at IS NOT NULL ORDER BY l.revoke_at, l.id"),
);

/// The same of those whose revocation was given up.
pub const LIST_IRREVOCABLE_LEASES: Statement = Statement::new(
    "list_irrevocable_credential_leases",
    list_leases!("l.revoke_at IS NULL ORDER BY l.expires_at, l.id"),
);

/// How many leases such a list has that is searched; `$3` counts those alone that were given up.
pub const COUNT_LISTED_LEASES: Statement = Statement::new(
    "count_listed_credential_leases",
    "SELECT COUNT(*) FROM credential_leases l LEFT JOIN credential_tokens t ON t.hash = l.token \
     WHERE ($1 = '' OR l.mount = $1) AND (LOWER(l.id) LIKE $2 ESCAPE '\\' \
       OR LOWER(t.display_name) LIKE $2 ESCAPE '\\' OR LOWER(t.accessor) LIKE $2 ESCAPE '\\') \
       AND (l.revoke_at IS NULL) = (CAST($3 AS BIGINT) = 1)",
);

/// How many leases there are between two texts.
pub const COUNT_LEASES_UNDER: Statement = Statement::new(
    "count_credential_leases_under",
    "SELECT COUNT(*) FROM credential_leases WHERE id >= $1 AND id < $2",
)
.hot();

/// How many leases there are of each mount; `$1` counts those alone that were given up.
pub const COUNT_LEASES: Statement = Statement::new(
    "count_credential_leases",
    "SELECT mount, COUNT(*) FROM credential_leases \
     WHERE CAST($1 AS BIGINT) = 0 OR revoke_at IS NULL GROUP BY mount",
);

/// Notes that a secret is about to be made elsewhere.
pub const INSERT_INTENT: Statement = Statement::new(
    "insert_credential_intent",
    "INSERT INTO credential_intents (id, mount, target, created_at, attempts, try_at) \
     VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO NOTHING",
);

/// Forgets an intent: the secret has its lease, or was never made.
pub const DELETE_INTENT: Statement =
    Statement::new("delete_credential_intent", "DELETE FROM credential_intents WHERE id = $1");

/// Forgets an intent, unless it has been looked into already.
pub const TAKE_INTENT: Statement = Statement::new(
    "take_credential_intent",
    "DELETE FROM credential_intents WHERE id = $1 AND attempts = 0",
);

/// Lets the intents from before an instant be looked into at once.
pub const HASTEN_INTENTS: Statement = Statement::new(
    "hasten_credential_intents",
    "UPDATE credential_intents SET try_at = $2 WHERE created_at < $1 AND try_at > $2",
);

/// Intents that nobody has settled in time.
pub const LIST_DUE_INTENTS: Statement = Statement::new(
    "list_due_credential_intents",
    "SELECT id, mount, target, attempts, try_at FROM credential_intents WHERE try_at <= $1 \
     ORDER BY try_at LIMIT $2",
)
.hot();

/// Intents of a mount.
pub const LIST_INTENTS_OF_MOUNT: Statement = Statement::new(
    "list_credential_intents_of_mount",
    "SELECT id, mount, target, attempts, try_at FROM credential_intents WHERE mount = $1 \
     ORDER BY try_at LIMIT $2",
);

/// Tries an intent again later, unless somebody else has postponed it.
pub const POSTPONE_INTENT: Statement = Statement::new(
    "postpone_credential_intent",
    "UPDATE credential_intents SET attempts = $2, try_at = $3 WHERE id = $1 AND try_at = $4",
);
