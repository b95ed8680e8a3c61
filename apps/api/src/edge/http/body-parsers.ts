import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.js';

/** Bytes a command may have. */
export const BODY_LIMIT = 1_048_576;

const NDJSON = ['application/x-ndjson', 'application/ndjson'];

/** Whether a request says that its body is NDJSON, which is never held as a whole. */
export function isNdjson({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const mediaType = headers['content-type']?.split(';', 1)[0] ?? '';
  return NDJSON.includes(mediaType.trim().toLowerCase());
}

/**
 * A JSON body arrives as bytes and is read only after the guard; NDJSON arrives as the stream it is. Nothing else is
 * accepted, and only NDJSON may be compressed.
 */
export function installBodyParsers(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (request, body, done) => {
      done(refusedEncoding(request), body);
    },
  );
  instance.addContentTypeParser(NDJSON, (request, payload, done) => {
    done(refusedCharset(request), payload);
  });
}

function refusedEncoding(request: FastifyRequest): Problem | null {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return unsupported();
  return refusedCharset(request);
}

function refusedCharset(request: FastifyRequest): Problem | null {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset) ? null : unsupported();
}

const unsupported = (): Problem => Problem.of('request.media-type-unsupported');
