-- What has reached its term is found by class and period, log by log, whatever else lives.
CREATE INDEX data_key_term ON vault.data_key (retention, period, log);
