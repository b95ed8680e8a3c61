-- The RFC 6962 tree of every log: what proofs are made of. The entries themselves stand in the audit log's view, once.

CREATE SCHEMA verifiable_log_v1;

-- One row per log: how many leaves its tree has, what no tile is full of yet, and what makes a batch that comes twice
-- change nothing.
CREATE TABLE verifiable_log_v1.log (
  tenant_id uuid PRIMARY KEY,
  size bigint NOT NULL,
  position bigint NOT NULL,
  -- The hashes of the tiles that are not full, level 0 first; fewer than 16 of each level.
  edge bytea NOT NULL
) WITH (fillfactor = 50);

-- 16 hashes that stand side by side at tree level 4 · level: those of index 16 · n and on. Written when full, never changed.
CREATE TABLE verifiable_log_v1.tile (
  tenant_id uuid NOT NULL,
  level int NOT NULL,
  n bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 512),
  PRIMARY KEY (tenant_id, level, n)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

-- What was recorded of a log's tree (log.checkpoint-recorded), and whether the entries before it have that root.
CREATE TABLE verifiable_log_v1.checkpoint (
  tenant_id uuid NOT NULL,
  -- Of the event in its stream.
  revision bigint NOT NULL,
  event_id uuid NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  recorded_at timestamptz NOT NULL,
  reproduced boolean NOT NULL,
  PRIMARY KEY (tenant_id, revision)
);
CREATE INDEX checkpoint_size ON verifiable_log_v1.checkpoint (tenant_id, size);
CREATE INDEX checkpoint_contradicted ON verifiable_log_v1.checkpoint (tenant_id) WHERE NOT reproduced;

-- Hashes do not shrink.
ALTER TABLE verifiable_log_v1.log ALTER COLUMN edge SET STORAGE EXTERNAL;
ALTER TABLE verifiable_log_v1.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['log', 'tile', 'checkpoint'] LOOP
    EXECUTE format('ALTER TABLE verifiable_log_v1.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE verifiable_log_v1.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY projector ON verifiable_log_v1.%I TO candor_projector USING (true) WITH CHECK (true)', name);
    EXECUTE format(
      'CREATE POLICY tenant ON verifiable_log_v1.%I FOR SELECT TO candor_api '
      'USING (tenant_id = NULLIF(current_setting(''candor.tenant'', true), '''')::uuid)', name);
    -- Until engagements exist, an auditor's scope is empty.
    EXECUTE format('CREATE POLICY engagement ON verifiable_log_v1.%I FOR SELECT TO candor_auditor USING (false)', name);
  END LOOP;
END
$$;

-- Which logs must not be written to any more.
CREATE POLICY contradicted ON verifiable_log_v1.checkpoint FOR SELECT TO candor_api
  USING (current_setting('candor.scope', true) = 'platform' AND NOT reproduced);

GRANT USAGE ON SCHEMA verifiable_log_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA verifiable_log_v1 TO candor_projector;
GRANT UPDATE ON verifiable_log_v1.log TO candor_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA verifiable_log_v1 TO candor_api, candor_auditor;
