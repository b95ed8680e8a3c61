import { randomUUID } from 'node:crypto';
import { anyBody } from '@candor/testing';
import { catalogue, type EventType } from '@candor/domain';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry } from '../entry/decode-entry.js';
import { FakeVault } from '../spec-kit/fake-vault.js';
import { aContext } from '../spec-kit/samples.js';
import { Codec } from './codec.js';
import { recordedOf } from './recorded.js';

const log = randomUUID();
const codec = new Codec(new FakeVault());

test.each([...catalogue.values()].map((type) => [type.type, type] as const))(
  '%s reads back as it was decided',
  async (name: string, type: EventType) => {
    await fc.assert(
      fc.asyncProperty(anyBody(type), async (body) => {
        const stream = `${type.category}-${randomUUID()}`;
        const context = aContext(type.log === 'none' ? null : log);
        const event = { type: name, body };
        const [encoded] = await codec.encode([
          { stream, event, context, command: randomUUID(), causation: randomUUID() },
        ]);
        if (encoded === undefined) throw new Error('one event');
        const entry = decodeEntry({ ...encoded, stream });
        const [opened] = await codec.open([entry], 'verified');
        expect(opened).toStrictEqual(encoded.recorded);
        expect(opened?.event.body).toStrictEqual(body);
        const text = Buffer.from(encoded.data).toString();
        for (const { pointer } of entry.commitments) {
          const value = pointer
            .split('/')
            .slice(2)
            .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], body);
          if (String(value).length > 8) expect(text).not.toContain(JSON.stringify(value));
        }
        expect(recordedOf(entry)?.schema).toBe(type.schema);
      }),
      { numRuns: 30 },
    );
  },
);
