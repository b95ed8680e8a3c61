import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { batchesOf, BodyFault } from './batches.js';
import { unpack } from './unpack.js';

/** A body whose sender has gone while we looked at who he is. */
async function gone(sent: Buffer, why: Error): Promise<PassThrough> {
  const body = new PassThrough();
  body.write(sent);
  const failed = once(body, 'error');
  body.destroy(why);
  await failed.catch(() => undefined);
  return body;
}

test.each([
  ['plain', {}, Buffer.from('{}\n')],
  ['packed', { 'content-encoding': 'gzip' }, gzipSync('{}\n')],
] satisfies [string, IncomingHttpHeaders, Buffer][])(
  'a %s body that ended badly before it was looked at is waited for by nobody',
  async (_, headers, sent) => {
    const why = new Error('cut off');
    const batches = batchesOf(unpack(await gone(sent, why), headers));
    const fault: unknown = await batches.next().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(BodyFault);
    expect((fault as BodyFault).cause).toBe(why);
  },
);
