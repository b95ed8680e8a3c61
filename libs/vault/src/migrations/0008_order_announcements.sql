-- Orders that are about to be given: of one whose outcome nobody knows it is known for a while that it may still come.
CREATE TABLE vault.order_announcement (
  announcement uuid        PRIMARY KEY,
  log          uuid        NOT NULL,
  announced_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX order_announcement_log ON vault.order_announcement (log);
GRANT SELECT, INSERT, DELETE ON vault.order_announcement TO candor_vault;

-- What one order took, page by page.
DROP INDEX vault.tombstone_revision;
CREATE INDEX tombstone_revision ON vault.tombstone (revision, key_id);
