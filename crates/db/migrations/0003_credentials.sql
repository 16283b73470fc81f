-- credentials: the Vault-compatible side. Instants are microseconds, lengths of time seconds.

-- What is mounted where, under `/v1/` and, for ways to log in, under `/v1/auth/`.
CREATE TABLE credential_mounts (
  -- With a slash at its end; ways to log in begin with `auth/`.
  path TEXT NOT NULL PRIMARY KEY,
  -- 'secret' or 'auth'.
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  uuid TEXT NOT NULL,
  accessor TEXT NOT NULL,
  description TEXT NOT NULL,
  -- Zero: what the system says.
  default_lease_ttl BIGINT NOT NULL,
  max_lease_ttl BIGINT NOT NULL,
  -- JSON: what else can be tuned and is only given back.
  settings TEXT NOT NULL,
  -- Being taken away: its leases are being revoked, and nothing new begins.
  tainted BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;
CREATE UNIQUE INDEX credential_mounts_uuid ON credential_mounts (uuid);

-- How often logging in has failed of late, by mount and by who was said to log in.
CREATE TABLE credential_login_failures (
  mount TEXT NOT NULL,
  name TEXT NOT NULL,
  failures BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (mount, name)
) STRICT;
CREATE INDEX credential_login_failures_last ON credential_login_failures (last_at);

-- What a mount keeps, behind its own door.
CREATE TABLE credential_entries (
  mount TEXT NOT NULL,
  key TEXT NOT NULL,
  sealed BYTES NOT NULL,
  PRIMARY KEY (mount, key)
) STRICT;

CREATE TABLE credential_policies (
  name TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL,
  updated_at BIGINT NOT NULL
) STRICT;

-- Raised with each change of mounts, policies and devices, so that what servers remember of them
-- is read anew.
CREATE TABLE credential_generation (
  id BIGINT NOT NULL PRIMARY KEY,
  generation BIGINT NOT NULL,
  -- How often this side was sealed by hand: whoever unsealed it before the last time forgets the key.
  seals BIGINT NOT NULL
) STRICT;
INSERT INTO credential_generation (id, generation, seals) VALUES (1, 1, 0);

CREATE TABLE credential_tokens (
  hash BYTES NOT NULL PRIMARY KEY,
  accessor TEXT NOT NULL,
  parent BYTES,
  path TEXT NOT NULL,
  display_name TEXT NOT NULL,
  -- Names, space between.
  policies TEXT NOT NULL,
  -- JSON object of texts.
  meta TEXT NOT NULL,
  -- Zero: as often as one likes.
  uses_left BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  creation_ttl BIGINT NOT NULL,
  -- Null: it never ends.
  expires_at BIGINT,
  last_renewal_at BIGINT,
  explicit_max_ttl BIGINT NOT NULL,
  period BIGINT NOT NULL,
  renewable BIGINT NOT NULL,
  orphan BIGINT NOT NULL,
  role TEXT NOT NULL,
  -- CIDR, space between; empty: from anywhere.
  networks TEXT NOT NULL,
  -- Who logged in, as `identity/` knows them; empty: nobody did.
  entity TEXT NOT NULL,
  -- JSON object: what the way to log in needs to know when the token is renewed.
  login TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX credential_tokens_accessor ON credential_tokens (accessor);
CREATE INDEX credential_tokens_parent ON credential_tokens (parent) WHERE parent IS NOT NULL;
CREATE INDEX credential_tokens_expiry ON credential_tokens (expires_at)
  WHERE expires_at IS NOT NULL;
CREATE INDEX credential_tokens_path ON credential_tokens (path);

CREATE TABLE credential_leases (
  id TEXT NOT NULL PRIMARY KEY,
  mount TEXT NOT NULL,
  -- The token that it was given to.
  token BYTES,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_renewal_at BIGINT,
  renewable BIGINT NOT NULL,
  -- Sealed JSON: what the engine needs to renew and revoke; never the secret itself.
  internal BYTES NOT NULL,
  attempts BIGINT NOT NULL,
  -- When it is to be revoked: its end, or the next try after failures. Null: given up.
  revoke_at BIGINT,
  last_error TEXT,
  -- The id of the API token or the person who stands behind that token, and with whom it ends.
  origin TEXT
) STRICT;
CREATE INDEX credential_leases_origin ON credential_leases (origin) WHERE origin IS NOT NULL;
CREATE INDEX credential_leases_token ON credential_leases (token) WHERE token IS NOT NULL;
CREATE INDEX credential_leases_due ON credential_leases (revoke_at) WHERE revoke_at IS NOT NULL;
CREATE INDEX credential_leases_given_up ON credential_leases (expires_at)
  WHERE revoke_at IS NULL;

-- A secret that is being made elsewhere: if it is never heard of again, it is looked for there by
-- its description, and revoked.
CREATE TABLE credential_intents (
  id TEXT NOT NULL PRIMARY KEY,
  mount TEXT NOT NULL,
  -- Sealed JSON: where it is made, and by which description it is found.
  target BYTES NOT NULL,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  try_at BIGINT NOT NULL
) STRICT;
CREATE INDEX credential_intents_due ON credential_intents (try_at);

-- Which of several servers ends what is over: who has begun a round last, and how many there were.
-- Nobody: the text is empty.
CREATE TABLE credential_duty (
  id BIGINT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  rounds BIGINT NOT NULL
) STRICT;
INSERT INTO credential_duty (id, holder, rounds) VALUES (1, '', 0);

-- Answers that wait for whoever has their wrapping token.
CREATE TABLE credential_wrappings (
  hash BYTES NOT NULL PRIMARY KEY,
  accessor TEXT NOT NULL,
  -- Sealed: the answer's body.
  sealed BYTES NOT NULL,
  creation_path TEXT NOT NULL,
  ttl BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) STRICT;
CREATE INDEX credential_wrappings_expiry ON credential_wrappings (expires_at);
CREATE INDEX credential_wrappings_accessor ON credential_wrappings (accessor);

CREATE TABLE credential_audit_devices (
  -- With a slash at its end.
  path TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  description TEXT NOT NULL,
  -- JSON object of texts.
  options TEXT NOT NULL,
  -- Sealed: what the values in it are hashed with.
  salt BYTES NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;

-- How the key of this side is kept: one row once it is initialized.
CREATE TABLE credential_seal (
  id BIGINT NOT NULL PRIMARY KEY,
  -- 'static' (under the barrier's own key) or 'shamir'.
  kind TEXT NOT NULL,
  shares BIGINT NOT NULL,
  threshold BIGINT NOT NULL,
  -- The root key, sealed by the barrier or by the key that the shares make.
  sealed_root BYTES NOT NULL,
  cluster_id TEXT NOT NULL,
  created_at BIGINT NOT NULL
) STRICT;

-- Whether a token makes no others: what a credential engine gives out leaves nothing behind.
ALTER TABLE tokens ADD COLUMN childless BIGINT NOT NULL DEFAULT 0;
