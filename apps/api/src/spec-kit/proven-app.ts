import { randomUUID } from 'node:crypto';
import {
  CheckpointRecorder,
  GuardedLog,
  HeadSigner,
  LogKey,
  originsOf,
  recordHeads,
  StoreGuard,
} from '@candor/checkpoints';
import { b64, EpochTree, halfLevel } from '@candor/crypto';
import {
  addSignatures,
  cosigner,
  ed25519FromSeed,
  formatCheckpoint,
  formatVkey,
  logSigner,
  parsePolicy,
  type Policy,
  rootAt,
  signatureOf,
  signNote,
  splitNote,
} from '@candor/crypto/tlog';
import type { Trust } from '@candor/crypto/verify';
import { type DomainEvent, type EntryContext, nextEpoch } from '@candor/domain';
import { Codec, type EventLog, MemoryLog } from '@candor/event-store';
import {
  advanceCheckpoints,
  anchorHashes,
  announce,
  type BatchEvent,
  beginCheckpoint,
  createPool,
  decodeBatchEvent,
  epochGround,
  inTransaction,
  keepEpochHalf,
  loadCheckpoints,
  migrateReadModels,
  type Pool,
  ViewListener,
  views as definitions,
} from '@candor/read-models';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { applyOrders, MemoryVault, ORDERS } from '@candor/vault';
import { EpochSlots } from '../anchor/epoch-slots.js';
import { OwnPaths } from '../anchor/own-paths.js';
import { PgAnchorFiles } from '../anchor/pg-anchor-files.js';
import { PgAnchoring } from '../log/tree/pg-anchoring.js';
import { PgLogFiles } from '../log/tree/pg-log-files.js';
import { WitnessState } from '../log/tree/witness-state.js';
import type { AppParts } from '../app.module.js';
import { PgRequestMemory } from '../views/pg-request-memory.js';
import { PgViews } from '../views/pg-views.js';
import { testApp, type TestApp } from './app.js';

const ORIGIN = 'candor.localhost/anchor';
const seed = async (byte: number) =>
  ({ algorithm: 'ed25519', ...(await ed25519FromSeed(Buffer.alloc(32, byte))) }) as const;

async function policyOf(): Promise<Policy> {
  const witness = cosigner('witness.example', await seed(8), () => 0);
  const lines = [
    `log ${formatVkey(logSigner(ORIGIN, await seed(7)).key)}`,
    `witness theirs ${formatVkey(witness.key)} http://witness.example`,
    'quorum theirs',
  ];
  return parsePolicy(lines.join('\n'));
}

/** The app over real views, with a projector, an anchor log and a witness that are told when to act. */
export class ProvenApp {
  /** Milliseconds since 1970, as entries are recorded and epochs made. */
  now = Date.now();

  private constructor(
    private readonly postgres: TestPostgres,
    readonly projector: Pool,
    readonly reader: Pool,
    private readonly listener: ViewListener,
    readonly store: MemoryLog,
    readonly codec: Codec,
    readonly vault: MemoryVault,
    readonly key: LogKey,
    private readonly recorder: CheckpointRecorder,
    private readonly tree: EpochTree,
    readonly it: TestApp,
  ) {}

  /** @param between what the app takes for the store @param given parts that are not its own */
  static async start(
    between: (log: EventLog) => EventLog = (log) => log,
    given: Partial<AppParts> = {},
  ): Promise<ProvenApp> {
    const postgres = await startPostgres();
    await migrateReadModels(postgres.ownerUrl);
    const projector = createPool(postgres.projectorUrl);
    const reader = createPool(postgres.apiUrl);
    const listener = await ViewListener.start(postgres.apiUrl);
    const store = new MemoryLog();
    const log = between(new GuardedLog(store, new StoreGuard(store, reader)));
    const vault = new MemoryVault();
    let started: ProvenApp | undefined = undefined as ProvenApp | undefined;
    const clock = () => started?.now ?? Date.now();
    const codec = new Codec(vault, { clock });
    const platform = await vault.platformLog();
    const tree = new EpochTree(await vault.platformSecret('slots'));
    const key = await LogKey.fromSeed(Buffer.alloc(32, 1));
    const recorder = new CheckpointRecorder({ log: store, codec, pool: reader, platform, clock });
    // What is published is looked for each time.
    let uptime = 0;
    const signer = new HeadSigner(store, key);
    const epochSlots = new EpochSlots(reader, tree);
    const it = await testApp({
      log,
      vault,
      codec,
      logFiles: new PgLogFiles(reader, recorder, signer, new WitnessState(await policyOf(), [])),
      anchoring: new PgAnchoring(reader, new OwnPaths(reader, epochSlots, tree), tree, signer),
      anchor: new PgAnchorFiles(reader, epochSlots, () => uptime++ * 1_000),
      views: new PgViews(reader, listener),
      requests: new PgRequestMemory(reader),
      ...given,
    });
    const around = [postgres, projector, reader, listener, store, codec, vault, key, recorder, tree] as const;
    started = new ProvenApp(...around, it);
    return started;
  }

  async stop(): Promise<void> {
    await this.it.app.close();
    await this.listener.close();
    await Promise.all([this.projector.end(), this.reader.end()]);
    await this.postgres.stop();
  }

  /** Brings every view level with the log, as the projector would. */
  async level(): Promise<void> {
    const { projector, store } = this;
    const names = definitions.map(({ name }) => name);
    for (const name of names) await beginCheckpoint(projector, name, '5e41ce00-0000-4000-8000-000000000002');
    const at = (await loadCheckpoints(projector)).get('audit_log_v1')?.place?.position ?? null;
    const events: BatchEvent[] = [];
    for await (const stored of store.readAll({ from: (at ?? -1n) + 1n }))
      events.push(decodeBatchEvent(stored));
    const last = events.at(-1);
    if (last === undefined) return;
    await inTransaction(projector, 'BEGIN', async (sql) => {
      const { id: eventId } = last.stored;
      const { recordedAt } = last.entry.json;
      await advanceCheckpoints(sql, names, at, { position: last.position, eventId, recordedAt, events: 1 });
      for (const { into, name } of definitions) {
        const view = into(name);
        const concerned = events.filter(view.concerns);
        if (concerned.length > 0) await view.apply(concerned, sql);
      }
      const { position } = last;
      await announce(
        sql,
        names.map((view) => ({ view, position, state: 'live' })),
      );
    });
  }

  /** Records an epoch over all that was written. @returns its number */
  async epoch(): Promise<number> {
    await this.level();
    await recordHeads(this.recorder, this.projector);
    return this.epochAsItIs();
  }

  /** An epoch over the heads that are recorded. @param used how many slots are taken to be in use, at least */
  async epochAsItIs(used = 0): Promise<number> {
    await this.level();
    const ground = await inTransaction(this.projector, 'BEGIN', epochGround);
    const next = nextEpoch(ground.latest, this.now / 1_000, { ...ground, used: Math.max(ground.used, used) });
    if (next === undefined) throw new Error('the clock stands still');
    const levels = await this.tree.levels(next.epoch, next.slots, ground.heads);
    const body = { ...next, root: b64(levels.at(-1) ?? new Uint8Array()), after: ground.after };
    await this.happens('anchor-main', next.epoch, { type: 'log.epoch-recorded', body });
    await keepEpochHalf(this.projector, next.epoch, levels[halfLevel(next.slots)] ?? new Uint8Array());
    return next.epoch;
  }

  /** Has an epoch cosigned by the witness, which publishes it. */
  async publish(epoch: number): Promise<void> {
    const size = epoch + 1;
    const root = await rootAt(size, anchorHashes(this.projector));
    const text = formatCheckpoint({ origin: ORIGIN, size, root });
    const note = await signNote(text, [logSigner(ORIGIN, await seed(7))]);
    const witness = cosigner('witness.example', await seed(8), () => Math.floor(this.now / 1_000));
    const cosigned = addSignatures(note, [await signatureOf(text, witness)]);
    const body = { epoch, note: Buffer.from(cosigned).toString('base64') };
    await this.happens(`epoch-${epoch}`, 0, { type: 'log.epoch-cosigned', body });
  }

  /** What a tenant was given beforehand; of a successor, its name. */
  async trustOf(tenant: string, succession = 0): Promise<Trust> {
    const origin = (await originsOf(this.store, tenant))[succession];
    if (origin === undefined) throw new Error('no such tenant');
    return { origin, logKeys: [this.key.signer(origin).key], policy: await policyOf(), operatorKeys: [] };
  }

  /** A head is recorded that the entries do not have, as after a loss. @returns its checkpoint, as it was signed */
  async loses(tenant: string, succession: number, size: number): Promise<string> {
    const stream = succession === 0 ? `log-${tenant}` : `log-${tenant}-${succession}`;
    const lost = { size, root: Buffer.alloc(32, size) };
    const revision = await this.lengthOf(stream);
    const body = { size, root: b64(lost.root) };
    await this.happens(stream, revision, { type: 'log.checkpoint-recorded', body });
    const { origin } = await this.trustOf(tenant, succession);
    return signNote(formatCheckpoint({ origin, ...lost }), [this.key.signer(origin)]);
  }

  /** The log is succeeded. @param lost the signed checkpoint that is given up */
  async succeeds(tenant: string, lost: string): Promise<void> {
    const previous = splitNote(lost).text;
    const stream = `succession-${tenant}`;
    const revision = await this.lengthOf(stream);
    const [operator = '', slot] = /^(.*)\/t\/(\d+)-/.exec(previous)?.slice(1) ?? [];
    const body = { slot: Number(slot), operator, previous, cause: 'damaged' } as const;
    await this.happens(stream, revision, { type: 'log.succeeded', body }, tenant);
    // The guard looks once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  }

  /** Keys of a log are erased. */
  async erases(tenant: string, keys: readonly string[]): Promise<void> {
    const place = { class: null, period: null, rule: 'erasure', ground: 'objection' } as const;
    const event = { type: 'log.erasure-ordered', body: { keys: keys.toSorted(), ...place } } as const;
    await this.happens(ORDERS, await this.lengthOf(ORDERS), event, tenant);
    await applyOrders(this.store, this.vault.erasures);
  }

  private async lengthOf(stream: string): Promise<number> {
    let length = 0;
    for await (const { revision } of this.store.readStream(stream)) length = Number(revision) + 1;
    return length;
  }

  private async happens(
    stream: string,
    revision: number,
    event: DomainEvent,
    log: string | null = null,
  ): Promise<void> {
    const context: EntryContext = {
      log,
      occurredAt: new Date(this.now).toISOString(),
      source: null,
      authorization: null,
      reason: null,
      correlation: null,
      outcome: 'success',
      actor: { kind: 'service', id: await this.vault.platformLog(), onBehalfOf: null, name: null },
    };
    const draft = { stream, event, context, command: randomUUID(), causation: null };
    const expected = revision === 0 ? 'no-stream' : BigInt(revision - 1);
    await this.store.append(stream, expected, await this.codec.encode([draft]));
    await this.level();
  }
}
