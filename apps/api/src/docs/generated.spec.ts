import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { testApp, type TestApp } from '../spec-kit/app.js';
import { generatedDocs } from './generated.js';

interface Operation {
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema?: { $ref?: string } }> }>>;
}

const root = new URL('../../../../', import.meta.url);

test.each(['docs/openapi.json', 'docs/problems.md'])(
  '%s says what the code says (npm run generate)',
  async (path) => {
    const file = new URL(path, root);
    const options = (await resolveConfig(file)) ?? {};
    const generated = (await generatedDocs()).get(path) ?? '';
    const formatted = await format(generated, { ...options, filepath: file.pathname });
    expect(readFileSync(file, 'utf8')).toBe(formatted);
  },
);

describe('over HTTP', () => {
  let it: TestApp;
  beforeAll(async () => {
    it = await testApp();
  });
  afterAll(() => it.app.close());

  const open = { authorization: undefined };

  test('the description is the committed one, for anyone', async () => {
    const answer = await it.send({ method: 'GET', url: '/openapi.json', headers: open });
    expect(answer.json).toEqual(JSON.parse(readFileSync(new URL('docs/openapi.json', root), 'utf8')));
  });

  test('every operation says how it is refused and what it is called', async () => {
    const { json } = await it.send({ method: 'GET', url: '/openapi.json' });
    const paths = json['paths'] as Record<string, Record<string, { summary?: string; responses: object }>>;
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { summary, responses }] of Object.entries(operations)) {
        expect([method, path, summary]).not.toContain(undefined);
        if (path.startsWith('/v1'))
          expect([method, path, Object.keys(responses)[0]]).toEqual([
            method,
            path,
            expect.stringMatching(/^20/),
          ]);
      }
    }
  });

  test('the answer to every query of a tenant’s says the size of the log it was made from', async () => {
    const { json } = await it.send({ method: 'GET', url: '/openapi.json' });
    const { schemas } = json['components'] as { schemas: Record<string, { properties: object }> };
    const queries = Object.entries(json['paths'] as Record<string, Record<string, Operation>>).flatMap(
      ([path, operations]) =>
        Object.entries(operations).flatMap(([method, { responses }]) => {
          const reference = responses['200']?.content?.['application/json']?.schema?.$ref;
          const asks = method === 'get' || path.endsWith('/search');
          return path.startsWith('/v1/tenants') && asks && reference !== undefined
            ? [[path, Object.keys(schemas[reference.split('/').at(-1) ?? '']?.properties ?? {})] as const]
            : [];
        }),
    );
    expect(queries.length).toBeGreaterThan(12);
    for (const [path, members] of queries)
      expect([path, members]).toEqual([path, expect.arrayContaining(['size'])]);
  });

  test('the page and everything it loads are served from here', async () => {
    const page = await it.send({ method: 'GET', url: '/docs', headers: open });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links.length).toBe(3);
    for (const url of links) expect((await it.send({ method: 'GET', url, headers: open })).status).toBe(200);
  });

  test('what everybody may read is packed once, and not sent to who has it', async () => {
    const get = (headers: Record<string, string>) =>
      it.app.getHttpAdapter().getInstance().inject({ url: '/docs/swagger-ui-bundle.js', headers });
    const [plain, packed] = [await get({}), await get({ 'accept-encoding': 'gzip' })];
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect([packed.headers['content-encoding'], packed.headers.vary]).toEqual(['gzip', 'Accept-Encoding']);
    const [tag, other] = [packed, plain].map(({ headers }) => String(headers.etag));
    expect(tag).not.toBe(other);
    const again = await get({ 'accept-encoding': 'gzip', 'if-none-match': String(tag) });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
  });
});
