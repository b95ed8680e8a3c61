import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

const pack = promisify(gzip);

/** Below this many bytes gzip saves less than it costs. */
const WORTH_IT = 2_048;
/** Fast: a page of an audit log shrinks to a fifth at any level. */
const LEVEL = 1;

/** Packs answers that are long texts, for clients that accept gzip. Streams pass as they are. */
export function compressAnswers(instance: FastifyInstance): void {
  instance.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < WORTH_IT) return payload;
    void reply.header('Vary', 'Accept-Encoding');
    if (!acceptsGzip(request.headers['accept-encoding'])) return payload;
    const packed = await pack(payload, { level: LEVEL });
    void reply.header('Content-Encoding', 'gzip').removeHeader('Content-Length');
    return packed;
  });
}

/** RFC 9110 §12.5.3: named, or covered by `*`, and not with weight 0. */
export function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  if (typeof header !== 'string') return false;
  const weights = new Map(
    header.split(',').map((part) => {
      const [coding = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = params.find((param) => param.startsWith('q='));
      return [coding, weight === undefined ? 1 : Number(weight.slice(2))] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
