-- Generations change (formats v1 §3.4): what a key or a secret is wrapped under is replaced, and nothing else of it.

GRANT UPDATE (g, wrapped) ON vault.data_key, vault.secret TO candor_vault;

-- How many keys and secrets were re-wrapped under a later generation.
ALTER TABLE vault.generation ADD COLUMN rewrapped bigint NOT NULL DEFAULT 0 CHECK (rewrapped >= 0);
GRANT UPDATE (rewrapped) ON vault.generation TO candor_vault;

-- Batches follow one another in this order: a row that has left a generation is not stepped over again and again, and a
-- batch needs few logs' wrapping keys.
DROP INDEX vault.data_key_generation;
CREATE INDEX data_key_generation ON vault.data_key (g, log, key_id);
CREATE INDEX secret_generation ON vault.secret (g, log, name);
