-- Which of its log's origins a name or a checkpoint belongs to: 0 is the one it began with (formats v1 §4.5).

ALTER TABLE anchor_v1.origin ADD COLUMN succession int NOT NULL DEFAULT 0;

ALTER TABLE anchor_v1.checkpoint ADD COLUMN succession int NOT NULL DEFAULT 0;
ALTER TABLE anchor_v1.checkpoint DROP CONSTRAINT checkpoint_pkey;
ALTER TABLE anchor_v1.checkpoint ADD PRIMARY KEY (log_id, succession, size);
DROP INDEX anchor_v1.checkpoint_head;
CREATE INDEX checkpoint_head ON anchor_v1.checkpoint (log_id, succession, position);
