import { randomUUID } from 'node:crypto';

/** What a write answers, with the place to read from afterwards. */
export interface Written<Body> {
  readonly body: Body;
  readonly position: string;
}

/** A refusal by the API, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The few calls the story needs, over plain HTTP. */
export class CandorClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  /** Sends a command, on behalf of a user if one is named. Every call is a new request with a key of its own. */
  async write<Body>(
    method: 'POST' | 'PATCH',
    path: string,
    body: unknown,
    onBehalfOf?: string,
  ): Promise<Written<Body>> {
    const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': randomUUID() });
    if (onBehalfOf !== undefined) headers.set('candor-on-behalf-of', onBehalfOf);
    const response = await this.#send(method, path, headers, JSON.stringify(body));
    return {
      body: (await response.json()) as Body,
      position: response.headers.get('candor-position') ?? '',
    };
  }

  async read<Body>(path: string, query: Readonly<Record<string, string>> = {}): Promise<Body> {
    const search = new URLSearchParams(query).toString();
    const response = await this.#send('GET', search === '' ? path : `${path}?${search}`, new Headers());
    return (await response.json()) as Body;
  }

  async #send(method: string, path: string, headers: Headers, body?: string): Promise<Response> {
    headers.set('authorization', `Bearer ${this.#key}`);
    const response = await fetch(new URL(path, this.#url), { method, headers, body: body ?? null });
    if (response.ok) return response;
    throw new Refused(`${method} ${path} was refused: ${response.status} ${await response.text()}`);
  }
}
