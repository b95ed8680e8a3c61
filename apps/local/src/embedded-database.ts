import { join } from 'node:path';
import { type Cluster, startCluster } from '@candor/postgres';
import type { DataDir } from './data-dir.js';
import { Problem, reasonOf } from './problem.js';
import { Restarts } from './restarts.js';
import type { Secrets } from './secrets.js';

/** PostgreSQL of our own, started again on the same port when it ends by itself. */
export class EmbeddedDatabase {
  /** Settles with why, when it will not be started again. */
  readonly failed: Promise<Problem>;
  private readonly restarts = new Restarts();
  private stopping = false;

  private constructor(
    private cluster: Cluster,
    private readonly start: (port?: number) => Promise<Cluster>,
    private readonly say: (line: string) => void,
  ) {
    this.failed = this.keep();
  }

  /** @throws Problem */
  static async start(dir: DataDir, secrets: Secrets, say: (line: string) => void): Promise<EmbeddedDatabase> {
    const start = async (port?: number) => {
      const where = { dir: dir.postgres, logFile: join(dir.logs, 'postgres.log') };
      const options = { ...where, password: secrets.adminPassword, say };
      try {
        return await startCluster(port === undefined ? options : { ...options, port });
      } catch (error) {
        throw new Problem(reasonOf(error), { cause: error });
      }
    };
    return new EmbeddedDatabase(await start(), start, say);
  }

  get adminUrl(): string {
    return this.cluster.adminUrl;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.cluster.stop();
  }

  private async keep(): Promise<Problem> {
    for (;;) {
      await this.cluster.ended;
      if (this.stopping) return new Promise(() => undefined);
      if (this.restarts.count() === undefined) return new Problem('PostgreSQL keeps ending.');
      this.say('PostgreSQL ended by itself and is started again.');
      const { port } = this.cluster;
      try {
        this.cluster = await this.start(port);
      } catch (error) {
        return new Problem(reasonOf(error));
      }
      if (this.cluster.port !== port)
        return new Problem(`Port ${port}, PostgreSQL’s, was taken by another program.`);
    }
  }
}
