import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { prepareImport } from './import.js';
import { NOW, sample, TENANT } from './testing/import-log.js';
import { longLog } from './testing/long-log.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const LINES = 100_000;

test('memory does not grow with the log: 100,000 lines', async () => {
  const text = (await sample('postfix-mail.log')).toString();
  let records = 0;
  const heapAt: number[] = [];
  let mostHeld = 0;
  const log = prepareImport({
    tenant: TENANT,
    sources: [{ name: 'long', size: undefined, writtenAt: undefined, open: () => longLog(text, LINES) }],
    sink: {
      write: (line) => {
        records += line.length > 0 ? 1 : 0;
        return undefined;
      },
      finish: () => Promise.resolve(),
    },
    year: 2026,
    now: NOW,
    onProgress: ({ lines }) => {
      mostHeld = Math.max(mostHeld, log.queue.held);
      if (lines < heapAt.length * (LINES / 5) + LINES / 5) return;
      collect();
      heapAt.push(process.memoryUsage().heapUsed);
    },
  });
  await log.run();
  const rounds = Math.floor(LINES / 1_169);
  expect(log.reading).toMatchObject({ lines: LINES, notUnderstood: 0 });
  // 656 records a round, and some of the last one, which is cut.
  expect(records).toBeGreaterThanOrEqual(rounds * 656);
  expect(records).toBeLessThan((rounds + 1) * 656);
  // The log has 125 messages a round; all but the few that never end are let go with their round.
  expect(mostHeld).toBeLessThan(1_000);
  expect(heapAt).toHaveLength(5);
  expect(Math.max(...heapAt.slice(1)) - (heapAt[0] ?? 0)).toBeLessThan(4 * 1024 * 1024);
});
