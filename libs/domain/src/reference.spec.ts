import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { catalogue } from './catalogue.js';
import { eventReference } from './reference.js';

test('docs/events.md says what the code says (npm run generate)', () => {
  const committed = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
  expect(committed).toBe(eventReference(catalogue.values()));
});
