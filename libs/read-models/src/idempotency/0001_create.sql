-- What the edge remembers of requests (formats v1 §8.4): the command and a code over the request, nothing of its content.

CREATE SCHEMA edge;

CREATE TABLE edge.request (
  command uuid PRIMARY KEY,
  mac bytea NOT NULL CHECK (length(mac) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX request_expiry ON edge.request (expires_at);

GRANT USAGE ON SCHEMA edge TO candor_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON edge.request TO candor_api;
