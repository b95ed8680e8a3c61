-- Erasures that are confirmed or ordered and have no receipt: what is still to be done, however many there ever were.
CREATE TABLE erasures_v1.open (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  -- Of the first confirmation or order.
  since bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX open_since ON erasures_v1.open (since);
INSERT INTO erasures_v1.open (tenant_id, id, since)
SELECT e.tenant_id, e.id, min(e.position) FROM erasures_v1.event e
WHERE e.type IN ('log.erasure-confirmed', 'log.erasure-ordered')
  AND NOT EXISTS (SELECT FROM erasures_v1.event r
    WHERE r.type = 'log.key-erased' AND r.tenant_id = e.tenant_id AND r.id = e.id)
GROUP BY e.tenant_id, e.id;

ALTER TABLE erasures_v1.open ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures_v1.open FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON erasures_v1.open TO candor_projector USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, DELETE ON erasures_v1.open TO candor_projector;
