import type { StrictJson } from '../edge/json/strict-json.js';

export type Path = readonly (string | number)[];

/** Every place in a value, inner ones and those of list items too. */
export function placesIn(value: StrictJson, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...members.flatMap(([name, member]) => placesIn(member, [...path, name]))];
}

/** A copy with another value, or none, in a place. */
export function changed(
  value: StrictJson,
  [name, ...rest]: Path,
  change: (old: StrictJson) => StrictJson | undefined,
): StrictJson | undefined {
  if (name === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      const made = i === name ? changed(item, rest, change) : item;
      return made === undefined ? [] : [made];
    });
  }
  const members = Object.entries(value as Readonly<Record<string, StrictJson>>).flatMap(([other, member]) => {
    const made = other === name ? changed(member, rest, change) : member;
    return made === undefined ? [] : [[other, made] as const];
  });
  return Object.fromEntries(members);
}

/** Values of every kind, on both sides of every limit a record has. */
// prettier-ignore
export const otherValues: readonly StrictJson[] = [
  null, true, 0, 1, -1, 65_535, 65_536, Number.MAX_SAFE_INTEGER, '', ' ', 'x', 'X', 'DE', 'de', 'a\nb', 'a\u0085b', 'nobody', '@', 'a@', 'a b@c',
  'ä', '\u{1f4ee}', '2.0.0', '4.0.0', '5.1.1', '5.01.1', '5.1000.1', '5.1', 'delayed', 'failed', 'account', 'mailbox',
  '2026-02-30T00:00:00Z', '2026-01-02T03:04:05', '0000-01-01T00:00:00Z', '55555555-5555-4555-8555-55555555555A',
  '55555555-5555-4555-8555-555555555555', 'delivery.accepted', 'delivery.conflict-detected', 'toString',
  ...[64, 65, 512, 513, 998, 999, 2_000, 2_001].flatMap((n) => ['x'.repeat(n), '\u{1f4ee}'.repeat(n)]),
  'a@'.padEnd(512, 'b'), 'a@'.padEnd(513, 'b'),
  [], [null], ['x'], ['x', 'x'], [['x']], Array<string>(32).fill('x'), Array<string>(33).fill('x'), {}, [{}], [[{}]], { state: 'erased' },
  { kind: 'account', id: null }, { kind: 'mailbox', id: null }, [{ kind: 'mailbox', id: null }],
  [[{ kind: 'account', id: null }]], Array<StrictJson>(4).fill({ kind: 'account', id: null }), Array<StrictJson>(5).fill({ kind: 'account', id: null }),
];

/** Names of members that do not belong into every object, or into none. */
export const extraNames = ['x', 'id', 'attempt', 'toString', 'constructor', 'prototype'] as const;

export const isObject = (value: StrictJson): value is Record<string, StrictJson> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
