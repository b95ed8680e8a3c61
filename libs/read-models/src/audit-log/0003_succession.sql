-- Where the entries of a log's successors begin (formats v1 §4.5). `index` counts all entries of a log, whatever its origin;
-- in its own origin an entry has index − start. No row: the log has the origin it began with, from 0 on.
CREATE TABLE audit_log_v1.succession (
  tenant_id uuid NOT NULL,
  -- 1, 2 … : which log.succeeded of this log it is.
  succession int NOT NULL CHECK (succession > 0),
  start bigint NOT NULL,
  PRIMARY KEY (tenant_id, succession)
);

ALTER TABLE audit_log_v1.succession ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log_v1.succession FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON audit_log_v1.succession TO candor_projector USING (true) WITH CHECK (true);
CREATE POLICY tenant ON audit_log_v1.succession FOR SELECT TO candor_api
  USING (tenant_id = NULLIF(current_setting('candor.tenant', true), '')::uuid);
-- Until engagements exist, an auditor's scope is empty.
CREATE POLICY engagement ON audit_log_v1.succession FOR SELECT TO candor_auditor USING (false);

GRANT SELECT, INSERT ON audit_log_v1.succession TO candor_projector;
GRANT SELECT ON audit_log_v1.succession TO candor_api, candor_auditor;
