-- Orders that the vault has carried out may be lost with the entries of a log that are given up (ADR 31). Whatever they took is
-- then named by orders that are given again.

-- From here on `revision`, also in vault.erasure_order and vault.tombstone, counts the orders that this vault has carried out, and
-- never goes back. Where that leaves it in keyerasures-all stands beside it: the revision of the last order there, and its
-- event. Null: nothing was ever lost, and the two are the same.
ALTER TABLE vault.erasures_applied
  ADD COLUMN stream_revision bigint CHECK (stream_revision >= -1),
  ADD COLUMN event_id uuid;
GRANT UPDATE (stream_revision, event_id) ON vault.erasures_applied TO candor_vault;

-- What an order that is given again says it follows from. Null: it was carried out before this was kept.
ALTER TABLE vault.erasure_order ADD COLUMN rule text, ADD COLUMN ground text;

-- A tombstone goes over to the order that names its key again.
GRANT UPDATE (revision) ON vault.tombstone TO candor_vault;
