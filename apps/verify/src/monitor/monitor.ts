import { setTimeout } from 'node:timers/promises';
import { FormatFault } from '@candor/crypto/tlog';
import {
  type ExitCode,
  openKept,
  type Trust,
  unavailableVerdict,
  type Verdict,
  verifyHead,
  verifySuccessor,
} from '@candor/crypto/verify';
import type { Options } from '../options.js';
import { type Surroundings, UsageError } from '../surroundings.js';
import { asUsage, readSlotKey } from '../trust.js';
import type { Tell } from '../words.js';
import { lookAtAnchor } from './anchor.js';
import { anchorClient, type LogClient, logClient, Unavailable } from './client.js';
import { lookAtSlots } from './slots.js';
import { readState, writeState } from './state.js';

const WORST_FIRST: readonly ExitCode[] = [1, 4, 3];

/**
 * Follows a live log, and the anchor log where its address is given: each head must continue the one that is kept. It stops at the first that does not, and keeps both
 * as evidence: the old one where it is, the other beside it.
 * @returns after one look with `--once`, else only when something is wrong
 * @throws UsageError
 */
export async function monitor(
  options: Options,
  trust: Trust,
  surroundings: Surroundings,
  tell: Tell,
): Promise<ExitCode> {
  const { files, state: file = '', once, every } = options;
  const { env, fetch, stdin, sleep = (seconds) => setTimeout(seconds * 1000) } = surroundings;
  const client = logClient(files[0] ?? '', env['CANDOR_API_KEY'], fetch);
  const anchor = options.anchor === undefined ? null : anchorClient(options.anchor, fetch);
  const slotKey = options.slotKey === undefined ? undefined : await readSlotKey(options.slotKey, stdin);
  await checkState(file, trust);
  for (;;) {
    const { verdict, more } = await look(client, file, trust);
    const codes = [tell(verdict, more, anchor === null ? undefined : 'checkpointed')];
    if (anchor !== null) {
      const seen = await lookAtAnchor(anchor, `${file}.anchor`, trust, () => Math.floor(Date.now() / 1000));
      codes.push(tell(seen.verdict, seen.more, options.require ?? 'witnessed'));
      if (slotKey !== undefined && sound(verdict) && sound(seen.verdict)) {
        const opened = await lookAtSlots({ log: client, anchor }, file, slotKey, trust);
        codes.push(tell(opened.verdict, opened.more, options.require ?? 'witnessed'));
      }
    }
    const exitCode = WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
    if (once || exitCode === 1) return exitCode;
    await sleep(every);
  }
}

/** Keeps what contradicts the head that is kept. @returns what to say of it */
async function keepEvidence(file: string, note: string): Promise<string> {
  const evidence = `${file}.alarm`;
  await writeState(evidence, note);
  return `kept as evidence: ${file} and ${evidence}`;
}

const nameIn = (note: string): string => note.slice(0, note.indexOf('\n'));

const sound = ({ verdict }: Verdict): boolean => verdict !== 'broken' && verdict !== 'incomplete';

/** What is kept must be of this log, before anything is held against it. */
async function checkState(file: string, trust: Trust): Promise<void> {
  const kept = await readState(file);
  if (kept === null) return;
  try {
    await openKept(kept, trust);
  } catch (fault) {
    throw fault instanceof FormatFault ? new UsageError(`${file} holds no checkpoint of this log.`) : fault;
  }
}

async function look(
  client: LogClient,
  file: string,
  trust: Trust,
): Promise<{ verdict: Verdict; more: string[] }> {
  const kept = await readState(file);
  try {
    const note = await client.checkpoint();
    const verdict = await verifyHead(
      { note, kept, proof: (from, to) => client.consistency(from, to) },
      trust,
    );
    if (verdict.verdict === 'broken') return { verdict, more: [await keepEvidence(file, note)] };
    if (verdict.verdict === 'incomplete') {
      const ended = await verifySuccessor(note, () => client.first(), trust);
      if (ended === undefined) return { verdict, more: ['what is kept stays'] };
      return { verdict: ended, more: [`it goes on as ${nameIn(note)}`, await keepEvidence(file, note)] };
    }
    await writeState(file, note);
    return { verdict, more: [kept === null ? 'the first checkpoint seen' : 'it continues the one kept'] };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw asUsage('What was given from outside', error);
    return { verdict: unavailableVerdict(trust.origin, error.message), more: ['what is kept stays'] };
  }
}
