import { FormatFault, type FindingCode } from '../fault.js';

/** What a finding means for the verdict: it is broken, it is incomplete, or it is to be known. */
export type Effect = 'broken' | 'incomplete' | 'notice';

/** What only a whole bundle, export or receipt can be wrong in. Public and stable, like `FindingCode`. */
export type VerifyCode =
  | 'json.form'
  | 'json.members'
  | 'bundle.too-large'
  | 'bundle.parts'
  | 'opening.path'
  | 'opening.twice'
  | 'opening.missing'
  | 'opening.commitment'
  | 'field.withheld'
  | 'field.lost'
  | 'field.not-erased'
  | 'field.erased-unproven'
  | 'origin.other'
  | 'origin.slot'
  | 'origin.entry'
  | 'origin.unchecked'
  | 'entry.other-log'
  | 'entry.order'
  | 'entry.gap'
  | 'entry.withheld'
  | 'entry.late'
  | 'entry.envelope'
  | 'epoch.order'
  | 'epoch.gap'
  | 'epoch.time'
  | 'epoch.slots'
  | 'epoch.late'
  | 'slot.other-epoch'
  | 'slot.root'
  | 'head.order'
  | 'head.missing'
  | 'head.shrinks'
  | 'head.root'
  | 'head.beyond'
  | 'anchor.index'
  | 'anchor.root'
  | 'anchor.size'
  | 'anchor.missing'
  | 'anchor.unchecked'
  | 'witness.clock'
  | 'witness.unjudged'
  | 'log.declared-loss'
  | 'log.unavailable'
  | 'population.order'
  | 'population.gap'
  | 'population.epoch'
  | 'population.slots'
  | 'population.leaf'
  | 'population.origin'
  | 'population.twice'
  | 'population.register-number'
  | 'population.unnumbered'
  | 'kept.root'
  | 'kept.before'
  | 'kept.unjoined'
  | 'kept.missing'
  | 'kept.origin'
  | 'kept.size'
  | 'export.order'
  | 'export.truncated'
  | 'export.line-too-long'
  | 'export.lines'
  | 'export.digest'
  | 'export.after-end'
  | 'export.gzip'
  | 'receipt.malformed'
  | 'receipt.key'
  | 'receipt.signature'
  | 'receipt.log'
  | 'receipt.id'
  | 'receipt.late'
  | 'receipt.undecided'
  | 'receipt.omission';

/** Where something was found. */
export interface Place {
  /** Line of an export, from 1. */
  readonly line?: number;
  /** Index of the entry. */
  readonly entry?: number;
  /** RFC 6901 pointer of the field. */
  readonly field?: string;
  readonly epoch?: number;
  /** Of the anchor log's epoch. */
  readonly slot?: number;
  /** What was expected and what was there, in hexadecimal. */
  readonly expected?: string;
  readonly found?: string;
}

/** One thing that a check found. */
export interface Finding extends Place {
  readonly code: FindingCode | VerifyCode;
  readonly effect: Effect;
  /** In words; it repeats no value of an entry. */
  readonly message: string;
}

/** A finding that ends the check. */
export class Broken extends Error {
  override readonly name = 'Broken';
  constructor(readonly finding: Finding) {
    super(`${finding.code}: ${finding.message}`);
  }
}

/** Ends the check: what was looked at is not what it claims to be. */
export function broken(code: VerifyCode, message: string, place: Place = {}): Broken {
  return new Broken({ code, effect: 'broken', message, ...place });
}

/** Ends the check: something that should be there is not. */
export function incomplete(code: VerifyCode, message: string, place: Place = {}): Broken {
  return new Broken({ code, effect: 'incomplete', message, ...place });
}

/** Runs a check, and says of a fault where it was. */
export function at<T>(place: Place, check: () => T): T {
  try {
    return check();
  } catch (fault) {
    throw placed(fault, place);
  }
}

/** The same for a check that takes its time. */
export async function atAsync<T>(place: Place, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (fault) {
    throw placed(fault, place);
  }
}

function placed(fault: unknown, place: Place): unknown {
  if (fault instanceof FormatFault) {
    const message = fault.message.slice(fault.code.length + 2);
    return new Broken({ code: fault.code, effect: 'broken', message, ...place });
  }
  if (fault instanceof Broken) return new Broken({ ...place, ...fault.finding });
  return fault;
}
