-- Keys and subjects whose event was never appended are swept (ADR 21).

ALTER TABLE vault.data_key
  -- An entry of the log has been seen that is sealed under it: it is no orphan, whatever becomes of the log.
  ADD COLUMN named boolean NOT NULL DEFAULT false,
  -- Since when nothing names it and nobody was given it. Whoever is given it takes that back.
  ADD COLUMN orphan_since timestamptz;
CREATE INDEX data_key_unnamed ON vault.data_key (created_at) WHERE NOT named;
GRANT UPDATE (named, orphan_since) ON vault.data_key TO candor_vault;

ALTER TABLE vault.subject ADD COLUMN orphan_since timestamptz;
GRANT UPDATE (orphan_since) ON vault.subject TO candor_vault;

-- The last event that a sweep has read, and when one ended; one row. Not in a backup: a restored vault is swept from the
-- log's beginning.
CREATE TABLE vault.sweep (
  single   boolean PRIMARY KEY DEFAULT true CHECK (single),
  position bigint,
  event_id uuid,
  ended_at timestamptz,
  CHECK ((position IS NULL) = (event_id IS NULL))
);
INSERT INTO vault.sweep DEFAULT VALUES;
GRANT SELECT, UPDATE (position, event_id, ended_at) ON vault.sweep TO candor_vault;
