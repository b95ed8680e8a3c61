import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Checkpoint, parseCheckpoint, splitNote } from '@candor/crypto/tlog';
import { type ExportOptions, type ExportVerdict, verifyBundle, verifyExport } from '@candor/crypto/verify';
import { givenTenant } from '../../spec-kit/app.js';
import { ProvenApp } from '../../spec-kit/proven-app.js';
import { anAccess } from '../../spec-kit/records.js';
import type { OriginPart } from '../tree/log-files.js';

let house: ProvenApp;
let tenant: string;
beforeAll(async () => {
  house = await ProvenApp.start();
});
afterAll(() => house.stop());
beforeEach(async () => {
  tenant = await givenTenant(house.it);
});

async function grow(times = 1): Promise<void> {
  for (let n = 0; n < times; n++) {
    const body = { ...anAccess, recordKey: randomUUID(), key: randomUUID() };
    expect(
      (await house.it.send({ method: 'POST', url: `/v1/tenants/${tenant}/accesses`, body })).status,
    ).toBe(201);
  }
  await house.level();
  house.now += 10_000;
}

const published = async () => {
  await house.publish(await house.epoch());
};

const exported = (query = '') =>
  house.it.send({ method: 'GET', url: `/v1/tenants/${tenant}/export${query}` });

async function verdictOn(text: string, options: ExportOptions = {}): Promise<ExportVerdict> {
  const chunks = (async function* () {
    yield await Promise.resolve(Buffer.from(text));
  })();
  return verifyExport(chunks, await house.trustOf(tenant), options);
}

interface Line {
  readonly t: string;
  readonly e?: number;
  readonly note?: string | null;
  readonly epochs?: readonly number[];
}
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const checkpointIn = (line: Line | undefined): Checkpoint =>
  parseCheckpoint(splitNote(line?.note ?? '').text);

test('an epoch that is published while an export is made harms it not', async () => {
  await grow(2);
  await published();
  const { logFiles } = house.it.parts;
  const extent = logFiles.extent.bind(logFiles);
  let meanwhile = async (): Promise<void> => {
    await grow(3);
    await published();
    meanwhile = () => Promise.resolve();
  };
  Object.assign(logFiles, {
    extent: async (part: OriginPart) => {
      const found = await extent(part);
      await meanwhile();
      return found;
    },
  });
  try {
    const verdict = await verdictOn((await exported()).text);
    expect([verdict.verdict, verdict.size, verdict.findings]).toEqual(['witnessed', 3, []]);
  } finally {
    Object.assign(logFiles, { extent });
  }
});

test('the heads are those of an export, from an epoch on, and none before the log has one', async () => {
  house.now += 10_000;
  await published();
  await grow(1);
  await published();
  house.now += 10_000;
  await published();
  await grow(1);
  await house.epoch();
  const lines = linesOf((await exported()).text).filter(({ t }) => t === 'head');
  const first = lines[0]?.e ?? 0;
  const heads = async (from: number) =>
    house.it.send({ method: 'GET', url: `/v1/tenants/${tenant}/log/heads?from=${from}` });
  expect(linesOf((await heads(0)).text)).toEqual(lines);
  const later = linesOf((await heads(first + 2)).text);
  // Who asks from an epoch on is told its head, changed or not.
  expect(later.map(({ e }) => e)).toEqual(lines.slice(2).map(({ e }) => e));
  expect(later[0]?.note).toEqual(lines[1]?.note);
  const none = await heads((lines.at(-1)?.e ?? 0) + 1);
  expect([none.status, none.text]).toEqual([200, '']);
  expect((await heads(-1)).status).toBe(400);
});

test('a chain of exports shows every epoch, also one that was not published when the first was made', async () => {
  await grow(2);
  await published();
  const [, first] = linesOf((await exported()).text)[0]?.epochs ?? [];
  await house.level();
  house.now += 10_000;
  await published();
  const last = Number(first) + 1;
  await grow();
  const unpublished = await house.epoch();
  expect(unpublished).toBe(last + 1);
  await grow();
  const before = await exported();
  const kept = checkpointIn(linesOf(before.text).findLast(({ t }) => t === 'head'));
  const end = checkpointIn(linesOf(before.text).find(({ t }) => t === 'checkpoint'));
  expect(linesOf(before.text)[0]?.epochs?.[1]).toBe(last);
  await house.publish(unpublished);
  await grow();
  await published();

  for (const query of [`?from=${kept.size}&epoch=${last + 1}`, `?from=${kept.size}`]) {
    const { text } = await exported(query);
    const verdict = await verdictOn(text, { kept: [kept], keptEpoch: last });
    expect([verdict.verdict, verdict.findings]).toEqual(['witnessed', []]);
    const shown = linesOf(text).flatMap(({ t, e }) => (t === 'head' ? [e] : []));
    expect(shown).toContain(last + 1);
    expect(shown).toContain(last + 2);
  }

  const refused = await exported(`?from=${end.size}&epoch=${last + 1}`);
  expect([refused.status, refused.json['code']]).toEqual([409, 'export.head-left-out']);
  const gap = await verdictOn((await exported(`?from=${end.size}`)).text, { kept: [end], keptEpoch: last });
  expect([gap.verdict, gap.findings.map(({ code }) => code)]).toEqual(['incomplete', ['head.missing']]);
});

test('the state of an entry is the verdict on its bundle', async () => {
  const log = `/v1/tenants/${tenant}/log`;
  const compared = async () => {
    const { json } = await house.it.send({ method: 'GET', url: `${log}/entries/1/state` });
    const { text } = await house.it.send({ method: 'GET', url: `${log}/bundle/1` });
    const { verdict } = await verifyBundle(text, await house.trustOf(tenant));
    expect(json['state']).toBe(verdict);
    return verdict;
  };
  await grow();
  const epoch = await house.epoch();
  expect(await compared()).toBe('checkpointed');
  await house.publish(epoch);
  expect(await compared()).toBe('witnessed');
});

test.each([
  ['?from=05', 400, 'request.invalid'],
  ['?from=-1', 400, 'request.invalid'],
  ['?from=1&epoch=1e3', 400, 'request.invalid'],
  ['?from=999999999999999', 404, 'checkpoint.unknown'],
  ['?from=1&epoch=999999999999999', 404, 'anchor.unknown'],
  ['?to=5', 400, 'request.unknown-field'],
])('%s is refused, and no export is recorded', async (query, status, code) => {
  await grow();
  const answer = await exported(query);
  expect([answer.status, answer.json['code']]).toEqual([status, code]);
  const types: string[] = [];
  for await (const { type, data } of house.store.readAll())
    if (Buffer.from(data).includes(tenant)) types.push(type);
  expect(types).not.toContain('log.exported');
});
