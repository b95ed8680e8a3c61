-- Which of its log's origins a tree, its tiles and its checkpoints belong to: 0 is the one it began with (formats v1 §4.5).

ALTER TABLE verifiable_log_v1.log ADD COLUMN succession int NOT NULL DEFAULT 0;
ALTER TABLE verifiable_log_v1.log DROP CONSTRAINT log_pkey;
ALTER TABLE verifiable_log_v1.log ADD PRIMARY KEY (tenant_id, succession);

ALTER TABLE verifiable_log_v1.tile ADD COLUMN succession int NOT NULL DEFAULT 0;
ALTER TABLE verifiable_log_v1.tile DROP CONSTRAINT tile_pkey;
ALTER TABLE verifiable_log_v1.tile ADD PRIMARY KEY (tenant_id, succession, level, n);

ALTER TABLE verifiable_log_v1.checkpoint ADD COLUMN succession int NOT NULL DEFAULT 0;
ALTER TABLE verifiable_log_v1.checkpoint DROP CONSTRAINT checkpoint_pkey;
ALTER TABLE verifiable_log_v1.checkpoint ADD PRIMARY KEY (tenant_id, succession, revision);
DROP INDEX verifiable_log_v1.checkpoint_size;
CREATE INDEX checkpoint_size ON verifiable_log_v1.checkpoint (tenant_id, succession, size);

-- Successions that were declared: no row, and a log has the origin it began with.
CREATE TABLE verifiable_log_v1.succession (
  tenant_id uuid NOT NULL,
  succession int NOT NULL CHECK (succession > 0),
  PRIMARY KEY (tenant_id, succession)
);

ALTER TABLE verifiable_log_v1.succession ENABLE ROW LEVEL SECURITY;
ALTER TABLE verifiable_log_v1.succession FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON verifiable_log_v1.succession TO candor_projector USING (true) WITH CHECK (true);
CREATE POLICY tenant ON verifiable_log_v1.succession FOR SELECT TO candor_api
  USING (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid);
-- A contradicted checkpoint of an origin that ended closes nothing.
CREATE POLICY platform ON verifiable_log_v1.succession FOR SELECT TO candor_api
  USING (current_setting('candor.scope', true) = 'platform');
-- Until engagements exist, an auditor's scope is empty.
CREATE POLICY engagement ON verifiable_log_v1.succession FOR SELECT TO candor_auditor USING (false);

GRANT SELECT, INSERT ON verifiable_log_v1.succession TO candor_projector;
GRANT SELECT ON verifiable_log_v1.succession TO candor_api, candor_auditor;
