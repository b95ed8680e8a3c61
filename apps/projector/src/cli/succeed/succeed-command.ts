import { parseArgs } from 'node:util';
import { anchorPolicy, NAMES_HOLD_MS } from '@candor/checkpoints';
import { UUID } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { anchorOf } from '../../anchor/prepare.js';
import { BadConfig, recoveryConfig } from '../../config.js';
import { withRecovery } from '../recover/recover-command.js';
import { succeed, type SucceedWords } from './succeed.js';

export interface SucceedArguments {
  readonly words: SucceedWords;
  /** Exports that were given to `recover`. */
  readonly files: readonly string[];
}

const OPTIONS = {
  log: { type: 'string' },
  cause: { type: 'string' },
  as: { type: 'string' },
  approve: { type: 'boolean' },
} as const;

/** Undefined for what is no such command. */
export function succeedArguments(args: readonly string[]): SucceedArguments | undefined {
  try {
    const { values, positionals: files } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    const words = wordsFrom(values);
    return words === undefined ? undefined : { words, files };
  } catch {
    return undefined;
  }
}

function wordsFrom({
  log = '',
  cause,
  as: person,
  approve = false,
}: {
  readonly log?: string;
  readonly cause?: string;
  readonly as?: string;
  readonly approve?: boolean;
}): SucceedWords | undefined {
  if (!UUID.test(log)) return undefined;
  if (person === undefined) return cause === undefined && !approve ? { kind: 'look', log } : undefined;
  if (!UUID.test(person)) return undefined;
  if (approve) return cause === undefined ? { kind: 'approve', log, person } : undefined;
  return cause === 'restored' || cause === 'damaged' ? { kind: 'request', log, person, cause } : undefined;
}

/** `succeed`: gives up what is lost of a log, and begins its successor. @returns whether what was asked for is done */
export function runSucceed(
  { words, files }: SucceedArguments,
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  const given = { files, from: undefined, dryRun: false };
  return withRecovery(given, environment, async ({ parts, keyService }) => {
    const { log, pool, platform, codec, now } = parts;
    const seenMs = parts.seenMs + NAMES_HOLD_MS;
    const asked = await anchorPolicy(recoveryConfig(environment).CANDOR_ANCHOR_POLICY);
    const anchor = await anchorOf({ log, pool, platform, keyService, asked, now })();
    if (anchor === undefined) throw new BadConfig('Nothing is installed in this event store yet.');
    const confirmed = async (): Promise<boolean> =>
      (await anchor.memory.ask()).size > 0 || anchor.memory.witnesses === 0;
    const executor = new Executor(log, codec);
    return succeed({ ...parts, seenMs, executor, confirmed }, words);
  });
}
