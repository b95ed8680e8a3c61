import { canSplit, formatVkey, type Policy } from '@candor/crypto/tlog';
import type { ExitCode, Finding, Level, Trust, Verdict } from '@candor/crypto/verify';
import { plain } from './plain.js';
import type { GivenTrust } from './trust.js';

/** What is told of a check. */
export interface Told {
  readonly verdict: Verdict;
  readonly required: Level;
  readonly exitCode: ExitCode;
  /** What else is to be said, a line each. */
  readonly more: readonly string[];
}

/** Tells a verdict, in words or as JSON. @param required else the level of the command line @returns its exit code */
export type Tell = (verdict: Verdict, more: readonly string[], required?: Level) => ExitCode;

/** What was given from outside: printed before anything that was checked. */
export function trustInWords({ trust, receiptKeys }: GivenTrust, required: Level): string {
  const { origin, logKeys, operatorKeys, policy, interval } = trust;
  return [
    ...(origin === '' ? [] : [`origin        ${origin}`]),
    ...logKeys.map((key) => `log key       ${formatVkey(key)}`),
    ...receiptKeys.map((key) => `receipt key   ${formatVkey(key)}`),
    ...(policy === null ? ['policy        none: nothing is said of the anchor'] : policyInWords(policy)),
    ...(policy === null && operatorKeys === undefined ? [] : ownInWords(operatorKeys)),
    ...(interval === undefined ? [] : [`interval      ${interval} s`]),
    `required      ${required}`,
    '',
    '',
  ].join('\n');
}

function ownInWords(operatorKeys: Trust['operatorKeys']): string[] {
  if (operatorKeys === undefined) return ["operator's    not said which witnesses are"];
  if (operatorKeys.length === 0) return ["operator's    none of the witnesses"];
  return operatorKeys.map((key) => `operator's    ${formatVkey(key)}`);
}

function policyInWords(policy: Policy): string[] {
  const { logs, witnesses, groups, quorum } = policy;
  const enough = (name: string): string => {
    const { threshold, members } = groups.get(name) ?? { threshold: 1, members: [name] };
    return members.length === 1 ? members.join() : `${threshold} of ${members.join(', ')}`;
  };
  const others = [...groups.keys()].filter((name) => name !== quorum);
  return [
    ...logs.map(({ key }) => `anchor key    ${formatVkey(key)}`),
    ...witnesses.map(({ name, key }) => `witness       ${name}: ${formatVkey(key)}`),
    ...others.map((name) => `group         ${name}: ${enough(name)}`),
    `quorum        ${quorum === null ? 'none' : enough(quorum)}`,
    ...(canSplit(policy) ? ['split         accepted: two parties could be shown two histories'] : []),
  ];
}

export function verdictInWords({ verdict, required, exitCode, more }: Told): string {
  const { origin, size, root, epoch, pq } = verdict;
  const head =
    size === null
      ? []
      : [`  ${origin.endsWith('/anchor') ? 'anchor log' : 'head'} of ${size} entries, root ${root ?? ''}`];
  const anchored =
    epoch === null
      ? []
      : [`  in epoch ${epoch.epoch} of ${time(epoch.time)}, pq: ${pq === true ? 'yes' : 'no'}`];
  return [
    `verdict: ${levelInWords(verdict)}`,
    ...head,
    ...anchored,
    ...more.map((line) => `  ${plain(line)}`),
    ...verdict.findings.map(findingInWords),
    EXIT[exitCode].replace('LEVEL', required),
    '',
  ].join('\n');
}

const EXIT: Readonly<Record<ExitCode, string>> = {
  0: 'The required level is met.',
  1: 'It is broken: what was checked is not what it claims to be. Keep it with this output as evidence, and ask whoever runs the log.',
  2: 'Wrong use.',
  3: 'It holds, but below the required level: LEVEL.',
  4: 'It is incomplete: what is not there could not be checked. Fetch it again; where it stays so, ask whoever runs the log for what is missing.',
};

function levelInWords(told: Verdict): string {
  const { verdict, level } = told;
  if (level === null) return verdict;
  const by = byWitnesses(level, told);
  return verdict === level ? `${level}${by}` : `${verdict} (apart from that ${level}${by})`;
}

/** Who saw what has this level, and when: of what is below, nobody did, whatever else the witnesses saw. */
export function byWitnesses(
  level: Level,
  { witnesses, witnessedAt }: Pick<Verdict, 'witnesses' | 'witnessedAt'>,
): string {
  if (witnessedAt === null || (level !== 'witnessed' && level !== 'self-witnessed')) return '';
  return ` by ${witnesses.join(', ')} at ${time(witnessedAt)}`;
}

function findingInWords(finding: Finding): string {
  const { code, effect, message, line, entry, field, epoch, slot, expected, found } = finding;
  const place = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(entry === undefined ? [] : [`entry ${entry}`]),
    ...(field === undefined ? [] : [`field ${field}`]),
    ...(epoch === undefined ? [] : [`epoch ${epoch}`]),
    ...(slot === undefined ? [] : [`slot ${slot}`]),
  ].join(', ');
  const hashes =
    expected === undefined
      ? ''
      : `\n    expected ${expected}${found === undefined ? '' : `\n    found    ${found}`}`;
  return `  ${plain(`${effect}: ${code}${place === '' ? '' : ` at ${place}`}: ${message}`)}${hashes}`;
}

export function time(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z');
}
