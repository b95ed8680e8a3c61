import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { EpochTree, leafHash } from '@candor/crypto';
import { ed25519FromSeed, parseVkey, type Verifier, verifierFor } from '@candor/crypto/tlog';
import { signReceipt } from '@candor/crypto/verify';
import { Codec, type EventLog } from '@candor/event-store';
import { keyServiceSettings, openKeyService, type OpenKeyService } from '@candor/key-service';
import { createPool, type Pool } from '@candor/read-models';
import { PgVault } from '@candor/vault';
import type { verifyStore } from '../../apps/projector/src/cli/verify/verify-store.ts';
import type { run } from '../../apps/verify/src/run.ts';
import { exportOf, Refused, type Scene, type Tenant } from './scene.ts';

/** The two programs that check: the tenant's, and the operator's own. */
export interface Programs {
  /** `candor-verify` */
  readonly run: typeof run;
  /** What `npm run projector -- verify` does. */
  readonly verifyStore: typeof verifyStore;
}

export interface Seen {
  /** The verdict, and the codes of what is broken or incomplete; `refused` where the operator's own system gives nothing. */
  readonly said: string;
  /** How many entries were shown. */
  readonly size: number | null;
  readonly exitCode: number;
}

interface Parts {
  readonly scene: Scene;
  readonly programs: Programs;
  readonly pool: Pool;
  readonly vault: PgVault;
  readonly keyService: OpenKeyService;
  readonly tree: EpochTree;
  readonly verifiers: readonly Verifier[];
}

/** What can be asked about a scene. */
export class Checks {
  private files = 0;
  private readonly parts: Parts;

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  static async open(scene: Scene, programs: Programs): Promise<Checks> {
    const { env, witnesses } = scene.system;
    const pool = createPool(env['CANDOR_DB_PROJECTOR_URL'] ?? '', { max: 2 });
    const keyService = await openKeyService(keyServiceSettings(env));
    const vault = PgVault.open(env['CANDOR_DB_VAULT_URL'] ?? '', keyService);
    const tree = new EpochTree(await vault.platformSecret('slots'));
    const verifiers = await Promise.all(
      (witnesses?.anchor ?? []).map((vkey) => verifierFor(parseVkey(vkey))),
    );
    const known = verifiers.filter((verifier) => verifier !== undefined);
    return new Checks({ scene, programs, pool, vault, keyService, tree, verifiers: known });
  }

  async close(): Promise<void> {
    await this.parts.vault.close();
    await this.parts.keyService.close();
    await this.parts.pool.end();
  }

  /** What the tenant sees in an export that it was given, with nothing but what it knows from outside. */
  async export(text: string, tenant: Tenant, ...more: readonly string[]): Promise<Seen> {
    return this.verify(['export', await this.file(text), ...this.trust(tenant), ...more]);
  }

  /** What it sees of a receipt in an export. */
  async receipt(receipt: string, text: string, tenant: Tenant): Promise<Seen> {
    const { receiptKey } = this.parts.scene;
    const files = [await this.file(receipt), '--export', await this.file(text)];
    return this.verify(['receipt', ...files, '--receipt-key', receiptKey, ...this.trust(tenant)]);
  }

  /** A receipt as the operator's system signs them, for an entry that it dropped. */
  async receiptForNothing({ origin }: Tenant, iat: number, anchorBy: number): Promise<string> {
    const key = await ed25519FromSeed(await this.parts.vault.platformSecret('receiptsign'));
    const { name } = parseVkey(this.parts.scene.receiptKey);
    const leaf = leafHash(Buffer.from('acknowledged, and never stored'));
    const claims = { iss: 'candor.localhost', iat, log: origin, id: randomUUID(), leaf, anchorBy };
    return signReceipt(claims, { name, ...key });
  }

  /** What it sees in the export that the operator's system gives now. */
  async live(tenant: Tenant): Promise<Seen> {
    try {
      return await this.export(await exportOf(this.parts.scene.system, tenant.id), tenant);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { said: 'refused', size: null, exitCode: -1 };
    }
  }

  /** Any command of `candor-verify`, as JSON. */
  async verify(args: readonly string[]): Promise<Seen> {
    const parts: string[] = [];
    const collect = (part: Buffer, _: unknown, done: () => void): void => {
      parts.push(part.toString());
      done();
    };
    const exitCode = await this.parts.programs.run({
      args: [...args, '--json'],
      env: { CANDOR_API_KEY: this.parts.scene.system.key },
      stdin: Readable.from([]),
      stdout: new Writable({ write: collect }),
      stderr: new Writable({ write: collect }),
      fetch: (url, init) => fetch(url, init),
    });
    if (exitCode === 2) throw new Error(parts.join(''));
    const { verdict, findings, size } = JSON.parse(parts.join('')) as {
      readonly verdict: string;
      readonly findings: readonly { readonly code: string; readonly effect: string }[];
      readonly size: number | null;
    };
    const codes = findings.filter(({ effect }) => effect !== 'notice').map(({ code }) => code);
    return { said: [verdict, ...new Set(codes)].join(' '), size, exitCode };
  }

  /** What the tenant gives the verifier. */
  trust({ origin }: Tenant, policyFile = this.parts.scene.policyFile): readonly string[] {
    return ['--origin', origin, '--log-key', this.parts.scene.logKey, '--policy', policyFile];
  }

  /** The codes of what the operator's own check finds in an event store beside the views. */
  async operator(log: EventLog): Promise<readonly string[]> {
    const { pool, vault, tree, verifiers } = this.parts;
    const origin = verifiers[0]?.name ?? '';
    const { counts } = await this.parts.programs.verifyStore({
      log,
      pool,
      tree,
      verifiers,
      origin,
      codec: new Codec(vault),
      published: () => Promise.resolve(),
      progress: () => undefined,
    });
    return [...counts.keys()].sort();
  }

  /** A file with this content. */
  async file(content: string): Promise<string> {
    const file = join(this.parts.scene.dir, `given-${this.files++}`);
    await writeFile(file, content);
    return file;
  }
}
