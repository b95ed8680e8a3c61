-- The hashes at half the height of each epoch's tree (ADR 33): a log's path to the epoch's root is made of them and of the few
-- leaves beside its own, without all the slots. Kept when an epoch is recorded, and when its tree was made for somebody. What is
-- made of them is checked against the root whenever it is; they may be emptied at any time. Never rebuilt.

CREATE SCHEMA IF NOT EXISTS anchoring;

-- What stood here before them: a row for each log and epoch.
DROP TABLE IF EXISTS anchoring.own_path, read_models.own_path;

CREATE TABLE anchoring.epoch_half (
  epoch bigint PRIMARY KEY,
  -- Side by side, 32 bytes each.
  hashes bytea NOT NULL CHECK (length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 1048576)
);

ALTER TABLE anchoring.epoch_half ENABLE ROW LEVEL SECURITY;
ALTER TABLE anchoring.epoch_half FORCE ROW LEVEL SECURITY;
-- They follow from the slots, which are public (formats v1 §5.4).
CREATE POLICY everyone ON anchoring.epoch_half FOR SELECT TO candor_api, candor_projector USING (true);
CREATE POLICY projector ON anchoring.epoch_half TO candor_projector USING (true) WITH CHECK (true);
CREATE POLICY platform ON anchoring.epoch_half TO candor_api
  USING (current_setting('candor.scope', true) = 'platform')
  WITH CHECK (current_setting('candor.scope', true) = 'platform');

GRANT USAGE ON SCHEMA anchoring TO candor_api, candor_projector;
GRANT SELECT, INSERT, UPDATE ON anchoring.epoch_half TO candor_api, candor_projector;
