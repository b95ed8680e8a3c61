import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hex, sha256, utf8 } from '@candor/crypto';
import type { Answer, Witness } from './witness.js';

/** Room for a checkpoint with every signature it may have, and the proof. */
const MAX_BODY = 512 * 1024;
const TEXT = 'text/plain; charset=utf-8';

/**
 * The witness over HTTP: `POST /add-checkpoint`, `GET /<hex SHA-256 of the origin>/checkpoint`, and `GET /` with its key.
 * Bodies, headers and times are bounded.
 * @param about what `GET /` tells
 */
export function witnessServer(witness: Witness, about: string): Server {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    answer(witness, about, request).then(
      (given) => {
        send(response, given);
      },
      () => {
        send(response, { status: 500, type: TEXT, body: 'the witness failed\n' });
      },
    );
  });
  server.maxConnections = 100;
  return server;
}

async function answer(witness: Witness, about: string, request: IncomingMessage): Promise<Answer> {
  const { method, url } = request;
  if (method === 'POST' && url === '/add-checkpoint') {
    const body = await bodyOf(request);
    return body === undefined ? plain(413, 'the body is too large\n') : witness.addCheckpoint(body);
  }
  if (method !== 'GET') return plain(405, 'not allowed\n');
  if (url === '/') return plain(200, about);
  for (const origin of witness.origins) {
    if (url !== `/${hex(sha256(utf8(origin)))}/checkpoint`) continue;
    const note = witness.latest(origin);
    if (note !== undefined) return plain(200, note);
  }
  return plain(404, 'there is nothing here\n');
}

/** @returns undefined when it is too large; what is not UTF-8 becomes text that no log has signed */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

const plain = (status: number, body: string): Answer => ({ status, type: TEXT, body });
