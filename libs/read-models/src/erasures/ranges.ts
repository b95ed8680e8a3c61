/**
 * The part that a key's values stand in for `FOUND`, where nobody knows any more whose it was. No subject has this id.
 */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * WITH queries over `key (key_id, part)`, all of one log ($1), and `span (told, since, size, part)`: `found (told)` is which spans
 * have an entry that is sealed under a key of their part, from `since` up to before `size`. Spans and values are gone
 * through once, in their order: looked up one by one, each span would be as many lookups as there are keys, and people have
 * keys by the hundred.
 */
export const FOUND = `
  place AS (
    SELECT part, s.index FROM key CROSS JOIN LATERAL (
      SELECT index FROM audit_log_v1.sealed WHERE tenant_id = $1 AND key_id = key.key_id OFFSET 0) AS s
    WHERE EXISTS (SELECT FROM span)),
  point AS (
    SELECT part, index, NULL::bigint AS told, NULL::bigint AS size FROM place
    UNION ALL SELECT part, since, told, size FROM span WHERE since IS NOT NULL),
  found AS MATERIALIZED (
    SELECT DISTINCT told FROM (
      SELECT told, size, min(index) FILTER (WHERE told IS NULL) OVER (
        PARTITION BY part ORDER BY index DESC, told NULLS FIRST ROWS UNBOUNDED PRECEDING) AS next FROM point) AS ordered
    WHERE told IS NOT NULL AND next < size)`;
