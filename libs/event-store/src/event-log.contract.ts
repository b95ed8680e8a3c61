import { afterAll, beforeAll, describe } from '@jest/globals';
import { appendContract } from './contract/append.contract.js';
import { closeContract } from './contract/close.contract.js';
import type { MakeLog } from './contract/contract-kit.js';
import { readContract } from './contract/read.contract.js';
import { subscribeContract } from './contract/subscribe.contract.js';
import type { EventLog } from './event-log.js';

/**
 * What every implementation of EventLog must do. The log may hold anything before; the suite writes streams of its
 * own and leaves them there.
 * @param makeLog is called once for the suite, and again after each close the suite makes
 */
export function eventLogContract(name: string, makeLog: MakeLog): void {
  describe(`the EventLog contract: ${name}`, () => {
    let shared: EventLog | undefined;
    const log = (): EventLog => {
      if (shared === undefined) throw new Error('the log is made before the first test');
      return shared;
    };
    beforeAll(async () => {
      shared = await makeLog();
    });
    afterAll(() => shared?.close());

    appendContract(log);
    readContract(log);
    subscribeContract(log);
    closeContract(async () => {
      await shared?.close();
      shared = await makeLog();
      return shared;
    });
  });
}
