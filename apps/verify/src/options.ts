import { parseArgs } from 'node:util';
import { type Level, LEVELS } from '@candor/crypto/verify';
import { codeOf, UsageError } from './surroundings.js';
import { checkUse, requireTrust } from './use.js';

export const USAGE = `candor-verify COMMAND … --origin ORIGIN --log-key VKEY [--policy FILE]

Checks what Candor gave you, without trusting who runs it. What you know beforehand is printed first; take it from your
contract and from witnesses, never from the file that is checked. FILE may be - for the standard input.

  bundle FILE                one entry with its proofs
  export FILE                a log, packed with gzip or not; --kept CHECKPOINT for each checkpoint kept from earlier,
                             --kept-epoch NUMBER with the last epoch of the export that this one continues
  consistency OLD NEW        two kept checkpoints; with --proof FILE (a base64 hash a line) or --export FILE
  population FILE            all slots of an epoch, for an auditor: each is opened, and none is filled twice. Takes no
                             --origin and no --log-key; --epoch NUMBER, --slots FILE for its published leaves
                             (/v1/anchor/epochs/NUMBER/slots), so that it is known which slot is another
  receipt FILE               a receipt; with --export FILE of a whole log it proves that an entry was left out
  monitor URL --state FILE   follows a live log, such as https://candor.example/v1/tenants/ID/log, and keeps its last
                             checkpoint in FILE; --every SECONDS (600), or --once; the only command that uses the
                             network, with the key in CANDOR_API_KEY when it is set. --anchor URL, such as
                             https://candor.example/v1/anchor, follows the anchor log too, in FILE.anchor, and with
                             --slot-key FILE (the slotKey of your registration) opens the log's slot in each epoch

  --origin ORIGIN      the log's name, as in your contract
  --log-key VKEY       the key of tenant logs; may be repeated
  --policy FILE        the anchor's key and the witnesses you trust (c2sp.org/tlog-policy)
  --allow-split        accept a policy under which two parties could be shown two histories
  --operator-key VKEY  a witness key known to be the operator's own (GET /v1/log/keys); may be repeated; none where none
                       is. What does not say so itself (a bundle, a live log) is else self-witnessed at most
  --receipt-key VKEY   the key of receipts; may be repeated
  --interval SECONDS   the published time between epochs: what came late is told
  --require LEVEL      ${LEVELS.join(' < ')};
                       else witnessed with a policy, checkpointed without (recorded for a receipt alone)
  --json               one JSON object

Exit codes: 0 the level is met, 1 broken, 2 wrong use, 3 below the level, 4 incomplete.
`;

const COMMANDS = { bundle: 1, export: 1, consistency: 2, population: 1, receipt: 1, monitor: 1 } as const;
export type Command = keyof typeof COMMANDS;

export interface Options {
  readonly command: Command;
  readonly files: readonly string[];
  readonly origin: string;
  readonly logKeys: readonly string[];
  readonly operatorKeys: readonly string[];
  readonly receiptKeys: readonly string[];
  readonly policy: string | null;
  readonly allowSplit: boolean;
  readonly interval: number | undefined;
  readonly require: Level | undefined;
  readonly json: boolean;
  readonly kept: readonly string[];
  readonly keptEpoch: number | undefined;
  readonly proof: string | undefined;
  readonly export: string | undefined;
  readonly epoch: number | undefined;
  /** The published leaf hashes of an epoch. */
  readonly slots: string | undefined;
  readonly state: string | undefined;
  /** The address of the anchor log. */
  readonly anchor: string | undefined;
  /** A file with the log's slot key. */
  readonly slotKey: string | undefined;
  readonly every: number;
  readonly once: boolean;
}

/** Reads the command line, without the program's name. @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = split(args);
  const [command = '', ...files] = positionals;
  if (!isCommand(command)) throw new UsageError(`Say what to check: ${Object.keys(COMMANDS).join(', ')}.`);
  if (files.length !== COMMANDS[command]) {
    throw new UsageError(
      command === 'consistency' ? 'Name two checkpoints.' : `${command} takes one file or address.`,
    );
  }
  requireTrust(command, values);
  const read = [
    ...files,
    ...values.kept,
    values.policy,
    values.proof,
    values.export,
    values.slots,
    values['slot-key'],
  ];
  if (read.filter((file) => file === '-').length > 1)
    throw new UsageError('The standard input can be read only once.');
  const options: Options = {
    command,
    files,
    origin: values.origin ?? '',
    logKeys: values['log-key'],
    operatorKeys: values['operator-key'],
    receiptKeys: values['receipt-key'],
    policy: values.policy ?? null,
    allowSplit: values['allow-split'],
    interval: secondsOf(values.interval, '--interval'),
    require: levelOf(values.require),
    json: values.json,
    kept: values.kept,
    keptEpoch: epochOf(values['kept-epoch'], '--kept-epoch'),
    proof: values.proof,
    export: values.export,
    epoch: epochOf(values.epoch, '--epoch'),
    slots: values.slots,
    state: values.state,
    anchor: values.anchor,
    slotKey: values['slot-key'],
    every: secondsOf(values.every, '--every') ?? 600,
    once: values.once,
  };
  checkUse(options);
  return options;
}

function split(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const list = { type: 'string', multiple: true, default: [] as string[] } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        origin: text,
        'log-key': list,
        'operator-key': list,
        'receipt-key': list,
        policy: text,
        'allow-split': flag,
        interval: text,
        require: text,
        json: flag,
        kept: list,
        'kept-epoch': text,
        proof: text,
        export: text,
        epoch: text,
        slots: text,
        state: text,
        anchor: text,
        'slot-key': text,
        every: text,
        once: flag,
      },
    });
  } catch (error) {
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    throw new UsageError((error as Error).message);
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}

function levelOf(text: string | undefined): Level | undefined {
  const level = LEVELS.find((one) => one === text);
  if (text !== undefined && level === undefined)
    throw new UsageError(`--require is one of ${LEVELS.join(', ')}.`);
  return level;
}

function epochOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) throw new UsageError(`${name} is the number of an epoch.`);
  return Number(text);
}

function secondsOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,7}$/.test(text)) throw new UsageError(`${name} is a whole number of seconds.`);
  return Number(text);
}
