import { inspect } from 'node:util';
import { canSplit, formatVkey } from '@candor/crypto/tlog';
import { exitCodeOf, type ExitCode, type Level } from '@candor/crypto/verify';
import { check } from './check.js';
import { monitor } from './monitor/monitor.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { type Surroundings, UsageError } from './surroundings.js';
import { type GivenTrust, readTrust } from './trust.js';
import { asciiJson } from './plain.js';
import { type Tell, trustInWords, verdictInWords } from './words.js';

/**
 * Runs the verifier. What was given from outside is printed first, then the verdict.
 * @returns the exit code (formats v1 §6): 0 met, 1 broken, 2 wrong use, 3 below what is required, 4 incomplete
 */
export async function run(surroundings: Surroundings): Promise<ExitCode> {
  const { args, stdout, stderr } = surroundings;
  if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
    (args.length === 0 ? stderr : stdout).write(USAGE);
    return args.length === 0 ? 2 : 0;
  }
  try {
    const options = parseOptions(args);
    const given = await readTrust(options, surroundings);
    const required = options.require ?? usualLevel(options);
    if (!options.json) stdout.write(trustInWords(given, required));
    const tell = teller(options, given, required, surroundings);
    if (options.command === 'monitor') return await monitor(options, given.trust, surroundings, tell);
    const { verdict, more } = await check(options, given, surroundings);
    return tell(verdict, more);
  } catch (error) {
    // Whatever it is, it is no finding: a program that just died would end with 1, as if something were broken.
    const itself = 'The verifier itself failed, and says nothing of what was to be checked';
    stderr.write(error instanceof UsageError ? `${error.message}\n` : `${itself}: ${inspect(error)}\n`);
    return 2;
  }
}

function teller(options: Options, given: GivenTrust, usual: Level, { stdout }: Surroundings): Tell {
  return (verdict, more, required = usual) => {
    const exitCode = exitCodeOf(verdict, required);
    const text = options.json
      ? `${asciiJson({ trust: trustAsJson(given), required, exitCode, ...verdict, heads: undefined })}\n`
      : verdictInWords({ verdict, required, exitCode, more });
    stdout.write(text);
    return exitCode;
  };
}

function trustAsJson({ trust, receiptKeys }: GivenTrust): object {
  const { origin, logKeys, operatorKeys, policy, interval } = trust;
  const anchor = policy && {
    logs: policy.logs.map(({ key }) => formatVkey(key)),
    witnesses: Object.fromEntries(policy.witnesses.map(({ name, key }) => [name, formatVkey(key)])),
    groups: Object.fromEntries(policy.groups),
    quorum: policy.quorum,
    split: canSplit(policy),
  };
  const vkeys = { logKeys: logKeys.map(formatVkey), operatorKeys: operatorKeys?.map(formatVkey) ?? null };
  return {
    origin,
    ...vkeys,
    receiptKeys: receiptKeys.map(formatVkey),
    policy: anchor,
    interval: interval ?? null,
  };
}

/** As much as what was given can show. */
function usualLevel({ command, policy, export: from }: Options): Level {
  if (command === 'receipt' && from === undefined) return 'recorded';
  if (command === 'monitor' || (command === 'consistency' && from === undefined)) return 'checkpointed';
  return policy === null ? 'checkpointed' : 'witnessed';
}
