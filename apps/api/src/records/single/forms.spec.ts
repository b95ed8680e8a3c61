import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormPipe } from '../../edge/http/form.pipe.js';
import { parseStrictJson, type StrictJson } from '../../edge/json/strict-json.js';
import { Problem } from '../../edge/problem/problem.js';
import type { RecordLine } from '../line/line-schema.js';
import { readRecord } from '../line/read-line.js';
import {
  changed,
  extraNames,
  isObject,
  otherValues,
  type Path,
  placesIn,
} from '../../spec-kit/changed-json.js';
import { goodRecord } from '../../spec-kit/good-records.js';
import { fullRecords } from '../../spec-kit/records.js';
import { accessForms, deliveryForms } from './forms.js';

type Body = Readonly<Record<string, StrictJson>>;

const pipe = new FormPipe<RecordLine>({ ...accessForms, ...deliveryForms });

/** What the route makes of a record, and what bulk makes of it. */
async function readings(body: Body): Promise<readonly [route: unknown, bulk: unknown]> {
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  const reading = readRecord(parseStrictJson(bytes) as Body);
  const bulk = reading.ok ? reading.line : reading.code;
  try {
    return [await pipe.transform(bytes), bulk];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [error.code, bulk];
  }
}

test('a route and bulk make the same of every good record', () =>
  fc.assert(
    fc.asyncProperty(goodRecord, async (body) => {
      const [route, bulk] = await readings(body);
      expect(bulk).toMatchObject({ type: body['type'] });
      expect(route).toEqual(bulk);
    }),
  ));

/** Bodies that differ in one place: another value, none, or a member more. */
const changes = (body: Body): readonly Body[] => placesIn(body).flatMap((path) => changesAt(body, path));

function changesAt(body: Body, path: Path): readonly Body[] {
  const change = (to: (old: StrictJson) => StrictJson | undefined) => changed(body, path, to) as Body;
  const more = extraNames.map((name) => change((old) => (isObject(old) ? { ...old, [name]: 'x' } : old)));
  // The body itself stays an object: what else it may be is read the same for every route.
  return path.length === 0
    ? more
    : [change(() => undefined), ...otherValues.map((other) => change(() => other)), ...more];
}

test('a route and bulk judge alike what differs in one place from a good record', () =>
  fc.assert(
    fc.asyncProperty(
      goodRecord.chain((body) =>
        fc.constantFrom(...placesIn(body)).chain((path) => fc.constantFrom(...changesAt(body, path))),
      ),
      async (body) => {
        const [route, bulk] = await readings(body);
        expect(route).toEqual(bulk);
      },
    ),
    { numRuns: 200 },
  ));

test.each(fullRecords)('a route and bulk judge alike whatever differs in any place: $type', async (full) => {
  for (const body of changes(full)) {
    const [route, bulk] = await readings(body);
    // `expect` itself would take longer than all the rest.
    if (!isDeepStrictEqual(route, bulk)) expect({ body, route }).toEqual({ body, route: bulk });
  }
});
