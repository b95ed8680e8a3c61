import { hex } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { parseDecimal } from './decimal.js';
import { parseVkey, type VerifierKey } from './vkey.js';

/** A witness that a policy trusts to have seen one history. */
export interface PolicyWitness {
  /** What the policy calls it. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url: string | null;
}

/** Enough of its members count: a witness by its cosignature, a group by enough of its own. */
interface Group {
  readonly threshold: number;
  readonly members: readonly string[];
}

/** A policy file (c2sp.org/tlog-policy): which logs, which witnesses, and how many of them are enough. */
export interface Policy {
  readonly logs: readonly { readonly key: VerifierKey; readonly url: string | null }[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: ReadonlyMap<string, Group>;
  /** A witness, a group, or none. */
  readonly quorum: string | null;
}

interface Draft {
  readonly logs: { key: VerifierKey; url: string | null }[];
  readonly witnesses: PolicyWitness[];
  readonly groups: Map<string, Group>;
  readonly names: Set<string>;
  /** Names that belong to a group already. */
  readonly members: Set<string>;
  quorum?: string | null;
}

/** The longest policy that is read, in characters. */
const MAX_LENGTH = 1_000_000;
const NONE = 'none';

export interface PolicyOptions {
  /** Accept a policy under which two parties could be shown two histories. */
  readonly allowSplit?: boolean;
}

/**
 * Reads a policy. Names are used below the line that defines them, and belong to one group at most.
 * @throws FormatFault `policy.malformed`, `policy.name` (twice, reserved or unknown), `policy.member` (in two groups),
 *   `policy.threshold`, `policy.key` (of a type that its line cannot have), `policy.duplicate-key`, `policy.quorum`
 *   (not exactly one line), `policy.split` (two disjoint quorums, formats v1 §5.8), and the findings of `parseVkey`
 */
export function parsePolicy(text: string, options?: PolicyOptions): Policy {
  if (text.length > MAX_LENGTH)
    throw new FormatFault('policy.malformed', 'a policy of this length is not read');
  const draft: Draft = {
    logs: [],
    witnesses: [],
    groups: new Map(),
    names: new Set([NONE]),
    members: new Set(),
  };
  for (const line of text.split('\n')) {
    // A comment begins with a word of its own: names, keys and addresses may hold the sign.
    const words = line
      .replace(/(^|[ \t])#.*$/, '')
      .split(/[ \t\r]+/)
      .filter((word) => word !== '');
    if (words.length > 0) readLine(draft, words);
  }
  const { logs, witnesses, groups, quorum } = draft;
  if (quorum === undefined) throw new FormatFault('policy.quorum', 'one quorum line is expected');
  refuseEqualKeys([...logs, ...witnesses].map(({ key }) => key));
  const policy = { logs, witnesses, groups, quorum };
  if (options?.allowSplit !== true && canSplit(policy)) {
    throw new FormatFault('policy.split', 'two quorums can be reached without a witness in common');
  }
  return policy;
}

/** Whether these witnesses (by the policy's names) are a quorum. Nobody is one where the policy asks for none. */
export function isQuorum(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  const counts = (name: string): boolean => {
    const group = policy.groups.get(name);
    if (group === undefined) return cosigned.has(name);
    return group.members.filter(counts).length >= group.threshold;
  };
  return policy.quorum !== null && counts(policy.quorum);
}

/** Whether two quorums without a common witness exist: then two parties may be shown two histories. */
export function canSplit(policy: Policy): boolean {
  return policy.quorum !== null && sidesOf(policy, policy.quorum) === 2;
}

/**
 * How many of two sides, with no witness on both, can have a name's consent at once. Names belong to one group each,
 * so a group's members can be dealt out one by one: those that can serve both do, the others go where one is missing.
 */
function sidesOf(policy: Policy, name: string): 1 | 2 {
  const group = policy.groups.get(name);
  if (group === undefined) return 1;
  const both = group.members.filter((member) => sidesOf(policy, member) === 2).length;
  const missing = Math.max(0, group.threshold - both);
  return group.members.length - both >= 2 * missing ? 2 : 1;
}

function readLine(draft: Draft, words: readonly string[]): void {
  const [keyword, ...rest] = words;
  if (keyword === 'log') readLog(draft, rest);
  else if (keyword === 'witness') readWitness(draft, rest);
  else if (keyword === 'group') readGroup(draft, rest);
  else if (keyword === 'quorum') readQuorum(draft, rest);
  else throw new FormatFault('policy.malformed', 'a line is log, witness, group or quorum');
}

function readLog(draft: Draft, [vkey, url, ...more]: readonly string[]): void {
  if (vkey === undefined || more.length > 0) throw malformed('log <vkey> [<url>]');
  const key = parseVkey(vkey);
  // A log's Ed25519 line; its ML-DSA line is a cosignature by its form (formats v1 §5.5).
  if (key.type === 'ed25519-cosignature') throw new FormatFault('policy.key', "a log's key is expected");
  draft.logs.push({ key, url: url ?? null });
}

function readWitness(draft: Draft, [name, vkey, url, ...more]: readonly string[]): void {
  if (name === undefined || vkey === undefined || more.length > 0)
    throw malformed('witness <name> <vkey> [<url>]');
  const key = parseVkey(vkey);
  if (key.type === 'ed25519') throw new FormatFault('policy.key', 'a key of cosignatures is expected');
  define(draft, name);
  draft.witnesses.push({ name, key, url: url ?? null });
}

function readGroup(draft: Draft, [name, count, ...members]: readonly string[]): void {
  if (name === undefined || count === undefined || members.length === 0)
    throw malformed('group <name> <k> <names>');
  for (const member of members) {
    if (member === NONE || !draft.names.has(member)) throw unknownName();
    if (draft.members.has(member))
      throw new FormatFault('policy.member', 'a name belongs to one group, once');
    draft.members.add(member);
  }
  const threshold = count === 'any' ? 1 : count === 'all' ? members.length : parseDecimal(count);
  if (threshold === undefined || threshold < 1 || threshold > members.length) {
    throw new FormatFault(
      'policy.threshold',
      'all, any, or a number from 1 to that of the members is expected',
    );
  }
  define(draft, name);
  draft.groups.set(name, { threshold, members });
}

function readQuorum(draft: Draft, [name, ...more]: readonly string[]): void {
  if (name === undefined || more.length > 0) throw malformed('quorum <name>');
  if (draft.quorum !== undefined) throw new FormatFault('policy.quorum', 'one quorum line is expected');
  if (!draft.names.has(name)) throw unknownName();
  draft.quorum = name === NONE ? null : name;
}

function define(draft: Draft, name: string): void {
  if (draft.names.has(name))
    throw new FormatFault('policy.name', 'a name is defined once, and none is taken');
  draft.names.add(name);
}

function refuseEqualKeys(keys: readonly VerifierKey[]): void {
  if (new Set(keys.map((key) => hex(key.publicKey))).size !== keys.length) {
    throw new FormatFault('policy.duplicate-key', 'one key is named twice');
  }
}

function malformed(form: string): FormatFault {
  return new FormatFault('policy.malformed', `${form} is expected`);
}

function unknownName(): FormatFault {
  return new FormatFault('policy.name', 'a name is used below the line that defines it');
}
