import { randomUUID } from 'node:crypto';
import { FormatFault } from '@candor/crypto';
import { type AnchorMemory, asksForQuorum, type AskedWitness, lastEpoch } from '@candor/checkpoints';
import {
  addSignatures,
  consistencyProof,
  formatCheckpoint,
  isQuorum,
  type NoteSignature,
  type Policy,
  requestCosignature,
  rootAt,
  type Signer,
  signNote,
  type WitnessFetch,
} from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import { type Codec, type EventLog, WrongExpectedRevision } from '@candor/event-store';
import { anchorHashes, latestEpoch, noteOfEpoch, type Pool, ViewBehind } from '@candor/read-models';
import type { Logger } from 'pino';
import { contextOf } from '../reactors/reactor.js';

export interface AnchorPublisherOptions {
  readonly pool: Pool;
  readonly log: EventLog;
  readonly codec: Codec;
  readonly platform: Uuid;
  readonly logger: Logger;
  readonly now: () => number;
  /** `<operator>/anchor` */
  readonly origin: string;
  /** The anchor's keys: Ed25519, and ML-DSA-44 where the key service has it. */
  readonly signers: readonly Signer[];
  /** Undefined: nobody is asked, and every checkpoint is published as it is. */
  readonly policy: Policy | undefined;
  readonly witnesses: readonly AskedWitness[];
  readonly fetch: WitnessFetch;
  /** What the witnesses have. */
  readonly memory: AnchorMemory;
}

/** A quorum that was not reached is asked for again after this long, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

/** Signs the anchor log's head, collects the quorum, and keeps the first note of each epoch that has it (formats v1 §5.6). */
export class AnchorPublisher {
  /** The size each witness saw last, as far as this process knows. */
  private readonly seen = new Map<string, number>();
  private published = -1;
  private notBefore = 0;

  constructor(private readonly options: AnchorPublisherOptions) {}

  /**
   * The latest epoch, when it is not published yet. An epoch that was passed over while its quorum was away is covered by
   * the next one.
   * @throws AnchorBehind
   */
  async publish(): Promise<void> {
    const { pool, now } = this.options;
    const latest = await latestEpoch(pool);
    if (latest === undefined || latest.epoch <= this.published || now() < this.notBefore) return;
    if ((await noteOfEpoch(pool, latest.epoch)) === undefined && !(await this.cosign(latest.epoch))) {
      this.notBefore = now() + ASK_AGAIN_MS;
      return;
    }
    this.published = latest.epoch;
  }

  /**
   * Asks the witnesses about the head that was recorded last, and where there is none, whether they have seen one. Before
   * anything new is recorded it tells whether this store is behind what was published: any two quorums have a witness in
   * common.
   * @returns whether enough of them have seen nothing else
   * @throws AnchorBehind, LogBehind; ViewBehind while the view has not seen the last epoch
   */
  async confirm(): Promise<boolean> {
    const { pool, policy, now, log } = this.options;
    const latest = await latestEpoch(pool);
    if ((await lastEpoch(log, latest))?.epoch !== latest?.epoch)
      throw new ViewBehind('the view has not seen the last epoch');
    if (!asksForQuorum(policy)) return true;
    if (now() < this.notBefore) return false;
    if (await this.isConfirmed(policy, latest?.epoch)) return true;
    this.notBefore = now() + ASK_AGAIN_MS;
    return false;
  }

  private async isConfirmed(policy: Policy, epoch: number | undefined): Promise<boolean> {
    if (epoch !== undefined) return (await this.collect(epoch)) !== undefined;
    return isQuorum(policy, await this.options.memory.ask());
  }

  private async cosign(epoch: number): Promise<boolean> {
    const note = await this.collect(epoch);
    if (note === undefined) return false;
    const { codec, log, platform, now } = this.options;
    const context = contextOf(platform, null, new Date(now()).toISOString(), null);
    const body = { epoch, note: Buffer.from(note).toString('base64') };
    const event = { type: 'log.epoch-cosigned', body } as const;
    const stream = `epoch-${epoch}`;
    const draft = { stream, event, context, command: randomUUID(), causation: null };
    try {
      await log.append(stream, 'no-stream', await codec.encode([draft]));
    } catch (error) {
      // The first one stands.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
    return true;
  }

  /** The signed head with its quorum; undefined while there is none. @throws AnchorBehind */
  private async collect(epoch: number): Promise<string | undefined> {
    const { pool, origin, signers, policy, witnesses, logger } = this.options;
    const size = epoch + 1;
    const text = formatCheckpoint({ origin, size, root: await rootAt(size, anchorHashes(pool)) });
    const note = await signNote(text, signers);
    if (!asksForQuorum(policy)) return note;
    const answers = await Promise.allSettled(witnesses.map((witness) => this.ask(witness, note, size)));
    const lines: NoteSignature[] = [];
    const cosigned = new Set<string>();
    for (const [n, answer] of answers.entries()) {
      const name = witnesses[n]?.name ?? '';
      if (answer.status === 'fulfilled') {
        cosigned.add(name);
        lines.push(...answer.value);
      } else await this.refused(witnesses[n], answer.reason);
    }
    if (isQuorum(policy, cosigned)) return addSignatures(note, lines);
    logger.warn({ epoch, cosigned: cosigned.size }, 'the quorum of witnesses was not reached');
    return undefined;
  }

  private async ask(witness: AskedWitness, note: string, size: number): Promise<readonly NoteSignature[]> {
    const { pool, fetch } = this.options;
    const seen = this.seen.get(witness.name) ?? size - 1;
    const proofFrom = (old: number) => consistencyProof(old, size, anchorHashes(pool));
    const lines = await requestCosignature(witness, { note, size, seen, proofFrom }, fetch);
    this.seen.set(witness.name, size);
    return lines;
  }

  /**
   * A witness that refuses does not count. Whether it is right is told by what it has: only a checkpoint that our own key
   * signed says that this store is behind, so that no witness can stop an installation by its word.
   * @throws AnchorBehind
   */
  private async refused(witness: AskedWitness | undefined, reason: unknown): Promise<void> {
    const code = reason instanceof FormatFault ? reason.code : 'unknown';
    const { logger, memory } = this.options;
    logger.warn({ witness: witness?.name, code }, 'a witness did not cosign');
    if (witness === undefined || (code !== 'witness.ahead' && code !== 'witness.refused')) return;
    await memory.askAgain(witness);
  }
}
