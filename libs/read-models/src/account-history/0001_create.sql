-- What happened to each tenant's account, and how it stands now: profile and members.

CREATE SCHEMA account_history_v1;

-- One row per tenant: how many events, and what makes a batch that comes twice change nothing.
CREATE TABLE account_history_v1.log (
  tenant_id uuid PRIMARY KEY,
  size bigint NOT NULL,
  seen_at timestamptz NOT NULL,
  position bigint NOT NULL
);

CREATE TABLE account_history_v1.event (
  tenant_id uuid NOT NULL,
  -- Dense within the tenant's history; not the index of the tenant's log.
  index bigint NOT NULL,
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  entry bytea STORAGE EXTERNAL NOT NULL,
  metadata bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (tenant_id, index)
);

CREATE TABLE account_history_v1.tenant (
  tenant_id uuid PRIMARY KEY,
  slot bigint NOT NULL,
  operator text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL,
  data_region text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  registered_at timestamptz NOT NULL,
  -- The entry that holds the profile as it is now, personal values sealed.
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  entry bytea STORAGE EXTERNAL NOT NULL,
  metadata bytea STORAGE EXTERNAL NOT NULL
);
CREATE INDEX tenant_registered ON account_history_v1.tenant (registered_at, tenant_id);

-- A member's present role; the entry of the invitation holds address and name, sealed.
CREATE TABLE account_history_v1.member (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text COLLATE "C" NOT NULL,
  active boolean NOT NULL,
  since timestamptz NOT NULL,
  ended timestamptz,
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  entry bytea STORAGE EXTERNAL NOT NULL,
  metadata bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);

-- When a user was a member: from inclusive, until exclusive. Past periods stay.
CREATE TABLE account_history_v1.membership (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  event_id uuid NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  -- Places in $all, so that it can be told what the log said before an access was recorded. Never shown.
  since_position bigint NOT NULL,
  until_position bigint,
  PRIMARY KEY (tenant_id, user_id, event_id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['log', 'event', 'tenant', 'member', 'membership'] LOOP
    EXECUTE format('ALTER TABLE account_history_v1.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE account_history_v1.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY projector ON account_history_v1.%I TO candor_projector USING (true) WITH CHECK (true)', name);
    EXECUTE format(
      'CREATE POLICY tenant ON account_history_v1.%I FOR SELECT TO candor_api '
      'USING (tenant_id = NULLIF(current_setting(''candor.tenant'', true), '''')::uuid)', name);
    -- Until engagements exist, an auditor's scope is empty.
    EXECUTE format('CREATE POLICY engagement ON account_history_v1.%I FOR SELECT TO candor_auditor USING (false)', name);
  END LOOP;
END
$$;

-- The platform's own list of tenants, and nothing else of them.
CREATE POLICY platform ON account_history_v1.tenant FOR SELECT TO candor_api
  USING (current_setting('candor.scope', true) = 'platform');

GRANT USAGE ON SCHEMA account_history_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA account_history_v1 TO candor_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA account_history_v1 TO candor_api, candor_auditor;
