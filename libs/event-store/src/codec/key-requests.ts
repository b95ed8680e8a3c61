import type { DataKey, KeyRequest, Vault } from '../vault-port.js';

/** What is asked for, and what was gathered of it so far. */
type Gathered = KeyRequest & { readonly names: string[]; address?: NonNullable<KeyRequest['address']> };

/** Collects the key requests of a batch, so that the vault is asked once and for each key once. */
export class KeyRequests {
  readonly #index = new Map<string, number>();
  readonly #requests: Gathered[] = [];

  /**
   * @param name the value to be sealed, where it is a name of the subject
   * @param address the value to be sealed, where the subject is found by it
   * @returns where the key will stand in what `fetch` returns
   */
  add(request: KeyRequest, name?: string, address?: KeyRequest['address']): number {
    const at = this.#find(request);
    const gathered = this.#requests[at];
    if (name !== undefined && gathered?.names.includes(name) === false) gathered.names.push(name);
    if (address !== undefined && gathered !== undefined) gathered.address ??= address;
    return at;
  }

  #find(request: KeyRequest): number {
    const { subject, log, retention, period } = request;
    const whose = 'subject' in subject ? subject.subject : `${subject.kind}\n${subject.value}`;
    const name = `${log}\n${retention}\n${period}\n${whose}`;
    const known = this.#index.get(name);
    if (known !== undefined) return known;
    this.#index.set(name, this.#requests.length);
    return this.#requests.push({ ...request, names: [] }) - 1;
  }

  /** @throws VaultUnavailable, UnknownLog */
  async fetch(vault: Vault): Promise<readonly DataKey[]> {
    return this.#requests.length === 0 ? [] : vault.dataKeys(this.#requests);
  }
}
