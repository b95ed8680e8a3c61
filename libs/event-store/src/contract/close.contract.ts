import { describe, expect, test } from '@jest/globals';
import { LogUnavailable, type EventLog } from '../event-log.js';
import { anEvent, collect, newStream } from './contract-kit.js';

export function closeContract(reopen: () => Promise<EventLog>): void {
  describe('close', () => {
    test('ends a subscription by throwing, never silently', async () => {
      const log = await reopen();
      const filter = { on: 'stream', prefixes: [newStream()] } as const;
      const { signal } = new AbortController();
      const followed = collect(log.subscribeAll({ filter, signal }));
      const outcome = expect(followed).rejects.toBeInstanceOf(LogUnavailable);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await log.close();
      await outcome;
    });

    test('makes every later call fail as unavailable', async () => {
      const log = await reopen();
      await log.close();
      await expect(log.append(newStream(), 'no-stream', [anEvent()])).rejects.toBeInstanceOf(LogUnavailable);
      await expect(collect(log.readStream(newStream()))).rejects.toBeInstanceOf(LogUnavailable);
      await expect(collect(log.readAll())).rejects.toBeInstanceOf(LogUnavailable);
      const { signal } = new AbortController();
      await expect(collect(log.subscribeAll({ signal }))).rejects.toBeInstanceOf(LogUnavailable);
      await log.close();
    });
  });
}
