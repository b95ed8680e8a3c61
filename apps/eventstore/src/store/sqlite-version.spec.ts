import { expect, test } from '@jest/globals';
import { requireSqlite } from './sqlite-version.js';

test.each(['3.51.0', '3.51.4', '3.53.0', '4.0.0', undefined])('takes %s', (version) => {
  // Without a number given: that of the Node that runs this.
  expect(() => {
    requireSqlite(version);
  }).not.toThrow();
});

test.each(['3.50.4', '3.9.99', '2.60.0', ''])('refuses %s in one sentence', (version) => {
  expect(() => {
    requireSqlite(version);
  }).toThrow(/^The embedded event store needs SQLite 3\.51\.0 or newer, [^\n]+\.$/);
});
