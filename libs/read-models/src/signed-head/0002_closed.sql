-- Whether nothing may be written: a witness has seen a larger anchor log than this store has, or another one (formats v1
-- §4.4). One row at most, taken away once a quorum has confirmed the store again. It tells nothing of any tenant.

CREATE TABLE head.closed (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  since timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, DELETE ON head.closed TO candor_projector;
GRANT SELECT ON head.closed TO candor_api;
