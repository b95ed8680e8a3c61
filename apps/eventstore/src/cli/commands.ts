import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { backUp } from '../store/backup.js';
import { checkLog } from '../store/check.js';
import { databaseFile } from '../store/database.js';
import { NodeFailure, reasonOf, UsageFailure } from '../store/failures.js';
import { markFile } from '../store/mark.js';

/** Runs to its end, and answers with the exit code. */
type Command = (args: readonly string[]) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, Command>> = { backup, check };

/**
 * What the first word asks for; undefined when it is an option: then a node is wanted.
 * @throws UsageFailure when there is no such command
 */
export function commandNamed(word: string | undefined): Command | undefined {
  if (word === undefined || word.startsWith('-')) return undefined;
  const command = COMMANDS[word];
  if (command === undefined)
    throw new UsageFailure(`There is no command ${word}; there are ${Object.keys(COMMANDS).join(', ')}.`);
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
