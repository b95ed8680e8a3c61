import { setTimeout } from 'node:timers/promises';
import { FormatFault } from '@candor/crypto/tlog';
import {
  type ExitCode,
  openKept,
  type Trust,
  Unavailable,
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
import { anchorClient, type LogClient, logClient } from './client.js';
import { lookAtSlots } from './slots.js';
import { readState, readUnjoined, unjoinedInWords, writeState, writeUnjoined } from './state.js';

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
      if (slotKey !== undefined && goesOn(verdict) && goesOn(seen.verdict)) {
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

/** Whether there is more to look at: heads that nothing joins are a reason to open the slots, not to leave them. */
const goesOn = ({ findings }: Verdict): boolean =>
  findings.every(({ effect, code }) => effect === 'notice' || code === 'kept.unjoined');

/** What is kept must be of this log, before anything is held against it. */
async function checkState(file: string, trust: Trust): Promise<void> {
  const [kept, unjoined] = [await readState(file), await readUnjoined(file)];
  const beside = unjoined.length === 0 ? '' : ', or one of those beside it';
  try {
    for (const note of kept === null ? unjoined : [kept, ...unjoined]) await openKept(note, trust);
  } catch (fault) {
    if (!(fault instanceof FormatFault)) throw fault;
    throw new UsageError(`${file}${beside} holds no checkpoint of this log.`);
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
    const proof = (from: number, to: number) => client.consistency(from, to);
    const seen = await verifyHead({ note, kept, unjoined: await readUnjoined(file), proof }, trust);
    const { keep, unjoined, ...verdict } = seen;
    if (verdict.verdict === 'broken')
      return { verdict, more: [await keepEvidence(file, note), ...(await unjoinedInWords(file))] };
    if (keep !== null) await writeState(file, keep);
    await writeUnjoined(file, unjoined);
    const ended =
      verdict.level === null ? await verifySuccessor(note, () => client.first(), trust) : undefined;
    if (ended !== undefined)
      return { verdict: ended, more: [`it goes on as ${nameIn(note)}`, await keepEvidence(file, note)] };
    const first = kept === null ? 'the first checkpoint seen' : 'it continues the one kept';
    return {
      verdict,
      more: [keep === null ? 'what is kept stays' : first, ...(await unjoinedInWords(file))],
    };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw asUsage('What was given from outside', error);
    return { verdict: unavailableVerdict(trust.origin, error.message), more: ['what is kept stays'] };
  }
}
