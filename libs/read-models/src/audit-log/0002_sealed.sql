-- Under which keys entries have values: what an erasure makes unreadable, and what is held of a person, is found by these.
CREATE TABLE audit_log_v1.sealed (
  tenant_id uuid NOT NULL,
  key_id uuid NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (tenant_id, key_id, index)
);
INSERT INTO audit_log_v1.sealed (tenant_id, key_id, index)
SELECT e.tenant_id, m[1]::uuid, e.index
FROM audit_log_v1.entry e,
  regexp_matches(convert_from(e.metadata, 'UTF8'), '"sealed:([0-9a-f-]{36})"', 'g') AS m;

ALTER TABLE audit_log_v1.sealed ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log_v1.sealed FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON audit_log_v1.sealed TO candor_projector USING (true) WITH CHECK (true);
CREATE POLICY tenant ON audit_log_v1.sealed FOR SELECT TO candor_api
  USING (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid);
-- Until engagements exist, an auditor's scope is empty.
CREATE POLICY engagement ON audit_log_v1.sealed FOR SELECT TO candor_auditor USING (false);

GRANT SELECT, INSERT ON audit_log_v1.sealed TO candor_projector;
GRANT SELECT ON audit_log_v1.sealed TO candor_api, candor_auditor;
