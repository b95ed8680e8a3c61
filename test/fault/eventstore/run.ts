import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNodeOnSmallDisk, startNodeProcess } from '../../../apps/eventstore/src/testing/node-process.ts';
import * as damage from './damage.ts';
import { driven } from './driven.ts';
import { Ledger } from './ledger.ts';

/** How often each fault is tried. */
export interface Rounds {
  readonly kills: number;
  readonly fullDisks: number;
  readonly copies: number;
  readonly truncations: number;
  readonly flips: number;
  /** Flips in a log that was stopped in order, so that the start does not look, and everything is asked of the node. */
  readonly driven: number;
}

/** Opened: the node starts, and all that must be there is. Refused: it does not start, or stops, or check calls the log damaged. */
export interface Tally {
  opened: number;
  refused: number;
}

export interface Report {
  readonly kills: number;
  readonly fullDisks: number;
  /** Appends that were answered, and those of them that were found after the last start, each at its position. */
  readonly acknowledged: number;
  readonly verified: number;
  readonly copies: Readonly<Tally>;
  readonly truncations: Readonly<Tally>;
  readonly flips: Readonly<Tally>;
  /** Refused: the node did not start, or went down while it was asked. */
  readonly driven: Readonly<Tally>;
  /** In words; empty when nothing was lost and nothing was silently different. */
  readonly faults: readonly string[];
}

const LONGEST_LOAD_MS = 1_200;
const LEAST_ACKNOWLEDGED = 20;
/** After so many rounds a new log begins, because the whole of it is looked at in each. */
const ROUNDS_PER_LOG = 20;
const SMALL_DISK_KIB = 2_000;

/** Does to the embedded event store what happens to a store, and holds what is left against what was acknowledged. */
export async function eventStoreFaults(
  folder: string,
  rounds: Rounds,
  say: (line: string) => void = () => undefined,
): Promise<Report> {
  const run = new Run(folder, say);
  await run.kills(rounds.kills);
  await run.fullDisks(rounds.fullDisks);
  const copies = await run.copies(rounds.copies);
  const truncations = await run.changed(
    'truncations',
    rounds.truncations,
    damage.truncatedWal,
    damage.outcomeOf,
  );
  const flips = await run.changed('flips', rounds.flips, damage.withFlippedBit, damage.checkOf);
  const asked = await run.driven(rounds.driven);
  return { ...run.total, copies, truncations, flips, driven: asked, faults: run.faults };
}

class Run {
  readonly total = { kills: 0, fullDisks: 0, acknowledged: 0, verified: 0 };
  readonly faults: string[] = [];
  readonly #folder: string;
  readonly #say: (line: string) => void;
  #logs = 0;

  constructor(folder: string, say: (line: string) => void) {
    this.#folder = folder;
    this.#say = say;
  }

  /** SIGKILL under load, again and again on one log; each time everything is looked for. */
  async kills(count: number): Promise<void> {
    await this.#onLogs(count, async (data, rounds) => {
      const ledger = new Ledger();
      let found = 0;
      for (let round = 0; round < rounds; round++) {
        await this.#loadAndKill(data, ledger, LONGEST_LOAD_MS);
        found = await this.#verify(data, ledger);
        this.#say(`${this.total.kills} of ${count} kills`);
      }
      this.#count(ledger, found);
    });
  }

  /** No file can grow beyond a bound, which ends a write as a full disk does, for whoever may run this. */
  async fullDisks(count: number): Promise<void> {
    for (let round = 0; round < count; round++)
      await this.#onLogs(1, async (data) => {
        const ledger = new Ledger();
        const node = await startNodeOnSmallDisk(
          data,
          SMALL_DISK_KIB + Math.floor(Math.random() * SMALL_DISK_KIB),
        );
        await ledger.writeUntilGone(node.url);
        const { code, stderr } = await node.ended;
        if (code !== 1 || !/^The event log cannot be written: [^\n]+\n$/.test(stderr))
          this.faults.push(`a full disk ended the node with ${String(code)}: ${stderr}`);
        this.total.fullDisks += 1;
        this.#count(ledger, await this.#verify(data, ledger));
        this.#say(`${this.total.fullDisks} of ${count} full disks`);
      });
  }

  /** The files of a running node under load, copied one after the other. */
  async copies(count: number): Promise<Tally> {
    const tally = { opened: 0, refused: 0 };
    await this.#onLogs(count, async (data, rounds) => {
      const ledger = new Ledger();
      const node = await startNodeProcess(data);
      const writing = ledger.writeUntilGone(node.url);
      while (ledger.acknowledged < LEAST_ACKNOWLEDGED) await sleep(5);
      const copies: string[] = [];
      for (let round = 0; round < rounds; round++) {
        await sleep(Math.random() * 200);
        copies.push(await damage.copyWhileRunning(data, this.#folder));
      }
      await node.end('SIGKILL');
      await writing;
      const truth = await damage.truthOf(data);
      for (const copy of copies) {
        const marked = await damage.markedPosition(copy);
        this.#judge('a copy', tally, await damage.outcomeOf(copy, { ...truth, marked }));
      }
      this.#say(`${tally.opened + tally.refused} of ${count} copies`);
    });
    return tally;
  }

  /** Changes copies of a log whose node was killed, one thing each. */
  async changed(
    what: string,
    count: number,
    change: (data: string, folder: string) => Promise<string>,
    judge: (copy: string, truth: damage.Truth) => Promise<damage.Outcome>,
  ): Promise<Tally> {
    const tally = { opened: 0, refused: 0 };
    await this.#onLogs(count, async (data, rounds) => {
      const ledger = new Ledger();
      await this.#loadAndKill(data, ledger, Math.random() ** 2 * LONGEST_LOAD_MS);
      this.total.kills -= 1;
      const truth = await damage.truthOf(data);
      for (let round = 0; round < rounds; round++)
        this.#judge(what, tally, await judge(await change(data, this.#folder), truth));
      this.#say(`${tally.opened + tally.refused} of ${count} ${what}`);
    });
    return tally;
  }

  /** Flips a bit of a log that was stopped in order, and asks a node on it for everything. */
  async driven(count: number): Promise<Tally> {
    const tally = { opened: 0, refused: 0 };
    await this.#onLogs(count, async (data, rounds) => {
      await this.#loadAndKill(data, new Ledger(), LONGEST_LOAD_MS);
      this.total.kills -= 1;
      await (await startNodeProcess(data)).end('SIGTERM');
      const truth = await damage.truthOf(data);
      for (let round = 0; round < rounds; round++)
        this.#judge(
          'asked after a flip',
          tally,
          await driven(await damage.withFlippedPage(data, this.#folder), truth),
        );
      this.#say(`${tally.opened + tally.refused} of ${count} flips asked`);
    });
    return tally;
  }

  async #onLogs(count: number, use: (data: string, rounds: number) => Promise<void>): Promise<void> {
    for (let done = 0; done < count; done += ROUNDS_PER_LOG) {
      const data = join(this.#folder, `log-${(this.#logs += 1)}`);
      await use(data, Math.min(ROUNDS_PER_LOG, count - done));
      await damage.remove(data);
    }
  }

  async #loadAndKill(data: string, ledger: Ledger, longestMs: number): Promise<void> {
    const node = await startNodeProcess(data);
    const enough = ledger.acknowledged + LEAST_ACKNOWLEDGED;
    const writing = ledger.writeUntilGone(node.url);
    while (ledger.acknowledged < enough) await sleep(5);
    await sleep(Math.random() * longestMs);
    await node.end('SIGKILL');
    await writing;
    this.total.kills += 1;
  }

  async #verify(data: string, ledger: Ledger): Promise<number> {
    const node = await startNodeProcess(data);
    const { found, faults } = await ledger.verify(node.url);
    this.faults.push(...faults);
    // Some rounds begin after an orderly stop, some after a kill of a node that only read.
    await node.end(Math.random() < 0.5 ? 'SIGTERM' : 'SIGKILL');
    return found;
  }

  #count(ledger: Ledger, found: number): void {
    this.total.acknowledged += ledger.acknowledged;
    this.total.verified += found;
  }

  #judge(what: string, tally: Tally, { opened, fault }: damage.Outcome): void {
    if (opened) tally.opened += 1;
    else tally.refused += 1;
    if (fault !== undefined) this.faults.push(`${what}: ${fault}`);
  }
}
