import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  VaultUnavailable,
  type DataKey,
  type KeyRequest,
  type KeyState,
  type LogSecrets,
  type SubjectKind,
  type Vault,
} from '../vault-port.js';

const digest = (...parts: readonly string[]): Buffer =>
  createHash('sha256').update(parts.join('\n')).digest();

function uuidOf(...parts: readonly string[]): string {
  const h = digest(...parts).toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** A vault for specs: keys follow from what they are for, so that runs repeat; states are set by hand. */
export class FakeVault implements Vault {
  readonly #keys = new Map<string, KeyState>();
  /** How often each question was asked. */
  readonly asked = { dataKeys: 0, openKeys: 0, subjects: 0 };
  away = false;
  /** How long it takes to answer. */
  delayMs = 0;

  set(keyId: string, state: 'erased' | 'lost'): void {
    this.#keys.set(keyId, state === 'erased' ? { state, by: null } : { state });
  }

  secrets(log: string): Promise<LogSecrets> {
    return Promise.resolve({ kId: digest('id', log), kBlind: digest('blind', log) });
  }

  async subjects(
    log: string,
    wanted: readonly { readonly kind: SubjectKind; readonly value: string }[],
  ): Promise<readonly string[]> {
    this.asked.subjects++;
    await this.#answer();
    return wanted.map(({ kind, value }) => uuidOf('subject', log, kind, value));
  }

  async dataKeys(requests: readonly KeyRequest[]): Promise<readonly DataKey[]> {
    this.asked.dataKeys++;
    await this.#answer();
    return requests.map(({ log, subject, retention, period }) => {
      const whose =
        'subject' in subject ? subject.subject : uuidOf('subject', log, subject.kind, subject.value);
      const keyId = uuidOf('key', log, whose, retention, period);
      const key = digest('S', keyId);
      if (!this.#keys.has(keyId)) this.#keys.set(keyId, { state: 'present', key });
      return { keyId, key };
    });
  }

  async openKeys(_log: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyState>> {
    this.asked.openKeys++;
    await this.#answer();
    return new Map(keyIds.map((keyId) => [keyId, this.#keys.get(keyId) ?? { state: 'lost' }]));
  }

  async #answer(): Promise<void> {
    await (this.delayMs > 0 ? sleep(this.delayMs) : Promise.resolve());
    if (this.away) throw new VaultUnavailable('the vault is away');
  }
}
