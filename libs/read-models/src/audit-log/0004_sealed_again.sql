-- Row-level security is forced on the owner, too: where entries were there before 0002, it saw none of them.
ALTER TABLE audit_log_v1.entry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_log_v1.sealed NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_log_v1.sealed (tenant_id, key_id, index)
SELECT e.tenant_id, m[1]::uuid, e.index
FROM audit_log_v1.entry e,
  regexp_matches(convert_from(e.metadata, 'UTF8'), '"sealed:([0-9a-f-]{36})"', 'g') AS m
ON CONFLICT DO NOTHING;
ALTER TABLE audit_log_v1.entry FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_log_v1.sealed FORCE ROW LEVEL SECURITY;
