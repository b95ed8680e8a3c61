-- The anchor log (formats v1 §5): which log has which slot, the checkpoints that were recorded, the epochs made of them.

CREATE SCHEMA anchor_v1;

-- Slots that were assigned, for ever.
CREATE TABLE anchor_v1.slot (
  slot bigint PRIMARY KEY,
  log_id uuid NOT NULL UNIQUE
);

-- A log's origin, of its slot and the bytes of its entry 0. A successor has its own, from its place in $all on.
CREATE TABLE anchor_v1.origin (
  log_id uuid NOT NULL,
  position bigint NOT NULL,
  origin text COLLATE "C" NOT NULL,
  PRIMARY KEY (log_id, position)
);

-- Every checkpoint that was ever recorded, with its place in $all, by which an epoch tells what it counted.
CREATE TABLE anchor_v1.checkpoint (
  log_id uuid NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  event_id uuid NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (log_id, size)
);
CREATE UNIQUE INDEX checkpoint_event ON anchor_v1.checkpoint (event_id);
CREATE INDEX checkpoint_place ON anchor_v1.checkpoint (position);
CREATE INDEX checkpoint_head ON anchor_v1.checkpoint (log_id, position);

CREATE TABLE anchor_v1.epoch (
  epoch bigint PRIMARY KEY,
  -- Seconds since 1970.
  time bigint NOT NULL,
  slots bigint NOT NULL,
  root bytea NOT NULL,
  -- The last checkpoint that was counted, and its place; null: there was none.
  after uuid,
  counted bigint,
  CHECK ((after IS NULL) = (counted IS NULL))
);
CREATE INDEX epoch_counted ON anchor_v1.epoch (counted, epoch);

-- The complete subtrees of the tree over the epochs' texts (RFC 6962): 2^level leaves from index * 2^level on.
CREATE TABLE anchor_v1.node (
  level smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (level, index)
);

-- The first checkpoint of the anchor log, of size epoch + 1, that had its quorum.
CREATE TABLE anchor_v1.note (
  epoch bigint PRIMARY KEY,
  note bytea NOT NULL
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'] LOOP
    EXECUTE format('ALTER TABLE anchor_v1.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE anchor_v1.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY projector ON anchor_v1.%I TO candor_projector USING (true) WITH CHECK (true)', name);
  END LOOP;
  -- What belongs to a log is seen in that log's scope, and in the platform's, which makes the public files of them.
  FOREACH name IN ARRAY ARRAY['slot', 'origin', 'checkpoint'] LOOP
    EXECUTE format(
      'CREATE POLICY tenant ON anchor_v1.%I FOR SELECT TO candor_api '
      'USING (log_id = NULLIF(current_setting(''candor.tenant'', true), '''')::uuid)', name);
    EXECUTE format(
      'CREATE POLICY platform ON anchor_v1.%I FOR SELECT TO candor_api '
      'USING (current_setting(''candor.scope'', true) = ''platform'')', name);
    -- Until engagements exist, an auditor's scope is empty.
    EXECUTE format('CREATE POLICY engagement ON anchor_v1.%I FOR SELECT TO candor_auditor USING (false)', name);
  END LOOP;
  -- The anchor log is public.
  FOREACH name IN ARRAY ARRAY['epoch', 'node', 'note'] LOOP
    EXECUTE format('CREATE POLICY everyone ON anchor_v1.%I FOR SELECT TO candor_api, candor_auditor USING (true)', name);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA anchor_v1 TO candor_projector, candor_api, candor_auditor;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA anchor_v1 TO candor_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA anchor_v1 TO candor_api, candor_auditor;
