import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { backUp } from '../store/backup.js';
import { checkLog } from '../store/check.js';
import { databaseFile } from '../store/database.js';
import { NodeFailure, reasonOf, UsageFailure } from '../store/failures.js';
import { markFile } from '../store/mark.js';
import { writeExport } from './export.js';
import { importInto } from './import.js';
import { allOf } from './local-store.js';
import { RemoteStore } from './remote-store.js';

/** Runs to its end, and answers with the exit code. */
type Command = (args: readonly string[]) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, Command>> = {
  backup,
  check,
  export: exportAll,
  import: importAll,
  help,
  '--help': help,
};

const USAGE = `npm run eventstore -- …

  --data DIR [--port 2113]        runs a node that keeps its log in DIR
  backup TARGET --data DIR        copies a log, whose node may run, into an empty directory
  check --data DIR                reads and proves everything, and changes nothing
  export (--data DIR | --url URL) one line per event, to the standard output
  import --url URL                takes such lines from the standard input
`;

function help(): number {
  process.stdout.write(USAGE);
  return 0;
}

/**
 * What the first word asks for; undefined when it is an option: then a node is wanted.
 * @throws UsageFailure when there is no such command
 */
export function commandNamed(word: string | undefined): Command | undefined {
  if (word === undefined) return undefined;
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command === undefined && !word.startsWith('-'))
    throw new UsageFailure(`There is no command ${word}; there are backup, check, export, import, help.`);
  return command;
}

function backup(args: readonly string[]): number {
  const { data, words } = parsed(args, ['data'], 'backup DIR --data DATA');
  const [target, ...more] = words;
  if (target === undefined || target === '' || more.length > 0)
    throw new UsageFailure('Name the one directory that the backup goes into: backup DIR --data DATA.');
  const { position } = backUp(existingLog(data), target);
  process.stdout.write(`${target} holds ${counted(position)}, read back and compared.\n`);
  return 0;
}

function check(args: readonly string[]): number {
  const { data, words } = parsed(args, ['data'], 'check --data DATA');
  if (words.length > 0) throw new UsageFailure('check takes --data DATA and nothing else.');
  const { head, streams, faults } = checkLog(existingLog(data));
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  const verdict = faults.length === 0 ? 'sound' : 'NOT sound';
  process.stdout.write(`The log is ${verdict}: ${counted(head.position)} in ${streams} streams were read.\n`);
  return faults.length === 0 ? 0 : 1;
}

async function exportAll(args: readonly string[]): Promise<number> {
  const { data, url, words } = parsed(args, ['data', 'url'], 'export (--data DATA | --url URL)');
  if (words.length > 0 || (data === undefined) === (url === undefined))
    throw new UsageFailure('export takes either --data DATA or --url URL.');
  const { events } =
    url === undefined
      ? await writeExport(allOf(existingLog(data)), process.stdout)
      : await withStore(url, (store) => writeExport(store.all(), process.stdout));
  process.stderr.write(`${counted(events)} exported.\n`);
  return 0;
}

async function importAll(args: readonly string[]): Promise<number> {
  const { url, words } = parsed(args, ['url'], 'import --url URL < FILE');
  if (words.length > 0 || url === undefined)
    throw new UsageFailure('import takes --url URL, and the export as its input.');
  const { events, found } = await withStore(url, (store) => importInto(store, process.stdin));
  process.stdout.write(
    `${counted(events)} in the event store, ${found} of them from before, read back and compared.\n`,
  );
  return 0;
}

async function withStore<T>(url: string, use: (store: RemoteStore) => Promise<T>): Promise<T> {
  const store = new RemoteStore(url);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`;
}

/** A directory that holds a log, or should. */
function existingLog(data: string | undefined): string {
  if (data === undefined || data === '') throw new UsageFailure('--data names the directory of the log.');
  if (!existsSync(databaseFile(data)) && !existsSync(markFile(data)))
    throw new NodeFailure(`There is no event log in ${data}.`);
  return data;
}

function parsed<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
  usage: string,
): Partial<Record<Name, string>> & { readonly words: readonly string[] } {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { ...(values as Partial<Record<Name, string>>), words: positionals };
  } catch (error) {
    throw new UsageFailure(`${reasonOf(error)} Usage: ${usage}.`);
  }
}
