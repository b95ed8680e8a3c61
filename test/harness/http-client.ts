/** What an answer was: status, headers and the parsed body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Calls Candor over HTTP with one key. It never retries: that is what the tests are about. */
export class HttpClient {
  readonly url: string;
  readonly #key: string;

  constructor(system: { readonly url: string; readonly key: string }) {
    this.url = system.url;
    this.#key = system.key;
  }

  async send(
    method: string,
    path: string,
    options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    const { body } = options;
    const headers = new Headers({ authorization: `Bearer ${this.#key}`, ...options.headers });
    if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
    const response = await fetch(new URL(path, this.url), {
      method,
      headers,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
    };
  }

  /** A command under an idempotency key. */
  async command(
    method: 'POST' | 'PATCH',
    path: string,
    idempotencyKey: string,
    body: unknown,
  ): Promise<Answer> {
    return this.send(method, path, { body, headers: { 'idempotency-key': idempotencyKey } });
  }

  /** Sends records as NDJSON; answers one verdict per line. */
  async records(lines: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    const answer = await fetch(new URL('/v1/records', this.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`records answered ${answer.status}: ${text}`);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
