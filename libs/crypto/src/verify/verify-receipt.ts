import { equalBytes } from '#platform';
import { hex } from '../encoding.js';
import type { VerifierKey } from '../tlog/vkey.js';
import { broken, type Finding } from './finding.js';
import { openReceipt, type Receipt } from './receipt.js';
import type { Trust } from './trust.js';
import { faultVerdict, type Verdict, verdictOf } from './verdict.js';
import { type ExportOptions, type ExportVerdict, verifyExport } from './verify-export.js';

/** The verdict over a receipt. */
export interface ReceiptVerdict extends Verdict {
  readonly receipt: {
    readonly id: string;
    readonly leaf: string;
    readonly iat: number;
    readonly anchorBy: number;
  } | null;
  /** The index the receipt's entry has in the export; null when it is not there, or there is no export. */
  readonly index: number | null;
}

/** An export to look for the entry in. */
export interface ReceiptExport {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly options?: ExportOptions;
}

/**
 * Checks a receipt (formats v1 §8.1), and with an export whether its entry was logged: an export anchored after
 * `anchorBy` that lacks the leaf proves an omission.
 * @throws FormatFault for trust that is not usable
 */
export async function verifyReceipt(
  jws: string,
  keys: readonly VerifierKey[],
  trust: Trust,
  from?: ReceiptExport,
): Promise<ReceiptVerdict> {
  let receipt: Receipt;
  try {
    receipt = await openReceipt(jws, keys);
    if (receipt.log !== trust.origin) throw broken('receipt.log', 'a receipt of another log');
  } catch (fault) {
    return { ...faultVerdict(trust.origin, fault), receipt: null, index: null };
  }
  const told = { id: receipt.id, leaf: hex(receipt.leaf), iat: receipt.iat, anchorBy: receipt.anchorBy };
  if (from === undefined) {
    const none = {
      findings: [],
      size: null,
      root: null,
      epoch: null,
      witnesses: [],
      witnessedAt: null,
      pq: null,
    };
    return {
      ...none,
      verdict: 'recorded',
      level: 'recorded',
      origin: trust.origin,
      receipt: told,
      index: null,
    };
  }
  const seen = await seek(receipt, trust, from);
  const judged = seen.findings.some(({ effect }) => effect === 'broken') ? null : judge(receipt, seen);
  const findings = [...seen.findings, ...(judged === null ? [] : [judged])];
  const level = seen.index === null ? 'recorded' : levelAt(seen.index, seen);
  const { origin, size, root, epoch, witnesses, witnessedAt, pq } = seen;
  const verdict = verdictOf(level, findings);
  return {
    verdict,
    level,
    findings,
    origin,
    size,
    root,
    epoch,
    witnesses,
    witnessedAt,
    pq,
    receipt: told,
    index: seen.index,
  };
}

type Seen = ExportVerdict & { readonly index: number | null };

async function seek(receipt: Receipt, trust: Trust, { chunks, options }: ReceiptExport): Promise<Seen> {
  const found: { index: number | null; findings: Finding[] } = { index: null, findings: [] };
  const seen = await verifyExport(chunks, trust, {
    ...options,
    onEntry: (checked) => {
      options?.onEntry?.(checked);
      if (!equalBytes(checked.leaf, receipt.leaf)) return;
      found.index ??= checked.index;
      if (checked.entry !== null && checked.entry.id !== receipt.id) {
        const message = 'the entry is not the event that the receipt names';
        found.findings.push({ code: 'receipt.id', effect: 'broken', message, entry: checked.index });
      }
    },
  });
  return { ...seen, index: found.index, findings: [...seen.findings, ...found.findings] };
}

function judge(receipt: Receipt, seen: Seen): Finding | null {
  const hash = { expected: hex(receipt.leaf) };
  if (seen.index !== null) {
    const { index } = seen;
    const cover = seen.heads.find(({ size }) => size > index) ?? anchoredBy(seen);
    if (cover === null || cover.time <= receipt.anchorBy) return null;
    const message = 'the entry was anchored later than the receipt promised';
    return { code: 'receipt.late', effect: 'notice', message, entry: index, epoch: cover.epoch };
  }
  const undecided = { code: 'receipt.undecided', effect: 'incomplete', ...hash } as const;
  const last = anchoredBy(seen);
  if (seen.from !== 0 || last === null || last.time <= receipt.anchorBy) {
    return {
      ...undecided,
      message: 'the entry is not there, but no whole export anchored after the promised time shows it',
    };
  }
  const message = 'the operator acknowledged this entry and left it out of the log';
  return { code: 'receipt.omission', effect: 'broken', message, epoch: last.epoch, ...hash };
}

/**
 * The last epoch, when it was seen which head the log has in it. Epochs are public and an export is signed by nobody:
 * without a head anyone could cut one off before the entry.
 */
function anchoredBy({ epoch, anchoredSize }: Seen): Seen['epoch'] {
  return anchoredSize > 0 ? epoch : null;
}

function levelAt(index: number, seen: Seen): Verdict['level'] {
  if (seen.level === null) return 'recorded';
  return index < seen.anchoredSize ? seen.anchoredLevel : seen.level;
}
