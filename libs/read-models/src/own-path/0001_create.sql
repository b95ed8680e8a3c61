-- The path from a log's slot to the root of an epoch, of every log that has a head in it: kept when the epoch's tree was made
-- once, because that takes all its slots. It never changes, is checked against the root whenever it is read, and may be
-- emptied at any time. Never rebuilt. It holds hashes of blinded leaves: nothing of K_slots, nor of another log.

CREATE SCHEMA anchoring;

CREATE TABLE anchoring.own_path (
  tenant_id uuid NOT NULL,
  epoch bigint NOT NULL,
  -- k hashes of 32 bytes, the sibling first.
  path bytea NOT NULL CHECK (length(path) % 32 = 0 AND length(path) <= 1024),
  PRIMARY KEY (tenant_id, epoch)
);

ALTER TABLE anchoring.own_path ENABLE ROW LEVEL SECURITY;
ALTER TABLE anchoring.own_path FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON anchoring.own_path FOR SELECT TO candor_api
  USING (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid);
-- Who makes an epoch's tree has the paths of all its logs.
CREATE POLICY platform ON anchoring.own_path TO candor_api
  USING (current_setting('candor.scope', true) = 'platform')
  WITH CHECK (current_setting('candor.scope', true) = 'platform');

GRANT USAGE ON SCHEMA anchoring TO candor_api;
GRANT SELECT, INSERT, UPDATE ON anchoring.own_path TO candor_api;
