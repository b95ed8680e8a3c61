import { setTimeout as sleep } from 'node:timers/promises';
import { LogBehind } from '@candor/checkpoints';
import { closeWrites, openWrites, type Pool, writesClosed } from '@candor/read-models';
import type { Backoff } from '../following/backoff.js';
import { Leader } from '../following/leader.js';
import type { AnchorPublisher } from './publisher.js';
import type { EpochRecorder } from './recorder.js';
import type { Logger } from 'pino';

export interface AnchorWork {
  readonly recorder: Pick<EpochRecorder, 'record' | 'due'>;
  readonly publisher: Pick<AnchorPublisher, 'confirm' | 'publish'>;
}

export interface EpochMakerOptions {
  /** Called when this process leads; undefined: not yet. */
  readonly prepare: () => Promise<AnchorWork | undefined>;
  readonly pool: Pool;
  readonly logger: Logger;
  readonly lockUrl: string;
}

const RETRY = { first: 1_000, longest: 30_000 } as const;
/** How often a time that has come is looked for, in milliseconds. */
const LOOK_MS = 500;

/** Records an epoch whenever its time has come, and publishes the anchor log with its quorum. One process at a time. */
export class EpochMaker extends Leader {
  constructor(private readonly options: EpochMakerOptions) {
    const { lockUrl, logger } = options;
    super({ name: 'epochs', lock: 'reactor-epochs', lockUrl, logger, retry: RETRY });
  }

  protected async follow(session: AbortSignal, backoff: Backoff): Promise<void> {
    const work = await this.options.prepare();
    if (work !== undefined) await this.make(work, session, backoff);
  }

  /** While this store is behind what was published of it nobody writes (formats v1 §4.4). @throws LogBehind */
  private async make(
    { recorder, publisher }: AnchorWork,
    session: AbortSignal,
    backoff: Backoff,
  ): Promise<void> {
    const { pool, logger } = this.options;
    let confirmed = false;
    try {
      while (!session.aborted) {
        if (!confirmed && (await publisher.confirm())) {
          confirmed = true;
          await openWrites(pool, 'anchor');
        }
        // While a store is being recovered, its epochs are too.
        if (confirmed && !(await writesClosed(pool))) {
          if (await recorder.due()) await recorder.record(session);
          await publisher.publish();
        }
        backoff.reset();
        await sleep(LOOK_MS, undefined, { signal: session }).catch(() => undefined);
      }
    } catch (error) {
      if (error instanceof LogBehind) {
        logger.fatal({ reason: error.name }, `${error.message}: nothing is recorded, and nobody writes`);
        await closeWrites(pool, 'anchor');
      }
      throw error;
    }
  }
}
