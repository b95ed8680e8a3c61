-- The key vault (formats v1 §3). It is never rebuilt: what is lost here stays unreadable for ever.
-- Runs as candor_owner; the schema itself is made before the first migration.

GRANT USAGE ON SCHEMA vault TO candor_vault;

-- One version of the key service's key, for all logs (§3.1, §3.4).
CREATE TABLE vault.generation (
  g          integer     PRIMARY KEY CHECK (g > 0),
  state      text        NOT NULL DEFAULT 'open'
                         CHECK (state IN ('open', 'draining', 'drained', 'destroying', 'destroyed')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE vault.log (
  log        uuid        PRIMARY KEY,
  kind       text        NOT NULL CHECK (kind IN ('tenant', 'platform')),
  created_at timestamptz NOT NULL DEFAULT now()
);
-- There is one platform, for ever.
CREATE UNIQUE INDEX log_platform ON vault.log (kind) WHERE kind = 'platform';

-- WK[log, g], wrapped by the key service.
CREATE TABLE vault.wrapping_key (
  log     uuid    NOT NULL REFERENCES vault.log,
  g       integer NOT NULL REFERENCES vault.generation,
  wrapped bytea   NOT NULL,
  PRIMARY KEY (log, g)
);

-- K_id and K_blind of each log; the platform's own secrets.
CREATE TABLE vault.secret (
  log     uuid    NOT NULL,
  name    text    NOT NULL CHECK (name ~ '^K_[a-z]{1,32}$'),
  g       integer NOT NULL,
  wrapped bytea   NOT NULL CHECK (octet_length(wrapped) = 61),
  PRIMARY KEY (log, name),
  FOREIGN KEY (log, g) REFERENCES vault.wrapping_key
);

-- The same value in the same log is the same subject (§3.2). `blind` is all that is kept of the value.
CREATE TABLE vault.subject (
  subject    uuid        PRIMARY KEY,
  log        uuid        NOT NULL,
  kind       text        NOT NULL CHECK (kind IN ('user', 'employee', 'recipient', 'external', 'tenant')),
  blind      bytea       NOT NULL CHECK (octet_length(blind) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (log, kind, blind)
);

-- A living key: one per log, subject, retention class and period (§3.7). Erasing it removes the row.
CREATE TABLE vault.data_key (
  key_id     uuid        PRIMARY KEY,
  log        uuid        NOT NULL,
  subject    uuid        NOT NULL,
  retention  text        NOT NULL CHECK (retention ~ '^[a-z][a-z0-9-]{0,63}$'),
  period     text        NOT NULL CHECK (period ~ '^[0-9]{4}(-[0-9]{2})?$'),
  g          integer     NOT NULL,
  wrapped    bytea       NOT NULL CHECK (octet_length(wrapped) = 61),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- No foreign key to wrapping_key: keys are made by the ten thousand, by a statement that holds the generation open.
  UNIQUE (log, subject, retention, period)
);
-- Re-wrapping and draining go by generation.
CREATE INDEX data_key_generation ON vault.data_key (g);

-- What remains of an erased key: its id, and the revision in keyerasures-all that ordered it (§3.5).
CREATE TABLE vault.tombstone (
  key_id     uuid        PRIMARY KEY,
  log        uuid        NOT NULL,
  revision   bigint      NOT NULL CHECK (revision >= 0),
  erased_at  timestamptz NOT NULL DEFAULT now()
);

-- How far keyerasures-all has been carried out (§3.6); one row.
CREATE TABLE vault.erasures_applied (
  single   boolean PRIMARY KEY DEFAULT true CHECK (single),
  revision bigint  NOT NULL CHECK (revision >= -1)
);
INSERT INTO vault.erasures_applied (revision) VALUES (-1);

-- Places in the anchor log (§5.1). A slot without a log turned out to be taken, and is never drawn again.
CREATE TABLE vault.slot (
  slot       integer     PRIMARY KEY CHECK (slot >= 0),
  log        uuid        UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Taking a row's lock needs the right to update one of its columns.
GRANT SELECT, INSERT, UPDATE (state) ON vault.generation TO candor_vault;
GRANT SELECT, INSERT ON vault.log, vault.wrapping_key, vault.secret, vault.subject, vault.data_key TO candor_vault;
GRANT SELECT ON vault.tombstone, vault.erasures_applied TO candor_vault;
GRANT SELECT, INSERT, UPDATE (log) ON vault.slot TO candor_vault;
