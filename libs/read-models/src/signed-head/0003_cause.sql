-- Several may close writes, each for its own cause, and each takes away only its own.

ALTER TABLE head.closed DROP CONSTRAINT closed_pkey;
ALTER TABLE head.closed DROP COLUMN single;
ALTER TABLE head.closed ADD COLUMN cause text COLLATE "C" NOT NULL DEFAULT 'anchor'
  CHECK (cause IN ('anchor', 'recovery'));
ALTER TABLE head.closed ALTER COLUMN cause DROP DEFAULT;
ALTER TABLE head.closed ADD PRIMARY KEY (cause);
