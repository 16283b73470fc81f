//! Every statement on contents.

use db::Statement;

/// Adds a content.
pub const INSERT_CONTENT: Statement = Statement::new(
    "insert_content",
    "INSERT INTO contents (id, organization_id, size, inline, chunks, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);

/// A content with what stands in its row.
pub const READ_CONTENT: Statement =
    Statement::new("read_content", "SELECT size, chunks, inline FROM contents WHERE id = $1").hot();

/// Deletes a content's row.
pub const DELETE_CONTENT: Statement =
    Statement::new("delete_content", "DELETE FROM contents WHERE id = $1").hot();

/// Adds a chunk.
pub const INSERT_CONTENT_CHUNK: Statement = Statement::new(
    "insert_content_chunk",
    "INSERT INTO content_chunks (content_id, position, bytes) VALUES ($1, $2, $3)",
);

/// One chunk.
pub const READ_CONTENT_CHUNK: Statement = Statement::new(
    "read_content_chunk",
    "SELECT bytes FROM content_chunks WHERE content_id = $1 AND position = $2",
)
.hot();

/// Deletes all chunks of a content.
pub const DELETE_CONTENT_CHUNKS: Statement =
    Statement::new("delete_content_chunks", "DELETE FROM content_chunks WHERE content_id = $1")
        .hot();

/// Notes that a content has chunks and no row yet.
pub const INSERT_CONTENT_UPLOAD: Statement = Statement::new(
    "insert_content_upload",
    "INSERT INTO content_uploads (content_id, organization_id, created_at) VALUES ($1, $2, $3)",
);

/// The content's row is there, or will never be.
pub const DELETE_CONTENT_UPLOAD: Statement =
    Statement::new("delete_content_upload", "DELETE FROM content_uploads WHERE content_id = $1")
        .hot();

/// Contents whose row has not come for long. The table holds uploads that are under way, so it is
/// always short.
pub const LIST_CONTENT_UPLOADS_BEFORE: Statement = Statement::new(
    "list_content_uploads_before",
    "SELECT content_id FROM content_uploads WHERE created_at < $1 \
     ORDER BY created_at, content_id LIMIT $2",
);

/// All of them, for the tests that prepare every statement.
pub const ALL: &[&Statement] = &[
    &INSERT_CONTENT,
    &READ_CONTENT,
    &DELETE_CONTENT,
    &INSERT_CONTENT_CHUNK,
    &READ_CONTENT_CHUNK,
    &DELETE_CONTENT_CHUNKS,
    &INSERT_CONTENT_UPLOAD,
    &DELETE_CONTENT_UPLOAD,
    &LIST_CONTENT_UPLOADS_BEFORE,
];
