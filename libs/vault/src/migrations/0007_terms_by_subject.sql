-- With the subject last it says as much as the unique index does: whichever of the two a plan takes to find a key by what it
-- serves, it finds one row. Without it, all keys of a log and a month were looked at for each.
DROP INDEX vault.data_key_term;
CREATE INDEX data_key_term ON vault.data_key (retention, period, log, subject);
