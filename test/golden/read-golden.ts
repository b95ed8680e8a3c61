import { readFileSync } from 'node:fs';

/** A golden file, by its path under test/golden; the caller states its shape. */
export function readGolden(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
