import { equalBytes, sha256 } from '#platform';
import { hex } from '../encoding.js';
import { parseEntry } from '../entry.js';
import type { Checkpoint } from '../tlog/checkpoint.js';
import type { Epoch } from '../tlog/epoch.js';
import { headDigest, rootOfSlot, slotLeafWithKey } from '../tlog/slot-tree.js';
import { formatCheckpoint } from '../tlog/checkpoint.js';
import { epochsFrom } from './epoch-texts.js';
import { type HeadLine, parseHead } from './export-format.js';
import { at, atAsync, Broken, broken, type Finding, incomplete, type Place } from './finding.js';
import { grown, openKept, type ProofBetween } from './kept.js';
import { parseExact } from './json.js';
import type { TileAt } from './tile-hashes.js';
import { type OriginParts, type Trust, verifiersOf } from './trust.js';
import { signed, Unsigned } from './unsigned.js';
import { faultVerdict, unavailableVerdict, type Verdict, verdictOf } from './verdict.js';
import { CLOCK_SECONDS, openAnchor, operatorKeys } from './witnessed.js';

/** The last epoch that was looked at, and the log's head in it. */
export interface SlotsKept {
  readonly epoch: number;
  /** Unix seconds. */
  readonly time: number;
  readonly slots: number;
  /** The signed checkpoint. */
  readonly note: string;
}

export interface SlotsLook {
  /** A checkpoint of the anchor log that was verified (`verifyAnchor`). */
  readonly anchor: string;
  /** The log's newest head, as it was verified (`verifyHead`). */
  readonly head: string;
  /** Null at the first look: then the newest epoch is looked at, and those after it from then on. */
  readonly kept: SlotsKept | null;
  /** K_slot, 32 bytes: from the registration. */
  readonly slotKey: Uint8Array;
  readonly tile: TileAt;
  /** The log's heads from an epoch on, as an export writes them, as many as the server likes to give. What it throws is thrown. */
  readonly heads: (from: number) => Promise<string>;
  readonly proof: ProofBetween;
  /** The bytes of the log's entry 0: asked for where no epoch is said to have a head. What it throws is thrown. */
  readonly first: () => Promise<Uint8Array>;
}

/** What was found in the log's slots, and what is to be kept of it: null where nothing is new. */
export interface SlotsVerdict extends Verdict {
  readonly kept: SlotsKept | null;
  /** How many epochs were opened. */
  readonly opened: number;
}

/**
 * Opens a log's slot in each epoch since the last look: what stands there is a head of this one history, in every epoch, and no
 * two epochs are further apart than they may be. Only what was signed accuses anybody.
 * @throws FormatFault for trust that is not usable; whatever `tile`, `heads` and `proof` throw
 */
export async function verifySlots(look: SlotsLook, trust: Trust): Promise<SlotsVerdict> {
  const { policy, origin } = trust;
  if (policy === null) throw new TypeError('slots are opened under a policy');
  const verifiers = await verifiersOf(trust);
  const check = new SlotsCheck(look, trust, verifiers.parts);
  try {
    const { checkpoint, level, witnesses, witnessedAt, pq } = await atAsync({}, () =>
      openAnchor(look.anchor, verifiers, policy, operatorKeys(trust)),
    );
    const kept = await check.run(checkpoint);
    const { findings, opened, head } = check;
    const epoch = kept === null ? null : { epoch: kept.epoch, time: kept.time };
    const seen = { size: head?.size ?? null, root: head === null ? null : hex(head.root), epoch };
    const said = { level, findings, origin, ...seen, witnesses, witnessedAt, pq };
    return { verdict: verdictOf(level, findings), ...said, kept, opened };
  } catch (fault) {
    const none = { kept: null, opened: 0 };
    if (fault instanceof Unsigned) return { ...unavailableVerdict(origin, fault.message), ...none };
    return { ...faultVerdict(origin, fault, check.findings), ...none };
  }
}

class SlotsCheck {
  readonly findings: Finding[] = [];
  opened = 0;
  head: Checkpoint | null = null;

  constructor(
    private readonly look: SlotsLook,
    private readonly trust: Trust,
    private readonly parts: OriginParts,
  ) {}

  async run(anchor: Checkpoint): Promise<SlotsKept | null> {
    const { kept, head: newest, proof, tile } = this.look;
    const from = kept === null ? Math.max(0, anchor.size - 1) : kept.epoch + 1;
    if (from >= anchor.size) return null;
    const epochs = await epochsFrom(from, anchor, tile);
    const heads = await this.headsOf(epochs, kept === null);
    if (heads.length === 0) await this.judgeNone(anchor);
    if (kept !== null) this.head = await openKept(kept.note, this.trust);
    let last = kept;
    for (const [n, epoch] of epochs.entries()) {
      this.judgePace(last, epoch);
      const line = heads[n];
      if (line === undefined) break;
      const note = await this.open(line, epoch, last?.note ?? null);
      last = { epoch: epoch.epoch, time: epoch.time, slots: epoch.slots, note };
    }
    if (this.head !== null) await this.join(this.head, await openKept(newest, this.trust), proof);
    return last === kept ? null : last;
  }

  /** A line for each epoch. @throws Broken `head.missing`, incomplete; Unsigned */
  private async headsOf(epochs: readonly Epoch[], first: boolean): Promise<readonly HeadLine[]> {
    const [start = 0, end] = [epochs[0]?.epoch, epochs.length];
    const heads: HeadLine[] = [];
    while (heads.length < end) {
      const page = linesOf(await this.look.heads(start + heads.length));
      const wanted = start + heads.length;
      if (page.length === 0 && first && heads.length === 0) return [];
      if (page[0]?.e !== wanted) {
        const message =
          'no head of the log is shown for this epoch: it may be in an export, which has to show the head of each';
        throw incomplete('head.missing', message, { epoch: wanted });
      }
      for (const line of page.slice(0, end - heads.length)) {
        if (line.e !== start + heads.length)
          throw new Unsigned('the heads that are served do not follow each other');
        heads.push(line);
      }
    }
    return heads;
  }

  /**
   * No head is shown at all. A log may be too young; the second epoch after its entry 0 has one (ADR 26). That entry is the one
   * in the origin, so its time is what every history of the log has.
   */
  private async judgeNone(anchor: Checkpoint): Promise<void> {
    const passed = anchor.size < 2 ? [] : await epochsFrom(anchor.size - 2, anchor, this.look.tile);
    const since = await this.registeredAt();
    const isOld = passed.length > 0 && (passed[0]?.time ?? 0) > since + CLOCK_SECONDS;
    const message = isOld
      ? 'no head of the log is shown in any epoch, though it is older than the last two: an export has to show them'
      : 'no epoch has a head of the log yet';
    const effect = isOld ? 'incomplete' : 'notice';
    this.findings.push({ code: 'head.missing', effect, message, epoch: anchor.size - 1 });
  }

  /** Unix seconds. @throws Unsigned for another entry 0 than the origin's */
  private async registeredAt(): Promise<number> {
    const bytes = await this.look.first();
    if (!equalBytes(sha256(bytes), this.parts.entry0))
      throw new Unsigned('the entry 0 that is served is not the one in the origin');
    return Date.parse(at({ entry: 0 }, () => parseEntry(bytes)).recordedAt) / 1000;
  }

  private async open({ note, path }: HeadLine, epoch: Epoch, before: string | null): Promise<string> {
    const place = { epoch: epoch.epoch, slot: this.parts.slot };
    const text = note ?? before;
    if (text === null) throw new Unsigned('the first head that is served has no checkpoint');
    const head = await signed("the log's", () => atAsync(place, () => openKept(text, this.trust)));
    const digest = headDigest(formatCheckpoint(head));
    const root = at(place, () =>
      rootOfSlot(
        this.parts.slot,
        epoch.slots,
        slotLeafWithKey(epoch.epoch, this.parts.slot, this.look.slotKey, digest),
        path,
      ),
    );
    if (!equalBytes(root, epoch.root)) {
      const message =
        'the head that is shown for this epoch is not what stands in the slot, or the slot key is not of this log. An export ' +
        'has to open the slot in every epoch: check one';
      throw incomplete('slot.root', message, { ...place, expected: hex(epoch.root), found: hex(root) });
    }
    if (this.head !== null) await this.follow(this.head, head, place, this.look.proof);
    this.head = head;
    this.opened++;
    return text;
  }

  /** What stands in the slot and what the log showed must be one history, whichever of the two was asked for first. */
  private async join(held: Checkpoint, shown: Checkpoint, proof: ProofBetween): Promise<void> {
    if (held.size > shown.size) await grown(shown, held, proof);
    else await grown(held, shown, proof);
  }

  /** Of two heads that were signed, each in an epoch that was signed. */
  private async follow(
    before: Checkpoint,
    after: Checkpoint,
    place: Place,
    proof: ProofBetween,
  ): Promise<void> {
    if (after.size < before.size) {
      const message = `the log became shorter: ${before.size} entries before, ${after.size} now`;
      throw broken('head.shrinks', message, place);
    }
    await atAsync(place, () => grown(before, after, proof));
  }

  /** @throws Broken `epoch.time`, `epoch.slots`: both were signed */
  private judgePace(before: SlotsKept | null, { epoch, time, slots }: Epoch): void {
    if (before?.epoch !== epoch - 1) return;
    if (time <= before.time) throw broken('epoch.time', 'time does not increase', { epoch });
    if (slots < before.slots) throw broken('epoch.slots', 'slots became fewer', { epoch });
    const { interval } = this.trust;
    if (interval === undefined || time - before.time <= 2 * interval) return;
    const message = `${time - before.time} seconds lie between this epoch and the one before, more than twice the interval`;
    this.findings.push({ code: 'epoch.late', effect: 'notice', message, epoch });
  }
}

/** @throws Unsigned for what is no list of heads */
function linesOf(text: string): readonly HeadLine[] {
  try {
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => parseHead(parseExact(line)));
  } catch (fault) {
    if (fault instanceof Broken) throw new Unsigned(`what is served is no list of heads (${fault.message})`);
    throw fault;
  }
}
