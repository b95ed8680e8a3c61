-- How far each view is. No personal data, nothing of a tenant: position, event id, and the class of a failure.

CREATE SCHEMA projection;

CREATE TABLE projection.checkpoint (
  view text COLLATE "C" NOT NULL,
  partition int NOT NULL,
  -- Place in $all of the last event applied, and that event's id: both null at the very beginning.
  position bigint,
  event_id uuid,
  recorded_at timestamptz,
  -- The store these belong to.
  store_id uuid NOT NULL,
  events bigint NOT NULL DEFAULT 0,
  state text COLLATE "C" NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'building', 'failed')),
  error text COLLATE "C",
  failed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (view, partition),
  CHECK ((position IS NULL) = (event_id IS NULL))
) WITH (fillfactor = 50);

GRANT USAGE ON SCHEMA projection TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON projection.checkpoint TO candor_projector;
GRANT SELECT ON projection.checkpoint TO candor_api, candor_auditor;
