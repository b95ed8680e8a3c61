import { parseArgs } from 'node:util';
import { UUID } from '@candor/domain';

export const USAGE = `usage: npm run keys -- <command>

  status                                        generations, and what is wrapped under each
  migrate                                       makes the vault's tables, or brings them up to date
  rotate --as <person>                          adds a generation, and re-wraps everything under it
  rewrap --as <person>                          goes on with what a rotation has left
  backup <file>                                 writes a backup, and verifies it
  verify <file>                                 opens every key in a backup
  restore <file> [--despite-lost]               puts a backup into an empty vault
  check                                         holds every key named in the log against the vault
  sweep [--dry-run]                             deletes keys that no event was ever sealed under, a day after it was found
  destroy-generation <n> --backup <file> --as <person> [--approve]

<person>: the id of the employee who does it. Settings are read from the environment.`;

export type KeysCommand =
  | { readonly name: 'status' | 'migrate' | 'check' }
  | { readonly name: 'sweep'; readonly dryRun: boolean }
  | { readonly name: 'rotate' | 'rewrap'; readonly person: string }
  | { readonly name: 'backup' | 'verify'; readonly file: string }
  | { readonly name: 'restore'; readonly file: string; readonly despiteLost: boolean }
  | {
      readonly name: 'destroy-generation';
      readonly generation: number;
      readonly file: string;
      readonly person: string;
      readonly approve: boolean;
    };

const OPTIONS = {
  as: { type: 'string' },
  backup: { type: 'string' },
  approve: { type: 'boolean' },
  'despite-lost': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

/** What takes which options, and how many words after its name. */
const FORMS: Readonly<Record<string, { readonly words: number; readonly options: readonly string[] }>> = {
  ...{
    status: { words: 0, options: [] },
    migrate: { words: 0, options: [] },
    check: { words: 0, options: [] },
  },
  ...{ rotate: { words: 0, options: ['as'] }, rewrap: { words: 0, options: ['as'] } },
  ...{ backup: { words: 1, options: [] }, verify: { words: 1, options: [] } },
  restore: { words: 1, options: ['despite-lost'] },
  sweep: { words: 0, options: ['dry-run'] },
  'destroy-generation': { words: 1, options: ['as', 'backup', 'approve'] },
};

/** Undefined for what is no command. */
export function parseCommand(words: readonly string[]): KeysCommand | undefined {
  const parsed = parse(words);
  if (parsed === undefined) return undefined;
  const { values, positionals } = parsed;
  const [name = '', word = '', ...rest] = positionals;
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (form === undefined || positionals.length !== form.words + 1 || rest.length > 0) return undefined;
  if (!Object.keys(values).every((option) => form.options.includes(option))) return undefined;
  const { as: person = '', backup: file = '', approve = false, 'despite-lost': despiteLost = false } = values;
  switch (name) {
    case 'status':
    case 'migrate':
    case 'check':
      return { name };
    case 'rotate':
    case 'rewrap':
      return UUID.test(person) ? { name, person } : undefined;
    case 'backup':
    case 'verify':
      return { name, file: word };
    case 'sweep':
      return { name, dryRun: values['dry-run'] ?? false };
    case 'restore':
      return { name, file: word, despiteLost };
    case 'destroy-generation':
      if (!/^[1-9]\d{0,8}$/.test(word) || file === '' || !UUID.test(person)) return undefined;
      return { name, generation: Number(word), file, person, approve };
    default:
      return undefined;
  }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch {
    return undefined;
  }
}
