-- A log's successor has heads of its own (formats v1 §4.5): one row for each of a log's origins.

ALTER TABLE head.signed ADD COLUMN succession int NOT NULL DEFAULT 0;
ALTER TABLE head.signed DROP CONSTRAINT signed_pkey;
ALTER TABLE head.signed ADD PRIMARY KEY (tenant_id, succession);
