-- Which event store this database belongs to: one row, written once.

CREATE TABLE edge.store (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  store_id uuid NOT NULL
);

GRANT SELECT, INSERT ON edge.store TO candor_api;
