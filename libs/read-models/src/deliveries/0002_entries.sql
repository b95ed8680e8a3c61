-- The entries stand in the audit log's view, once (ADR 32). How an event ranks is the query's affair: it goes by its type.
ALTER TABLE deliveries_v1.event DROP COLUMN entry, DROP COLUMN metadata, DROP COLUMN rank;
