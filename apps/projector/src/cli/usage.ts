const HELP = ['help', '--help', '-h'];

/** Whether somebody asks how a program is used: then nothing is run. */
export function asksForHelp(words: readonly string[]): boolean {
  return words[0] === 'help' || words.some((word) => HELP.slice(1).includes(word));
}

/**
 * Tells how a program is used: whoever asked, on standard output; whoever mistyped, what was wrong as well, on the other.
 * @returns the exit code
 */
export function tellUsage(words: readonly string[], usage: string): 0 | 2 {
  if (asksForHelp(words)) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  process.stderr.write(`${misuse(words, usage)}\n\n${usage}\n`);
  return 2;
}

/** One sentence. Which commands there are, the usage itself says, in lines that begin with them. */
function misuse([command, ...rest]: readonly string[], usage: string): string {
  if (command === undefined) return 'Say what is to be done.';
  const form = usage.split('\n').find((line) => line.startsWith(`  ${command} `));
  if (form === undefined) return `There is no command ${command}.`;
  const given = rest.length === 0 ? 'Alone' : `With ${rest.join(' ')}`;
  return `${given}, ${command} is not complete or not right; persons, logs and subjects are given by their UUIDs.`;
}
