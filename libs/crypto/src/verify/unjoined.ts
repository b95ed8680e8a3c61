import { equalBytes } from '#platform';
import { b64, hex } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { Broken, broken, type Finding, incomplete } from './finding.js';

/** The most heads that are kept because nothing joins them: more say no more. */
const MAX_KEPT = 16;

/** The size and root of a head that was signed. */
export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Shows that one head begins a larger one. @throws Broken `kept.unjoined` where nothing shows it, `kept.root` where it does not */
export type Join = (before: Head, after: Head) => Promise<void>;

/** A head as it was signed, and what it says. */
export interface Pending<T extends Head> {
  readonly note: string;
  readonly head: T;
}

/**
 * Two heads that one key signed under one name, and nothing that joins them. Whoever signed them can always show that one
 * begins the other. That nobody did may be an outage: both are to be kept until somebody does (ADR 28).
 * @param why what was given instead of a proof
 * @param decides how it may be known without the server
 */
export function unjoined(before: Head, after: Head, why: string, decides: string): Broken {
  const told = ({ size, root }: Head): string => `size ${size} with root ${b64(root)}`;
  const message =
    `two signed heads are joined by no proof: ${told(before)}, and ${told(after)}; ${why}. Keep both: whoever signed them can ` +
    `show that one begins the other, and where that is not done the log may be forked. ${decides}`;
  return incomplete('kept.unjoined', message);
}

/** Of two heads of one size. @throws Broken `kept.root` where they differ */
export function sameRoot(before: Head, after: Head): void {
  if (equalBytes(before.root, after.root)) return;
  const message = `two signed heads of size ${after.size} differ: the log is forked`;
  throw broken('kept.root', message, { expected: hex(before.root), found: hex(after.root) });
}

/** What is joined now. */
export interface Joined {
  /** Whether the newest head continues the one kept: then it takes its place. */
  readonly goesOn: boolean;
  /** The heads that nothing joins with them. */
  readonly left: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Joins the newest head with the one that was kept, and with each that nothing had joined before: what was signed and shown
 * once is asked for until it is explained, also when it is never shown again.
 * @param kept null at the first look
 * @throws Broken `kept.root` where two are of two histories; what `join` throws beside `kept.unjoined`
 */
export async function joining<T extends Head>(
  newest: Pending<T>,
  kept: T | null,
  pending: readonly Pending<T>[],
  join: Join,
): Promise<Joined> {
  const fault = kept === null ? undefined : await unjoinedBy(kept, newest.head, join);
  const findings = fault === undefined ? [] : [fault];
  const left: string[] = [];
  const goesOn = fault === undefined && newest.head.size >= (kept?.size ?? 0);
  const known = goesOn || kept === null ? newest.head : kept;
  for (const { note, head } of pending) {
    const still = await unjoinedBy(known, head, join);
    // One that is larger than all that is known has still to be reached.
    if (still !== undefined || head.size > known.size) left.push(note);
    if (still === undefined) continue;
    // The newest one is told above.
    if (fault === undefined || !isSame(head, newest.head)) findings.push(still);
  }
  const isNew = fault !== undefined && pending.every(({ head }) => !isSame(head, newest.head));
  if (isNew && left.length < MAX_KEPT) left.push(newest.note);
  return { goesOn, left, findings };
}

async function unjoinedBy(one: Head, other: Head, join: Join): Promise<Finding | undefined> {
  const [before, after] = one.size > other.size ? [other, one] : [one, other];
  try {
    await join(before, after);
    return undefined;
  } catch (fault) {
    if (fault instanceof Broken && fault.finding.code === 'kept.unjoined') return fault.finding;
    throw fault;
  }
}

const isSame = (one: Head, other: Head): boolean =>
  one.size === other.size && equalBytes(one.root, other.root);

/** What is wrong with a thing that nobody vouches for: the code of its finding. @throws what is no finding */
export function worthless(fault: unknown): string {
  if (fault instanceof FormatFault) return fault.code;
  if (fault instanceof Broken) return fault.finding.code;
  throw fault;
}
