-- Deliveries per message and recipient. How one stands is computed from its events by rank, so that the order in which
-- they came in changes nothing.

CREATE SCHEMA deliveries_v1;

CREATE TABLE deliveries_v1.event (
  tenant_id uuid NOT NULL,
  message_id uuid NOT NULL,
  recipient uuid NOT NULL,
  -- Place in $all: the order of the log, and what makes a batch that comes twice change nothing. Never shown.
  position bigint NOT NULL,
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  rank smallint NOT NULL,
  occurred_at timestamptz NOT NULL,
  -- RFC 3463, of deferred and terminal events.
  status text COLLATE "C",
  entry bytea STORAGE EXTERNAL NOT NULL,
  metadata bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (tenant_id, message_id, recipient, position)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_insert_scale_factor = 0.1);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['event'] LOOP
    EXECUTE format('ALTER TABLE deliveries_v1.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE deliveries_v1.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY projector ON deliveries_v1.%I TO candor_projector USING (true) WITH CHECK (true)', name);
    EXECUTE format(
      'CREATE POLICY tenant ON deliveries_v1.%I FOR SELECT TO candor_api '
      'USING (tenant_id = NULLIF(current_setting(''candor.tenant'', true), '''')::uuid)', name);
    -- Until engagements exist, an auditor's scope is empty.
    EXECUTE format('CREATE POLICY engagement ON deliveries_v1.%I FOR SELECT TO candor_auditor USING (false)', name);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA deliveries_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA deliveries_v1 TO candor_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA deliveries_v1 TO candor_api, candor_auditor;
