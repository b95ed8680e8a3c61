-- Row-level security is forced on the owner, too: where erasures were there before 0003, it saw none of them.
ALTER TABLE erasures_v1.event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE erasures_v1.open NO FORCE ROW LEVEL SECURITY;
INSERT INTO erasures_v1.open (tenant_id, id, since)
SELECT e.tenant_id, e.id, min(e.position) FROM erasures_v1.event e
WHERE e.category = 'erasure' AND e.type IN ('log.erasure-confirmed', 'log.erasure-ordered')
  AND NOT EXISTS (SELECT FROM erasures_v1.event r
    WHERE r.type = 'log.key-erased' AND r.tenant_id = e.tenant_id AND r.id = e.id)
GROUP BY e.tenant_id, e.id ON CONFLICT DO NOTHING;
ALTER TABLE erasures_v1.event FORCE ROW LEVEL SECURITY;
ALTER TABLE erasures_v1.open FORCE ROW LEVEL SECURITY;
