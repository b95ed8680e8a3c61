import type { DataKey, KeyRequest, Vault } from '../vault-port.js';

/** Collects the key requests of a batch, so that the vault is asked once and for each key once. */
export class KeyRequests {
  readonly #index = new Map<string, number>();
  readonly #requests: (KeyRequest & { readonly names: string[] })[] = [];

  /**
   * @param name the value to be sealed, where it is a name of the subject
   * @returns where the key will stand in what `fetch` returns
   */
  add(request: KeyRequest, name?: string): number {
    const at = this.#find(request);
    const names = this.#requests[at]?.names;
    if (name !== undefined && names?.includes(name) === false) names.push(name);
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
