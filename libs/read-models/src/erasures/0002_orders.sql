-- What the sinks of a log are to be told, in order.
CREATE INDEX event_orders ON erasures_v1.event (tenant_id, position) WHERE type = 'log.erasure-ordered';
