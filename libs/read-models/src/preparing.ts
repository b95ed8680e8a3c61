import type { Sql } from './sql.js';

/** The name that each statement is prepared under, on whatever connection. */
const names = new Map<string, string>();
/** Statements prepared at most; their texts differ by the view's schema only. */
const MOST = 500;

/**
 * Statements with parameters are prepared once on each connection, and planned for any values: to plan one for the bytes
 * of a whole batch copies them several times. It needs a session of its own, as the projector's locks do: no pooler in
 * between that lends one connection to another for each transaction.
 */
export function preparing(sql: Sql): Sql {
  const query = (text: unknown, values?: unknown): unknown => {
    const name = typeof text === 'string' && Array.isArray(values) ? nameOf(text) : undefined;
    return name === undefined
      ? sql.query(text as string, values as unknown[])
      : sql.query({ name, text: text as string, values: values as unknown[] });
  };
  return { query: query as Sql['query'] };
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST) return known;
  const name = `candor_${names.size}`;
  names.set(text, name);
  return name;
}
