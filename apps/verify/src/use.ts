import { UsageError } from './surroundings.js';

/** What was given to know beforehand, as the command line has it. */
interface Given {
  readonly origin?: string | undefined;
  readonly policy?: string | undefined;
  readonly 'log-key': readonly string[];
}

/** The options that only some commands take. */
interface Used {
  readonly command: string;
  readonly kept: readonly string[];
  readonly keptEpoch: number | undefined;
  readonly proof: string | undefined;
  readonly export: string | undefined;
  readonly state: string | undefined;
  readonly receiptKeys: readonly string[];
  readonly epoch: number | undefined;
  readonly slots: string | undefined;
  readonly anchor: string | undefined;
  readonly slotKey: string | undefined;
  readonly policy: string | null;
}

/** @throws UsageError where what must be known beforehand was not given, or is of no use */
export function requireTrust(command: string, { origin, policy, 'log-key': logKeys }: Given): void {
  if (command === 'population') {
    if (origin !== undefined || logKeys.length > 0)
      throw new UsageError('--origin and --log-key say nothing for population: it is of no single log.');
    if (policy === undefined)
      throw new UsageError("--policy is missing: the anchor's key and the witnesses.");
    return;
  }
  if (origin === undefined)
    throw new UsageError('--origin is missing: the name of the log in your contract.');
  if (logKeys.length === 0) throw new UsageError('--log-key is missing: the key of tenant logs.');
}

/** @throws UsageError for an option that is missing, or that says nothing here */
export function checkUse(options: Used): void {
  const {
    command,
    kept,
    keptEpoch,
    proof,
    export: from,
    state,
    receiptKeys,
    epoch,
    slots,
    anchor,
    slotKey,
    policy,
  } = options;
  if (anchor !== undefined && command !== 'monitor')
    throw new UsageError(`--anchor says nothing for ${command}.`);
  if (anchor !== undefined && policy === null)
    throw new UsageError('--anchor needs a --policy: the key of the anchor log, and the witnesses.');
  if (slotKey !== undefined && anchor === undefined)
    throw new UsageError('--slot-key needs --anchor: the slot is opened in the epochs of the anchor log.');
  if (command !== 'population' && (epoch !== undefined || slots !== undefined))
    throw new UsageError(`--epoch and --slots say nothing for ${command}.`);
  if (command === 'consistency' && (proof === undefined) === (from === undefined)) {
    throw new UsageError('Give one of --proof and --export.');
  }
  if (command === 'receipt' && receiptKeys.length === 0) throw new UsageError('--receipt-key is missing.');
  if (command === 'monitor' && state === undefined)
    throw new UsageError('--state is missing: where to keep the checkpoint.');
  if (proof !== undefined && command !== 'consistency')
    throw new UsageError(`--proof says nothing for ${command}.`);
  if (from !== undefined && command !== 'consistency' && command !== 'receipt') {
    throw new UsageError(`--export says nothing for ${command}.`);
  }
  if (keptEpoch !== undefined && command !== 'export') {
    throw new UsageError(`--kept-epoch says nothing for ${command}.`);
  }
  if (kept.length > 0 && command !== 'export' && command !== 'receipt') {
    throw new UsageError(`--kept says nothing for ${command}.`);
  }
}
