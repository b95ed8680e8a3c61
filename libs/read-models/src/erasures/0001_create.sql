-- Erasures, their orders and receipts, holds, sinks, people's own requests, ends of contracts: every such entry, raw. They
-- are few, and what they come to is folded when it is asked for.

CREATE SCHEMA erasures_v1;

CREATE TABLE erasures_v1.event (
  tenant_id uuid NOT NULL,
  event_id uuid NOT NULL,
  -- Of its stream; an order's is the erasure's.
  category text COLLATE "C" NOT NULL,
  -- Of the erasure, hold, sink or request; of an order, its correlation.
  id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  entry bytea STORAGE EXTERNAL NOT NULL,
  metadata bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX event_of ON erasures_v1.event (tenant_id, category, id, position);
-- What is still to be done, in all logs.
CREATE INDEX event_type ON erasures_v1.event (type, tenant_id, id);

ALTER TABLE erasures_v1.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures_v1.event FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON erasures_v1.event TO candor_projector USING (true) WITH CHECK (true);
CREATE POLICY tenant ON erasures_v1.event FOR SELECT TO candor_api
  USING (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid);
-- Until engagements exist, an auditor's scope is empty.
CREATE POLICY engagement ON erasures_v1.event FOR SELECT TO candor_auditor USING (false);

GRANT USAGE ON SCHEMA erasures_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT ON erasures_v1.event TO candor_projector;
GRANT SELECT ON erasures_v1.event TO candor_api, candor_auditor;
