import { equalBytes, utf8 } from '#platform';
import { fromB64, hex } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { type Epoch, parseEpoch } from '../tlog/epoch.js';
import { merkleRoot } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import type { Policy } from '../tlog/policy.js';
import { parseProofFile } from '../tlog/proof-file.js';
import { verifyInclusion } from '../tlog/verify-proof.js';
import { parseVkey, type VerifierKey } from '../tlog/vkey.js';
import { at, atAsync, Broken, broken, incomplete } from './finding.js';
import { Findings } from './findings.js';
import { bytesOf, membersOf, numberOf, parseExact } from './json.js';
import { LineReader } from './line-reader.js';
import { PopulationCheck, type PopulationCounts } from './population-check.js';
import { parsePopulationHeader, parsePopulationSlot, type PopulationHeader } from './population-format.js';
import { anchorVerifiers } from './trust.js';
import { type Verdict, verdictOf } from './verdict.js';
import { type AnchorHead, clockFindings, openAnchor, operatorKeys } from './witnessed.js';

const ANCHOR = '/anchor';

/** What an auditor knows beforehand. */
export interface PopulationTrust {
  readonly policy: Policy;
  /** As in `Trust`: a population names the operator's own itself. */
  readonly operatorKeys?: readonly VerifierKey[] | undefined;
}

export interface PopulationOptions {
  /** The epoch that was asked for: any other is broken. */
  readonly epoch?: number;
  /** The leaf hashes of the epoch as everyone gets them: with them it is known which slot is another. */
  readonly slots?: Uint8Array;
}

/** The verdict over a population: `origin` is the anchor log's. */
export interface PopulationVerdict extends Verdict {
  readonly counts: PopulationCounts;
  /** Findings by code: `findings` tells the first of each kind. */
  readonly findingCounts: Readonly<Record<string, number>>;
}

/**
 * The population check (formats v1 §5.7): every slot of an epoch is opened, each used one to a log whose entry 0 names that
 * slot, no log and no register number twice, the rest zero, under an epoch of the anchor log.
 * @throws FormatFault `policy.key` for a policy that is not usable; whatever is wrong with the file is in the verdict
 */
export async function verifyPopulation(
  chunks: AsyncIterable<Uint8Array>,
  trust: PopulationTrust,
  options: PopulationOptions = {},
): Promise<PopulationVerdict> {
  const { anchor, anchorOrigin } = await anchorVerifiers(trust.policy);
  if (!anchorOrigin.endsWith(ANCHOR))
    throw new FormatFault('policy.key', 'an anchor log is <operator>/anchor');
  const check = new Reading(trust, { anchor, anchorOrigin }, options);
  try {
    await check.run(chunks);
  } catch (fault) {
    check.failed(fault);
  }
  return check.verdict();
}

class Reading {
  private readonly findings = new Findings();
  private readonly lines = new LineReader();
  private epoch: Epoch | null = null;
  private head: AnchorHead | null = null;
  private check: PopulationCheck | null = null;
  private ended = false;
  /** The check came to its end. */
  private sound = false;

  constructor(
    private readonly trust: PopulationTrust,
    private readonly verifiers: Awaited<ReturnType<typeof anchorVerifiers>>,
    private readonly options: PopulationOptions,
  ) {}

  async run(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      this.lines.push(chunk);
      for (let text = this.lines.take(); text !== undefined; text = this.lines.take()) await this.line(text);
    }
    if (this.ended && this.lines.hasMore()) throw afterEnd();
    if (!this.ended) throw incomplete('export.truncated', 'the file has no end');
    this.sound = true;
  }

  private async line(text: string): Promise<void> {
    if (this.ended) throw afterEnd();
    await atAsync({ line: this.lines.count }, async () => {
      const value = parseExact(text);
      const { epoch, check } = this;
      if (epoch === null || check === null) await this.begin(parsePopulationHeader(value));
      else if (text.startsWith('{"t":"end"')) this.end(value, epoch, check);
      else {
        const slot = parsePopulationSlot(value);
        const next = check.leaves.length;
        if (slot.slot > next && slot.slot < epoch.slots)
          throw incomplete('population.gap', `slots ${next} to ${slot.slot - 1} are missing`, { slot: next });
        if (slot.slot !== next || next >= epoch.slots)
          throw broken('population.order', 'not the next slot', { slot: slot.slot });
        check.slot(slot);
      }
    });
  }

  /** The epoch, and that it is one of the anchor log's. */
  private async begin(header: PopulationHeader): Promise<void> {
    const epoch = at({}, () => parseEpoch(header.epoch));
    const place = { epoch: epoch.epoch };
    const { slots, epoch: wanted } = this.options;
    if (wanted !== undefined && wanted !== epoch.epoch)
      throw broken('population.epoch', `the population of epoch ${wanted} was asked for`, place);
    if (slots !== undefined && slots.length !== epoch.slots * 32)
      throw broken('population.slots', 'the published leaves are not as many as the epoch has slots', place);
    const file = at(place, () => parseProofFile(header.anchor));
    if (file.index !== epoch.epoch)
      throw broken('anchor.index', 'the anchor proof is of another epoch', place);
    const published = header.witnesses.map((vkey) => at(place, () => parseVkey(vkey)).publicKey);
    const own = [...(operatorKeys(this.trust) ?? []), ...published];
    const head = await atAsync(place, () => openAnchor(file.note, this.verifiers, this.trust.policy, own));
    at(place, () => {
      verifyInclusion(
        file.index,
        head.checkpoint.size,
        leafHash(utf8(header.epoch)),
        file.proof,
        head.checkpoint.root,
      );
    });
    for (const finding of clockFindings(head, epoch)) this.findings.add(finding);
    const operator = this.verifiers.anchorOrigin.slice(0, -ANCHOR.length);
    this.check = new PopulationCheck(epoch.epoch, operator, this.findings, slots ?? null);
    [this.epoch, this.head] = [epoch, head];
  }

  private end(value: unknown, epoch: Epoch, { leaves }: PopulationCheck): void {
    const { lines, sha256 } = membersOf(value, ['t', 'lines', 'sha256']);
    this.ended = true;
    if (leaves.length < epoch.slots)
      throw incomplete('population.gap', `slots from ${leaves.length} on are missing`, {
        slot: leaves.length,
      });
    if (numberOf(lines, 'lines') !== this.lines.count - 1)
      throw broken('export.lines', 'there are not as many lines as were written');
    if (!equalBytes(bytesOf(sha256, 'sha256', fromB64, 32), this.lines.digestBeforeLast()))
      throw broken('export.digest', 'the lines are not those that were written');
    const root = merkleRoot(leaves);
    if (equalBytes(root, epoch.root)) return;
    const hashes = { expected: hex(epoch.root), found: hex(root) };
    throw broken('slot.root', 'the slots shown are not those of the epoch', {
      epoch: epoch.epoch,
      ...hashes,
    });
  }

  /** @throws what is no finding */
  failed(fault: unknown): void {
    if (!(fault instanceof Broken)) throw fault;
    this.findings.add({ line: this.lines.count, ...fault.finding });
  }

  verdict(): PopulationVerdict {
    const { epoch } = this;
    const head = this.sound ? this.head : null;
    const level = head?.level ?? null;
    const findings = this.findings.list();
    return {
      verdict: verdictOf(level, findings),
      level,
      findings,
      origin: this.verifiers.anchorOrigin,
      size: head?.checkpoint.size ?? null,
      root: head === null ? null : hex(head.checkpoint.root),
      epoch: head === null || epoch === null ? null : { epoch: epoch.epoch, time: epoch.time },
      witnesses: head?.witnesses ?? [],
      witnessedAt: head?.witnessedAt ?? null,
      pq: head?.pq ?? null,
      counts: this.check?.counts ?? { used: 0, unused: 0, numbered: 0 },
      findingCounts: this.findings.all(),
    };
  }
}

function afterEnd(): Broken {
  return broken('export.after-end', 'bytes after the end');
}
