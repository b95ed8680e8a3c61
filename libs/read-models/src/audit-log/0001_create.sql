-- The tenant's audit log: every entry of every log, raw, in the order of the event store.

CREATE SCHEMA audit_log_v1;

-- One row per log: how many entries it has, and what makes a batch that comes twice change nothing.
CREATE TABLE audit_log_v1.log (
  tenant_id uuid PRIMARY KEY,
  size bigint NOT NULL,
  seen_at timestamptz NOT NULL,
  position bigint NOT NULL
);

CREATE TABLE audit_log_v1.entry (
  tenant_id uuid NOT NULL,
  -- Dense: 0, 1, 2 … with nothing missing.
  index bigint NOT NULL,
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  actor_kind text COLLATE "C" NOT NULL,
  actor_id uuid NOT NULL,
  target_kind text COLLATE "C",
  target_id uuid,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- The greatest recorded_at so far: never goes back, so that a range of time is a range of indexes.
  seen_at timestamptz NOT NULL,
  leaf bytea NOT NULL,
  entry bytea NOT NULL,
  metadata bytea NOT NULL,
  PRIMARY KEY (tenant_id, index)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_insert_scale_factor = 0.1);

-- Ciphertext does not shrink, and an entry is read whole: keep both as they are, beside their row where they fit.
ALTER TABLE audit_log_v1.entry ALTER COLUMN entry SET STORAGE EXTERNAL;
ALTER TABLE audit_log_v1.entry ALTER COLUMN metadata SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX entry_event ON audit_log_v1.entry (tenant_id, event_id);
CREATE INDEX entry_actor ON audit_log_v1.entry (tenant_id, actor_id, index);
CREATE INDEX entry_target ON audit_log_v1.entry (tenant_id, target_id, index) WHERE target_id IS NOT NULL;
CREATE INDEX entry_kind ON audit_log_v1.entry (tenant_id, type, outcome, index);

-- Which types and outcomes a log has, so that a prefix, or an outcome alone, is a handful of ranges of entry_kind.
CREATE TABLE audit_log_v1.kind (
  tenant_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, type, outcome)
);

-- Accesses that no grant covered: the entry that says so.
CREATE TABLE audit_log_v1.flag (
  tenant_id uuid NOT NULL,
  access uuid NOT NULL,
  event_id uuid NOT NULL,
  missing text COLLATE "C" NOT NULL,
  grant_id uuid,
  PRIMARY KEY (tenant_id, access)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['log', 'entry', 'kind', 'flag'] LOOP
    EXECUTE format('ALTER TABLE audit_log_v1.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE audit_log_v1.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY projector ON audit_log_v1.%I TO candor_projector USING (true) WITH CHECK (true)', name);
    EXECUTE format(
      'CREATE POLICY tenant ON audit_log_v1.%I FOR SELECT TO candor_api '
      'USING (tenant_id = NULLIF(current_setting(''candor.tenant'', true), '''')::uuid)', name);
    -- Until engagements exist, an auditor's scope is empty.
    EXECUTE format('CREATE POLICY engagement ON audit_log_v1.%I FOR SELECT TO candor_auditor USING (false)', name);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA audit_log_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA audit_log_v1 TO candor_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA audit_log_v1 TO candor_api, candor_auditor;
