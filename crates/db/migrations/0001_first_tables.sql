-- Types are TEXT, BIGINT (instants in microseconds since 1970 UTC, booleans 0 and 1) and BYTES.
-- `db` turns BIGINT, BYTES and STRICT into what each engine calls them.

-- barrier: data keys, wrapped by the master key. The scope is 'system' or an organization's id.
CREATE TABLE data_keys (
  id TEXT NOT NULL PRIMARY KEY,
  scope TEXT NOT NULL,
  version BIGINT NOT NULL,
  wrapped BYTES NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX data_keys_scope ON data_keys (scope, version);

-- db: work to be done after the transaction that asked for it.
CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  leased_until BIGINT,
  last_error TEXT,
  first_run_at BIGINT NOT NULL
) STRICT;
CREATE INDEX jobs_run_at ON jobs (run_at);

-- identity: people, organizations, projects, memberships.
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL,
  username_folded TEXT NOT NULL,
  email TEXT NOT NULL,
  email_folded TEXT NOT NULL,
  password_hash TEXT,
  site_admin BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_username ON users (username_folded);
CREATE UNIQUE INDEX users_email ON users (email_folded);

CREATE TABLE organizations (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  email TEXT NOT NULL,
  default_execution_mode TEXT NOT NULL,
  default_project_id TEXT NOT NULL,
  -- The remaining settings of the contract that only need to be kept, as a JSON object.
  settings TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX organizations_name ON organizations (name_folded);

CREATE TABLE projects (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  default_execution_mode TEXT,
  auto_destroy_activity_duration TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX projects_name ON projects (organization_id, name_folded);

CREATE TABLE memberships (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  -- Null while an invited address has no account yet.
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  email_folded TEXT NOT NULL,
  role TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX memberships_email ON memberships (organization_id, email_folded);
CREATE UNIQUE INDEX memberships_user ON memberships (user_id, organization_id);

-- identity: tokens, browser sessions, login.
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash BYTES NOT NULL,
  description TEXT NOT NULL,
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  expires_at BIGINT
) STRICT;
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE INDEX tokens_user ON tokens (user_id, created_at, id);
CREATE INDEX tokens_created_by ON tokens (created_by);

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  hash BYTES NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_hash ON sessions (hash);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE authorization_codes (
  hash BYTES NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  challenge TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  expires_at BIGINT NOT NULL
) STRICT;
CREATE INDEX authorization_codes_user ON authorization_codes (user_id);

CREATE TABLE sign_in_attempts (
  -- 'account:<name>' or 'address:<ip>'.
  subject TEXT NOT NULL PRIMARY KEY,
  window_started_at BIGINT NOT NULL,
  failures BIGINT NOT NULL
) STRICT;

-- workspaces: workspaces, their lock, tags, remote-state consumers.
CREATE TABLE workspaces (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  -- Null: what the project or else the organization says.
  execution_mode TEXT,
  terraform_version TEXT NOT NULL,
  working_directory TEXT NOT NULL,
  auto_apply BIGINT NOT NULL,
  global_remote_state BIGINT NOT NULL,
  project_remote_state BIGINT NOT NULL,
  -- The remaining attributes of the contract that only need to be kept, as a JSON object.
  settings TEXT NOT NULL,
  -- The lock: all null, or held. One holding has one id, so that an upload that began under an
  -- earlier holding can be told from one under this.
  lock_id TEXT,
  locked_by_user_id TEXT,
  locked_by_run_id TEXT,
  locked_with_token_id TEXT,
  lock_reason TEXT,
  locked_at BIGINT,
  lock_seen_at BIGINT,
  -- Pointers that the state crate moves.
  current_state_version_id TEXT,
  pending_state_version_id TEXT,
  resource_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  latest_change_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspaces_name ON workspaces (organization_id, name);
-- Covers a page of the list, its search and its count, so that only the page's rows are read.
CREATE INDEX workspaces_listing ON workspaces (organization_id, name_folded, id, project_id);
CREATE INDEX workspaces_project ON workspaces (project_id, name_folded);

CREATE TABLE tags (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX tags_name ON tags (organization_id, name);

CREATE TABLE workspace_tag_bindings (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  tag_id TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  value TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspace_tag_bindings_tag ON workspace_tag_bindings (workspace_id, tag_id);
CREATE INDEX workspace_tag_bindings_value ON workspace_tag_bindings (tag_id, value);

CREATE TABLE project_tag_bindings (
  id TEXT NOT NULL PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  tag_id TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  value TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX project_tag_bindings_tag ON project_tag_bindings (project_id, tag_id);
CREATE INDEX project_tag_bindings_value ON project_tag_bindings (tag_id, value);

CREATE TABLE remote_state_consumers (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  consumer_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  PRIMARY KEY (workspace_id, consumer_id)
) STRICT;
CREATE INDEX remote_state_consumers_consumer ON remote_state_consumers (consumer_id);

-- blobs: contents, sealed. Small ones stand in the row, larger ones in chunks.
CREATE TABLE contents (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL,
  size BIGINT NOT NULL,
  inline BYTES,
  chunks BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;
CREATE TABLE content_chunks (
  content_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  bytes BYTES NOT NULL,
  PRIMARY KEY (content_id, position)
) STRICT;
-- Contents that are being written: chunks are stored, their row in contents is still to come.
CREATE TABLE content_uploads (
  content_id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;

-- state: versions and what was read out of them.
CREATE TABLE state_versions (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  organization_id TEXT NOT NULL,
  status TEXT NOT NULL,
  -- The version's place in the workspace's chain, from 1; null until it is finalized.
  position BIGINT,
  serial BIGINT NOT NULL,
  lineage TEXT NOT NULL,
  md5 TEXT NOT NULL,
  forced BIGINT NOT NULL,
  intermediate BIGINT NOT NULL,
  lock_id TEXT NOT NULL,
  -- Filled when the bytes are there.
  size BIGINT,
  sha256 BYTES,
  format BIGINT,
  terraform_version TEXT,
  opaque BIGINT NOT NULL,
  content_id TEXT,
  json_content_id TEXT,
  json_sha256 BYTES,
  -- The record's hash over its own fields and the hash of the version before.
  previous_hash BYTES,
  record_hash BYTES,
  rollback_of TEXT,
  created_by_user_id TEXT,
  created_by_name TEXT NOT NULL,
  token_id TEXT,
  run_id TEXT,
  created_at BIGINT NOT NULL,
  finalized_at BIGINT,
  -- Sealed JSON: names and sensitivity of the outputs that were announced, until the bytes are
  -- there. Like the summary it stands last, so that the columns before it are read without it.
  announced_outputs BYTES,
  -- Sealed: the resources, modules and providers that were read out.
  summary BYTES
) STRICT;
CREATE UNIQUE INDEX state_versions_position ON state_versions (workspace_id, position);
CREATE INDEX state_versions_created ON state_versions (workspace_id, created_at, id);
CREATE INDEX state_versions_pending ON state_versions (workspace_id) WHERE status = 'pending';
CREATE INDEX state_versions_content ON state_versions (content_id)
  WHERE content_id IS NOT NULL;
CREATE INDEX state_versions_json_content ON state_versions (json_content_id)
  WHERE json_content_id IS NOT NULL;

CREATE TABLE state_outputs (
  id TEXT NOT NULL PRIMARY KEY,
  state_version_id TEXT NOT NULL REFERENCES state_versions (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  sensitive BIGINT NOT NULL,
  -- Sealed JSON: {"value":…,"type":…}.
  sealed BYTES NOT NULL
) STRICT;
CREATE UNIQUE INDEX state_outputs_name ON state_outputs (state_version_id, name);
