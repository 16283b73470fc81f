-- Teams and what they may do, tokens of every kind, trusted issuers, sign-in by another server,
-- second factors, the audit trail, variables.

-- identity: teams. Whoever is in the team that owns the organization may do everything in it.
CREATE TABLE teams (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  owners BIGINT NOT NULL,
  -- 'secret' or 'organization'.
  visibility TEXT NOT NULL,
  -- What a sign-in server calls the group whose members belong in the team; empty: none.
  sso_team_id TEXT NOT NULL,
  allow_member_token_management BIGINT NOT NULL,
  -- The rights in the whole organization that are held, in the words of the wire, space between.
  organization_access TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX teams_name ON teams (organization_id, name_folded);
CREATE INDEX teams_sso ON teams (sso_team_id) WHERE sso_team_id <> '';

-- Members are memberships, so that nobody is in a team without being in the organization, and an
-- invitation can name the teams that wait for somebody.
CREATE TABLE team_members (
  membership_id TEXT NOT NULL REFERENCES memberships (id) ON DELETE CASCADE,
  team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  -- 'given' by a person, or 'sign-in': as a group of the sign-in server says.
  source TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (membership_id, team_id)
) STRICT;
CREATE INDEX team_members_team ON team_members (team_id);

-- What a team may do with a project and what is in it, and with one workspace.
CREATE TABLE project_access (
  id TEXT NOT NULL PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  level TEXT NOT NULL,
  -- JSON, when the level is 'custom'.
  custom TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX project_access_team ON project_access (project_id, team_id);
CREATE INDEX project_access_of_team ON project_access (team_id, project_id);

CREATE TABLE workspace_access (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  level TEXT NOT NULL,
  custom TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspace_access_team ON workspace_access (workspace_id, team_id);
CREATE INDEX workspace_access_of_team ON workspace_access (team_id, workspace_id);

-- Every organization gets the team that its owners are in. Members could do nearly everything
-- before there were teams; a team of theirs keeps that for those who were there.
INSERT INTO teams (id, organization_id, name, name_folded, owners, visibility, sso_team_id,
    allow_member_token_management, organization_access, created_at, updated_at)
  SELECT 'team-' || SUBSTR(o.id, 5), o.id, 'owners', 'owners', 1, 'organization', '', 1, '',
    o.created_at, o.created_at
  FROM organizations o;
INSERT INTO teams (id, organization_id, name, name_folded, owners, visibility, sso_team_id,
    allow_member_token_management, organization_access, created_at, updated_at)
  SELECT 'team-' || SUBSTR(o.default_project_id, 5), o.id, 'members', 'members', 0,
    'organization', '', 1, 'manage-workspaces manage-projects', o.created_at, o.created_at
  FROM organizations o
  WHERE EXISTS (SELECT 1 FROM memberships m WHERE m.organization_id = o.id AND m.role = 'member');
INSERT INTO team_members (membership_id, team_id, source, created_at)
  SELECT m.id, t.id, 'given', m.created_at
  FROM memberships m JOIN teams t ON t.organization_id = m.organization_id
    AND t.owners = CASE WHEN m.role = 'owner' THEN 1 ELSE 0 END;
ALTER TABLE memberships DROP COLUMN role;
-- 'given' by a person, or 'sign-in': by nothing but the groups that the sign-in server tells of.
ALTER TABLE memberships ADD COLUMN source TEXT NOT NULL DEFAULT 'given';

-- identity: tokens of people, teams, organizations, keys, and of CI jobs that have shown an
-- identity of an issuer that is trusted.
CREATE TABLE tokens_before AS
  SELECT id, user_id, hash, description, created_by, created_at, last_used_at, expires_at
  FROM tokens;
DROP TABLE tokens;
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  -- 'user', 'team', 'legacy-team', 'organization', 'audit-trails', 'key' or 'workload'.
  kind TEXT NOT NULL,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE,
  team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
  -- Of a key: the place, if it is not the whole organization, and what it may do there.
  project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
  workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
  level TEXT,
  custom TEXT,
  hash BYTES NOT NULL,
  description TEXT NOT NULL,
  read_only BIGINT NOT NULL,
  -- Networks it may be used from, as CIDR, space between; empty: from anywhere.
  networks TEXT NOT NULL,
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  last_used_address TEXT,
  expires_at BIGINT
) STRICT;
INSERT INTO tokens (id, kind, user_id, hash, description, read_only, networks, created_by,
    created_at, last_used_at, expires_at)
  SELECT id, 'user', user_id, hash, description, 0, '', created_by, created_at, last_used_at,
    expires_at
  FROM tokens_before;
DROP TABLE tokens_before;
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE INDEX tokens_user ON tokens (user_id, created_at, id);
CREATE INDEX tokens_team ON tokens (team_id, created_at, id) WHERE team_id IS NOT NULL;
CREATE INDEX tokens_organization ON tokens (organization_id, kind, created_at, id)
  WHERE organization_id IS NOT NULL;
CREATE INDEX tokens_project ON tokens (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX tokens_workspace ON tokens (workspace_id) WHERE workspace_id IS NOT NULL;
CREATE INDEX tokens_created_by ON tokens (created_by);
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX tokens_one_of_team ON tokens (team_id) WHERE kind = 'legacy-team';
CREATE UNIQUE INDEX tokens_one_of_organization ON tokens (organization_id, kind)
  WHERE kind IN ('organization', 'audit-trails');

-- How long tokens that reach an organization may live at most.
CREATE TABLE token_lifetimes (
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  -- 'user', 'team', 'organization', 'audit-trails' or 'key'.
  kind TEXT NOT NULL,
  max_lifetime_ms BIGINT NOT NULL,
  PRIMARY KEY (organization_id, kind)
) STRICT;

-- identity: issuers of identities that are trusted, for what.
CREATE TABLE trusts (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  issuer TEXT NOT NULL,
  -- What the identity must be meant for; empty: this server.
  audience TEXT NOT NULL,
  -- JSON: the claims that it must hold.
  rules TEXT NOT NULL,
  -- Where the keys are, if the issuer does not say so itself: given (JSON), or an address.
  keys TEXT,
  keys_url TEXT,
  -- It acts as a team; or with a level at a project, a workspace, or the whole organization.
  team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
  project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
  workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
  level TEXT,
  custom TEXT,
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX trusts_name ON trusts (organization_id, name_folded);
CREATE INDEX trusts_issuer ON trusts (issuer);
CREATE INDEX trusts_team ON trusts (team_id) WHERE team_id IS NOT NULL;
CREATE INDEX trusts_project ON trusts (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX trusts_workspace ON trusts (workspace_id) WHERE workspace_id IS NOT NULL;
CREATE INDEX trusts_created_by ON trusts (created_by) WHERE created_by IS NOT NULL;

-- Which trusts the token of a CI job rests on. Without any it lets nobody in.
CREATE TABLE token_trusts (
  token_id TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  trust_id TEXT NOT NULL REFERENCES trusts (id) ON DELETE CASCADE,
  PRIMARY KEY (token_id, trust_id)
) STRICT;
CREATE INDEX token_trusts_trust ON token_trusts (trust_id);
-- Identities of CI jobs that were revoked before their end: they are let in no more.
CREATE TABLE revoked_workloads (
  hash BYTES NOT NULL PRIMARY KEY,
  expires_at BIGINT NOT NULL
) STRICT;
CREATE INDEX revoked_workloads_end ON revoked_workloads (expires_at);

-- identity: who people are on the sign-in server, and their second factor.
-- Whether nobody but the person says that the e-mail address is theirs.
ALTER TABLE users ADD COLUMN email_unverified BIGINT NOT NULL DEFAULT 0;
CREATE TABLE user_identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX user_identities_user ON user_identities (user_id);

CREATE TABLE second_factors (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- Sealed. It is there once a first code has shown that the person's device knows it.
  secret BYTES NOT NULL,
  -- The newest time step of which a code was taken, so that none works twice.
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash BYTES NOT NULL,
  PRIMARY KEY (user_id, hash)
) STRICT;

-- identity: the audit trail. A record is written with what it tells of, in one transaction; its
-- place in the chain follows at once, by one worker at a time. Nothing in it refers to rows
-- elsewhere: it outlives them.
CREATE TABLE audit_records (
  at BIGINT NOT NULL,
  id TEXT NOT NULL,
  organization_id TEXT,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT NOT NULL,
  token_id TEXT,
  address TEXT,
  request_id TEXT NOT NULL,
  action TEXT NOT NULL,
  resource_kind TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  -- 'done' or 'denied'.
  outcome TEXT NOT NULL,
  -- JSON, never with a secret in it.
  details TEXT NOT NULL,
  -- Its place in the chain, once it has one; the hash of the record before it, and its own.
  position BIGINT,
  previous_hash BYTES,
  hash BYTES,
  PRIMARY KEY (at, id)
) STRICT;
CREATE INDEX audit_records_organization ON audit_records (organization_id, at, id);
CREATE INDEX audit_records_loose ON audit_records (at, id) WHERE position IS NULL;
CREATE UNIQUE INDEX audit_records_position ON audit_records (position)
  WHERE position IS NOT NULL;

-- Where the chain begins, after what was let go, and where it ends: one row.
CREATE TABLE audit_chain (
  id BIGINT NOT NULL PRIMARY KEY,
  first_position BIGINT NOT NULL,
  hash_before_first BYTES NOT NULL,
  last_position BIGINT NOT NULL,
  last_hash BYTES NOT NULL,
  -- Over the other columns, under a key of the barrier.
  tag BYTES NOT NULL
) STRICT;

-- How far each place that records are sent to has got.
CREATE TABLE audit_deliveries (
  target TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  next_try_at BIGINT NOT NULL,
  last_error TEXT
) STRICT;

-- workspaces: a lock may be held by a machine.
ALTER TABLE workspaces ADD COLUMN locked_by_service_id TEXT;
ALTER TABLE workspaces ADD COLUMN locked_by_service_name TEXT;

-- workspaces: variables, of workspaces and of sets. Values are sealed, whether sensitive or not.
CREATE TABLE workspace_variables (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  -- 'terraform' or 'env'.
  category TEXT NOT NULL,
  description TEXT NOT NULL,
  hcl BIGINT NOT NULL,
  sensitive BIGINT NOT NULL,
  sealed BYTES NOT NULL,
  -- Another one with each change.
  version TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspace_variables_key ON workspace_variables (workspace_id, category, key);

CREATE TABLE variable_sets (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  -- The project that owns it; null: the organization does.
  project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  -- Whether it counts everywhere in what owns it.
  global BIGINT NOT NULL,
  -- Whether it wins over variables with a narrower scope.
  priority BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX variable_sets_name ON variable_sets (organization_id, name_folded);
CREATE INDEX variable_sets_project ON variable_sets (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE variable_set_variables (
  id TEXT NOT NULL PRIMARY KEY,
  variable_set_id TEXT NOT NULL REFERENCES variable_sets (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  category TEXT NOT NULL,
  description TEXT NOT NULL,
  hcl BIGINT NOT NULL,
  sensitive BIGINT NOT NULL,
  sealed BYTES NOT NULL,
  version TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX variable_set_variables_key
  ON variable_set_variables (variable_set_id, category, key);

CREATE TABLE variable_set_workspaces (
  variable_set_id TEXT NOT NULL REFERENCES variable_sets (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  PRIMARY KEY (variable_set_id, workspace_id)
) STRICT;
CREATE INDEX variable_set_workspaces_workspace ON variable_set_workspaces (workspace_id);

CREATE TABLE variable_set_projects (
  variable_set_id TEXT NOT NULL REFERENCES variable_sets (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  PRIMARY KEY (variable_set_id, project_id)
) STRICT;
CREATE INDEX variable_set_projects_project ON variable_set_projects (project_id);

-- workspaces: tag keys that an organization reserves.
CREATE TABLE reserved_tag_keys (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  disable_overrides BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX reserved_tag_keys_key ON reserved_tag_keys (organization_id, key);
