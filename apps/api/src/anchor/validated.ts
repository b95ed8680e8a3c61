import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Of files that are kept: a digest once. */
const known = new WeakMap<Buffer, string>();

/** A file's entity tag: its digest (RFC 9110 §8.8.3). */
export function etagOf(content: string | Buffer): string {
  if (typeof content === 'string') return digest(content);
  const tag = known.get(content) ?? digest(content);
  known.set(content, tag);
  return tag;
}

/** The file with its tag, or that the caller has it already (304). */
export function validated<T extends string | Buffer>(
  request: FastifyRequest,
  reply: FastifyReply,
  content: T,
): T | undefined {
  const tag = etagOf(content);
  void reply.header('ETag', tag);
  if (!names(request.headers['if-none-match'], tag)) return content;
  void reply.code(304);
  return undefined;
}

/** Compared weakly, as for `If-None-Match` (RFC 9110 §13.1.2). */
function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => {
    const text = one.trim();
    return text === '*' || text === tag || text === `W/${tag}`;
  });
}

const digest = (content: string | Buffer): string =>
  `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
