-- Keys are erased (formats v1 §3.5): the rows go, tombstones stay.

GRANT DELETE ON vault.data_key, vault.subject TO candor_vault;
GRANT INSERT ON vault.tombstone TO candor_vault;
GRANT UPDATE (revision) ON vault.erasures_applied TO candor_vault;
-- What an order's keys are counted by again after a crash.
CREATE INDEX tombstone_revision ON vault.tombstone (revision);

-- Orders that were carried out. A tombstone names the revision; here stands whose event that is.
CREATE TABLE vault.erasure_order (
  revision   bigint      PRIMARY KEY CHECK (revision >= 0),
  event_id   uuid        NOT NULL UNIQUE,
  log        uuid        NOT NULL,
  -- Keys that lived until then, and the last generation that wrapped one of them.
  keys       bigint      NOT NULL CHECK (keys >= 0),
  g          integer,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON vault.erasure_order TO candor_vault;

-- Processes that may know keys, and up to which order each has forgotten what was erased.
CREATE TABLE vault.process (
  process  uuid        PRIMARY KEY,
  revision bigint      NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.process TO candor_vault;
