import type { DatabaseSync } from 'node:sqlite';

/** Frames of one page each. At 8 KiB a page: copy back from 16 MiB, insist on a reset from 64 MiB. */
const COPY_FROM_FRAMES = 2_048;
const RESET_FROM_FRAMES = 8_192;

/** Keeps the write-ahead log bounded. A failed sync throws, and MUST stop the node: it is never tried again. */
export class Checkpoints {
  readonly #state;
  readonly #copy;
  readonly #reset;
  readonly #truncate;
  #resetFrom = RESET_FROM_FRAMES;

  constructor(database: DatabaseSync) {
    this.#state = database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#copy = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#reset = database.prepare('PRAGMA wal_checkpoint(RESTART)');
    this.#truncate = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Whether all is copied back and the write-ahead log is empty; another process's read may stand in the way. */
  copyAll(): boolean {
    const { busy } = this.#truncate.get() as unknown as { busy: number };
    return busy === 0;
  }

  /** To be called after a commit, with nothing waiting for it. */
  afterCommit(): void {
    const { log, checkpointed } = this.#state.get() as unknown as { log: number; checkpointed: number };
    if (log >= this.#resetFrom) {
      const { busy } = this.#reset.get() as unknown as { busy: number };
      // Somebody else's long read stands in the way: do not wait for it again at every commit.
      this.#resetFrom = RESET_FROM_FRAMES + (busy === 0 ? 0 : log);
    } else if (log - checkpointed >= COPY_FROM_FRAMES) this.#copy.get();
  }
}
