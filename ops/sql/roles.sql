-- The roles of a Candor database, without passwords: the caller sets those. Run it in the database itself, as a
-- superuser or as a role with CREATEROLE that owns the database. Running it again changes nothing.
--
--   candor_owner      owns the schemas and everything in them; runs migrations, nothing else
--   candor_projector  writes the read models
--   candor_api        reads the read models, remembers requests
--   candor_vault      the key vault, and only that
--   candor_auditor    reads the audit projections across tenants
--
-- What each may do inside a schema is granted by the migration that makes it.

DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['candor_owner', 'candor_projector', 'candor_api', 'candor_vault', 'candor_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I LOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another run of this script made it in the meantime
      END;
    END IF;
  END LOOP;
END
$$;

-- Everybody's rights on a new database are more than these roles need.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format(
    'GRANT CONNECT ON DATABASE %I TO candor_owner, candor_projector, candor_api, candor_vault, candor_auditor',
    current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO candor_owner', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- A transaction forgotten open holds locks and keeps old rows from being tidied away.
ALTER ROLE candor_api SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE candor_vault SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE candor_auditor SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE candor_projector SET idle_in_transaction_session_timeout = '300s';
ALTER ROLE candor_auditor SET default_transaction_read_only = on;

-- What people wait for is bounded by its queries; one that is not after all must not hold its connection for ever.
ALTER ROLE candor_api SET statement_timeout = '30s';
ALTER ROLE candor_auditor SET statement_timeout = '300s';
