import { equalBytes } from '#platform';
import { commitmentsOf } from '../commitment.js';
import { normalizeRegisterNumber } from '../register-number.js';
import { hex } from '../encoding.js';
import { type EntryJson, parseEntry } from '../entry.js';
import { canonicalText, type Json } from '../jcs.js';
import { parseCheckpoint } from '../tlog/checkpoint.js';
import { headDigest, NO_HEAD, slotLeafWithKey } from '../tlog/slot-tree.js';
import { at, broken, type Place } from './finding.js';
import type { Findings } from './findings.js';
import { checkGenesis } from './genesis-check.js';
import { checkOpening } from './openings.js';
import { type PopulationLog, type PopulationSlot, REGISTER_NUMBER } from './population-format.js';
import { parseOrigin } from './trust.js';

/** How many slots there are of each kind. */
export interface PopulationCounts {
  used: number;
  unused: number;
  /** Used ones whose log's entry 0 has a register number that is shown. */
  numbered: number;
}

/** Checks the slots of an epoch one by one (formats v1 §5.7). */
export class PopulationCheck {
  readonly counts: PopulationCounts = { used: 0, unused: 0, numbered: 0 };
  /** The leaf hashes, in order. */
  readonly leaves: Uint8Array[] = [];
  private readonly logs = new Map<string, number>();
  private readonly numbers = new Map<string, number>();

  /** @param published the leaf hashes of the epoch as everyone gets them; null where they were not given */
  constructor(
    private readonly epoch: number,
    private readonly operator: string,
    private readonly findings: Findings,
    private readonly published: Uint8Array | null,
  ) {}

  /** @throws Broken for a slot whose line is not what it should be */
  slot({ slot, key, log }: PopulationSlot): void {
    const place = { slot };
    const d = log === null ? NO_HEAD : headDigest(log.head);
    const leaf = at(place, () => slotLeafWithKey(this.epoch, slot, key, d));
    const seen = this.published?.subarray(slot * 32, slot * 32 + 32);
    if (seen !== undefined && !equalBytes(seen, leaf)) {
      const message =
        log === null
          ? 'this slot is said to be unused, and its published leaf holds something else'
          : 'the head and key shown for this slot do not make its published leaf';
      this.add('population.leaf', message, { ...place, expected: hex(seen), found: hex(leaf) });
    }
    this.leaves.push(leaf);
    if (log === null) this.counts.unused++;
    else this.used(slot, log);
  }

  private used(slot: number, log: PopulationLog): void {
    const place = { slot };
    this.counts.used++;
    const checkpoint = at(place, () => parseCheckpoint(log.head));
    const origin = at(place, () => parseOrigin(checkpoint.origin));
    if (checkpoint.size === 0) throw broken('population.origin', 'a head has entries', place);
    if (origin.slot !== slot || origin.operator !== this.operator)
      throw broken(
        'population.origin',
        'the head in this slot is of a log of another slot or operator',
        place,
      );
    const entry = at(place, () => parseEntry(log.entry));
    const genesis = at(place, () => checkGenesis(entry, log.entry, origin));
    // That it succeeds another log concerns its tenant: it fills its slot like any other.
    for (const finding of genesis) this.findings.add({ ...finding, effect: 'notice', ...place });
    this.once(
      this.logs,
      entry.log ?? '',
      slot,
      'population.twice',
      'the log of this slot has another slot too',
    );
    this.number(entry, log, place);
  }

  private number(entry: EntryJson, { o }: PopulationLog, place: Place & { readonly slot: number }): void {
    const found = at(place, () => commitmentsOf(entry)).find(({ pointer }) => pointer === REGISTER_NUMBER);
    const [field, ...more] = o;
    if (more.length > 0 || (field === undefined) !== (found === undefined) || field?.path !== found?.pointer)
      throw broken(
        'opening.missing',
        'the register number is shown where there is one, and nothing else',
        place,
      );
    if (found === undefined || field === undefined) return;
    if (!('salt' in field)) {
      const effect = field.state === 'erased' ? 'notice' : 'incomplete';
      const message = `the register number is ${field.state}: whether it stands twice cannot be told`;
      this.findings.add({ code: 'population.unnumbered', effect, message, ...place });
      return;
    }
    at(place, () => {
      checkOpening(found, field, 0);
    });
    this.counts.numbered++;
    const key = `${text(entry.body['country'])} ${normalizeRegisterNumber(text(field.value))}`;
    this.once(
      this.numbers,
      key,
      place.slot,
      'population.register-number',
      'the register number stands in another slot too',
    );
  }

  private once(
    seen: Map<string, number>,
    key: string,
    slot: number,
    code: 'population.twice' | 'population.register-number',
    message: string,
  ): void {
    const before = seen.get(key);
    if (before === undefined) seen.set(key, slot);
    else this.add(code, `${message}: slot ${before}`, { slot });
  }

  private add(
    code: 'population.leaf' | 'population.twice' | 'population.register-number',
    message: string,
    place: Place,
  ): void {
    this.findings.add({ code, effect: 'broken', message, ...place });
  }
}

/** Whatever it is, two that are equal are written alike. */
function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : canonicalText(value ?? null);
}
