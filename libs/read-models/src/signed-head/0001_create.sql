-- The newest head of each log that may have been signed. Never rebuilt: it is what a store that was restored to an
-- earlier time is found out by (formats v1 §4.4).

CREATE SCHEMA head;

CREATE TABLE head.signed (
  tenant_id uuid PRIMARY KEY,
  size bigint NOT NULL,
  root bytea NOT NULL,
  -- Of its log.checkpoint-recorded: revision in its stream, id, place in $all.
  revision bigint NOT NULL,
  event_id uuid NOT NULL,
  position bigint NOT NULL
);
CREATE INDEX signed_position ON head.signed (position);

ALTER TABLE head.signed ENABLE ROW LEVEL SECURITY;
ALTER TABLE head.signed FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON head.signed TO candor_projector USING (true) WITH CHECK (true);
CREATE POLICY tenant ON head.signed TO candor_api
  USING (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid);
CREATE POLICY platform ON head.signed FOR SELECT TO candor_api
  USING (current_setting('candor.scope', true) = 'platform');

GRANT USAGE ON SCHEMA head TO candor_projector, candor_api;
GRANT SELECT, INSERT, UPDATE ON head.signed TO candor_projector, candor_api;
