-- What reactors have done. Never rebuilt: a row that is gone could be sent again.

CREATE SCHEMA reaction;

CREATE TABLE reaction.checkpoint (
  reactor text COLLATE "C" NOT NULL,
  partition int NOT NULL,
  position bigint,
  event_id uuid,
  store_id uuid NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (reactor, partition)
);

CREATE TABLE reaction.outbox (
  reactor text COLLATE "C" NOT NULL,
  -- The event that caused the command.
  event_id uuid NOT NULL,
  command uuid NOT NULL,
  -- What became of it: `done`, or the code it was rejected with.
  result text COLLATE "C" NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (reactor, event_id)
);

GRANT USAGE ON SCHEMA reaction TO candor_projector;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA reaction TO candor_projector;
