-- Grants, current and past. How a grant stands at a time is computed from its times, never stored.

CREATE SCHEMA access_grants_v1;

CREATE TABLE access_grants_v1.access_grant (
  tenant_id uuid NOT NULL,
  grant_id uuid NOT NULL,
  grantee_kind text COLLATE "C",
  grantee_id uuid,
  level text COLLATE "C",
  scope_kind text COLLATE "C",
  scope_id uuid,
  -- Inclusive, and exclusive; as activated, before that as asked for.
  valid_from timestamptz,
  valid_until timestamptz,
  requested_at timestamptz,
  operator_approved_at timestamptz,
  tenant_approved_at timestamptz,
  activated_at timestamptz,
  activation uuid,
  revoked_at timestamptz,
  -- Places in $all, so that it can be told what the log said before an access was recorded. Never shown.
  activated_position bigint,
  revoked_position bigint,
  last_use_by timestamptz,
  -- The late fact that time ran out.
  expired_at timestamptz,
  -- The request holds the grantee's name and the statement, sealed.
  event_id uuid,
  type text COLLATE "C",
  entry bytea STORAGE EXTERNAL,
  metadata bytea STORAGE EXTERNAL,
  PRIMARY KEY (tenant_id, grant_id)
);
CREATE INDEX access_grant_requested ON access_grants_v1.access_grant (tenant_id, requested_at, grant_id);
CREATE INDEX access_grant_grantee ON access_grants_v1.access_grant (tenant_id, grantee_id, requested_at, grant_id);
-- What still has to expire.
CREATE INDEX access_grant_open ON access_grants_v1.access_grant (valid_until)
  WHERE activated_at IS NOT NULL AND revoked_at IS NULL AND expired_at IS NULL;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['access_grant'] LOOP
    EXECUTE format('ALTER TABLE access_grants_v1.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE access_grants_v1.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY projector ON access_grants_v1.%I TO candor_projector USING (true) WITH CHECK (true)', name);
    EXECUTE format(
      'CREATE POLICY tenant ON access_grants_v1.%I FOR SELECT TO candor_api '
      'USING (tenant_id = NULLIF(current_setting(''candor.tenant'', true), '''')::uuid)', name);
    -- Until engagements exist, an auditor's scope is empty.
    EXECUTE format('CREATE POLICY engagement ON access_grants_v1.%I FOR SELECT TO candor_auditor USING (false)', name);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA access_grants_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA access_grants_v1 TO candor_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA access_grants_v1 TO candor_api, candor_auditor;
