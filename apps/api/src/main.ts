import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { type Config, readConfig } from './config.js';
import { createApp } from './create-app.js';
import { createLogger } from './edge/http/logging.js';
import { openParts } from './parts.js';
import { startSentence } from './start-sentence.js';

/** How long answers under way may take once the process is to end, in milliseconds. */
const FAREWELL = 15_000;

async function start(config: Config, logger: Logger): Promise<void> {
  const { parts, close } = await openParts(config, logger);
  let app: NestFastifyApplication;
  try {
    app = await createApp(parts);
    await app.listen(config.port, config.host);
  } catch (error) {
    await close();
    throw error;
  }
  logger.info({ url: await app.getUrl() }, 'listening');
  endWell(logger, async () => {
    await app.close();
    await close();
  });
}

/** Ends once, whatever asks for it: answers what is under way, lets go of everything, and leaves. */
function endWell(logger: Logger, close: () => Promise<void>): void {
  let ending = false;
  const end = (reason: string): void => {
    if (ending) return;
    ending = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => process.exit(1), FAREWELL).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => {
    end('SIGTERM');
  });
  process.on('SIGINT', () => {
    end('SIGINT');
  });
}

/** One sentence, and no stack: whoever starts the process can act on it. */
function refuse(error: unknown): never {
  process.stderr.write(`candor api: ${startSentence(error)}\n`);
  process.exit(1);
}

let config: Config;
try {
  config = readConfig(process.env);
} catch (error) {
  refuse(error);
}
await start(config, createLogger(config.logLevel)).catch(refuse);
