-- Whose a register number is, so that no two logs have one (ADR 30). `blind`, under the platform's K_blind, is all that is
-- kept of it. It goes with the subject of kind tenant: when the log's last key is erased, or was never named by the log.
CREATE TABLE vault.register_number (
  blind      bytea       PRIMARY KEY CHECK (octet_length(blind) = 32),
  log        uuid        NOT NULL,
  subject    uuid        NOT NULL REFERENCES vault.subject ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX register_number_subject ON vault.register_number (subject);

GRANT SELECT, INSERT ON vault.register_number TO candor_vault;
