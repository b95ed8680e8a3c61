import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** One request as it arrived. */
export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly lines: readonly string[];
}

export interface FakeApi {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Records it has taken in, by tenant, message, recipient and key. */
  readonly stored: ReadonlyMap<string, string>;
  readonly stop: () => Promise<void>;
}

/** Answers a request in the server's place; false leaves it to the server. */
export type Misbehaviour = (request: Received, response: ServerResponse, number: number) => boolean;

/** A server with the behaviour of `POST /v1/records`: verdicts in order, the same again is a duplicate, other content a conflict. */
export async function startFakeApi(misbehave: Misbehaviour = () => false): Promise<FakeApi> {
  const requests: Received[] = [];
  const stored = new Map<string, string>();
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const lines = gunzipSync(body).toString().trimEnd().split('\n');
      const received = { headers: request.headers, path: request.url ?? '', lines };
      requests.push(received);
      if (misbehave(received, response, requests.length)) return;
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      lines.forEach((line, at) =>
        response.write(`${JSON.stringify({ line: at + 1, ...judge(stored, line) })}\n`),
      );
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stored,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes a line in as the server would. */
export function judge(stored: Map<string, string>, line: string): { verdict: string; code?: string } {
  const { tenant, recordKey, recipient, key } = JSON.parse(line) as Record<string, string>;
  if (recipient?.startsWith('refuse-me@') === true) return { verdict: 'rejected', code: 'request.invalid' };
  const name = JSON.stringify([tenant, recordKey, recipient, key]);
  const known = stored.get(name);
  stored.set(name, known ?? line);
  if (known === undefined) return { verdict: 'accepted' };
  return known === line ? { verdict: 'duplicate' } : { verdict: 'conflict', code: 'record.conflict' };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
