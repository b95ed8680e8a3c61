import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { validated } from '../anchor/validated.js';
import { acceptsGzip } from '../edge/http/compression.js';

/** A text that is the same for everybody, whoever asks: read, packed and tagged once. */
export class PublicFile {
  private made: { readonly plain: Buffer; readonly packed: Buffer } | undefined;

  constructor(private readonly read: () => string) {}

  /** The file as the caller takes it; undefined where he has it already (304). */
  answer(request: FastifyRequest, reply: FastifyReply): Buffer | undefined {
    const { plain, packed } = (this.made ??= madeOf(this.read()));
    void reply.headers({ 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' });
    if (!acceptsGzip(request.headers['accept-encoding'])) return validated(request, reply, plain);
    void reply.header('Content-Encoding', 'gzip');
    return validated(request, reply, packed);
  }
}

function madeOf(text: string) {
  const plain = Buffer.from(text);
  return { plain, packed: gzipSync(plain) };
}
