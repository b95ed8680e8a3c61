import {
  addSignatures,
  formatSignature,
  isRefusal,
  judgeAddCheckpoint,
  type KeyedSigner,
  parseAddCheckpoint,
  readAddCheckpoint,
  signatureOf,
  splitNote,
  type TrustedRequest,
  type Verifier,
} from '@candor/crypto/tlog';
import type { Heads } from './heads.js';

/** An answer of HTTP. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const SIZE = 'text/x.tlog.size';

/**
 * A witness (c2sp.org/tlog-witness): cosigns a log's checkpoint when the log shows that it extends the last one cosigned,
 * and never another.
 */
export class Witness {
  /** The last answer in the making, for each log: one is decided after the other. */
  private readonly turns = new Map<string, Promise<unknown>>();

  /** @param verifiers the keys of each log, by its origin */
  constructor(
    private readonly heads: Heads,
    private readonly signer: KeyedSigner,
    private readonly verifiers: ReadonlyMap<string, readonly Verifier[]>,
  ) {}

  /** Answers `POST <prefix>/add-checkpoint`. What it cosigns is on disk before it answers. */
  async addCheckpoint(body: string): Promise<Answer> {
    const request = await readAddCheckpoint(body, (origin) => this.verifiers.get(origin));
    if (isRefusal(request)) return refused(request.status, request.body);
    const { origin } = request.checkpoint;
    const note = signedOnlyBy(this.verifiers.get(origin) ?? [], body);
    const turn = (this.turns.get(origin) ?? Promise.resolve()).then(
      () => this.decide(request, note),
      () => this.decide(request, note),
    );
    this.turns.set(origin, turn);
    return turn;
  }

  /** @param note of the log alone */
  private async decide(request: TrustedRequest, note: string): Promise<Answer> {
    const { origin, size, root } = request.checkpoint;
    const seen = this.heads.get(origin);
    const judged = judgeAddCheckpoint(request, seen ?? null);
    if (isRefusal(judged)) return refused(judged.status, judged.body);
    const signature = await signatureOf(request.text, this.signer);
    if (!this.heads.replace(origin, seen, { size, root, note: addSignatures(note, [signature]) }))
      return { status: 503, type: TEXT, body: 'another head was stored meanwhile\n' };
    return { status: 200, type: TEXT, body: formatSignature(signature) };
  }

  /** The largest checkpoint cosigned of a log, as a note; undefined where there is none. */
  latest(origin: string): string | undefined {
    return this.heads.get(origin)?.note;
  }

  /** The logs it knows. */
  get origins(): Iterable<string> {
    return this.verifiers.keys();
  }
}

/** The request's note with the lines of the log's keys only: anyone may have added others. */
function signedOnlyBy(verifiers: readonly Verifier[], body: string): string {
  const { text, signatures } = splitNote(parseAddCheckpoint(body).note);
  const known = signatures.filter((line) =>
    verifiers.some(({ name, keyId }) => name === line.name && keyId === line.keyId),
  );
  return addSignatures(`${text}\n`, known);
}

const refused = (status: number, body: string): Answer => ({
  status,
  type: status === 409 ? SIZE : TEXT,
  body,
});
