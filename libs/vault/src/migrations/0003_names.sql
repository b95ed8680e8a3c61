-- Whose a name is, for a search that finds no other way (ADR 17). `blind` is all that is kept of the name. Whoever deletes
-- a subject deletes these too.
CREATE TABLE vault.name (
  log        uuid        NOT NULL,
  blind      bytea       NOT NULL CHECK (octet_length(blind) = 32),
  subject    uuid        NOT NULL REFERENCES vault.subject ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (log, blind, subject)
);
CREATE INDEX name_subject ON vault.name (subject);

GRANT SELECT, INSERT ON vault.name TO candor_vault;
