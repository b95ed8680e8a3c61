import type { Checkpoint } from '@candor/crypto/tlog';
import {
  type ExportVerdict,
  openKept,
  type ReceiptVerdict,
  type Verdict,
  verifyBundle,
  verifyExport,
  verifyKept,
  verifyPopulation,
  verifyReceipt,
} from '@candor/crypto/verify';
import { readBytes, readText, readWhole } from './input.js';
import type { Options } from './options.js';
import { type Surroundings, UsageError } from './surroundings.js';
import { asUsage, type GivenTrust } from './trust.js';
import { byWitnesses, time } from './words.js';

/** A verdict, and what else is to be said in words. */
export interface Checked {
  readonly verdict: Verdict;
  readonly more: readonly string[];
}

/** Runs one of the commands that need no network. @throws UsageError */
export async function check(
  options: Options,
  given: GivenTrust,
  surroundings: Surroundings,
): Promise<Checked> {
  try {
    return await checkWith(options, given, surroundings);
  } catch (fault) {
    throw asUsage('What was given from outside', fault);
  }
}

async function checkWith(options: Options, given: GivenTrust, { stdin }: Surroundings): Promise<Checked> {
  const { trust, receiptKeys } = given;
  const [first = '', second = ''] = options.files;
  switch (options.command) {
    case 'bundle': {
      const verdict = await verifyBundle(await readText(first, stdin), trust);
      const { entry, opened } = verdict;
      const what =
        entry === null ? [] : [`entry ${entry.index}: ${entry.type}, id ${entry.id}, leaf ${entry.leaf}`];
      return { verdict, more: [...what, ...opened.map((path) => `opened ${path}`)] };
    }
    case 'export': {
      const kept = await keptCheckpoints(options.kept, given, stdin);
      const { keptEpoch } = options;
      const more = keptEpoch === undefined ? {} : { keptEpoch };
      const checked = exportChecked(await verifyExport(readBytes(first, stdin), trust, { kept, ...more }));
      return keptEpoch === undefined ? withFirstHead(checked) : checked;
    }
    case 'population':
      return populationChecked(first, options, given, stdin);
    case 'receipt': {
      const receipt = await readText(first, stdin);
      const kept = await keptCheckpoints(options.kept, given, stdin);
      const from =
        options.export === undefined
          ? undefined
          : { chunks: readBytes(options.export, stdin), options: { kept } };
      const verdict = await verifyReceipt(receipt, receiptKeys, trust, from);
      return { verdict, more: receiptInWords(verdict) };
    }
    case 'consistency': {
      const [old, later] = [await readText(first, stdin), await readText(second, stdin)];
      if (options.export !== undefined) {
        const kept = await keptOf([old, later], given);
        return exportChecked(await verifyExport(readBytes(options.export, stdin), trust, { kept }));
      }
      return {
        verdict: await verifyKept(old, later, await readText(options.proof ?? '', stdin), trust),
        more: [],
      };
    }
    case 'monitor':
      throw new Error('monitor follows, it does not check once');
  }
}

async function populationChecked(
  file: string,
  { epoch, slots }: Options,
  { trust }: GivenTrust,
  stdin: AsyncIterable<Uint8Array>,
): Promise<Checked> {
  const { policy, operatorKeys } = trust;
  if (policy === null) throw new UsageError('--policy is missing.');
  const published = slots === undefined ? {} : { slots: await readWhole(slots, stdin) };
  const wanted = epoch === undefined ? {} : { epoch };
  const verdict = await verifyPopulation(
    readBytes(file, stdin),
    { policy, operatorKeys },
    { ...published, ...wanted },
  );
  const { used, unused, numbered } = verdict.counts;
  const more = [
    `${used + unused} slots: ${used} used, each by a log of its own, ${unused} unused`,
    `${numbered} logs with a register number`,
  ];
  return { verdict, more: verdict.verdict === 'broken' ? [] : more };
}

function receiptInWords({ receipt, index }: ReceiptVerdict): string[] {
  if (receipt === null) return [];
  const { id, leaf, iat, anchorBy } = receipt;
  return [
    `acknowledged at ${time(iat)}: entry of id ${id}, leaf ${leaf}, to be anchored by ${time(anchorBy)}`,
    ...(index === null ? [] : [`it is entry ${index} of the log`]),
  ];
}

function exportChecked(verdict: ExportVerdict): Checked & { readonly verdict: ExportVerdict } {
  const { from, size, counts, anchoredSize, findingCounts, findings } = verdict;
  if (size === null || from === null) return { verdict, more: [] };
  const untold = Object.values(findingCounts).reduce((sum, count) => sum + count, 0) - findings.length;
  const { whole, scope, withheldEntries, opened, erased, withheld, lost } = counts;
  const more = [
    `entries ${from} to ${size - 1}: ${whole} whole, ${scope} out of scope, ${withheldEntries} withheld`,
    `fields: ${opened} opened, ${erased} erased, ${withheld} withheld, ${lost} lost`,
    ...(anchoredSize < size ? [anchoredInWords(verdict)] : []),
    ...(untold > 0 ? [`and ${untold} findings of the same kinds`] : []),
  ];
  return { verdict, more };
}

/** What an export that continues another leaves open where nobody said with which epoch that one ended. */
function withFirstHead({ verdict, more }: Checked & { readonly verdict: ExportVerdict }): Checked {
  const { from, heads } = verdict;
  const [first] = heads;
  if (from === null || from === 0 || first === undefined) return { verdict, more };
  const open = `the first head shown is of epoch ${first.epoch}: give --kept-epoch to know whether one before it is left out`;
  return { verdict, more: [...more, open] };
}

function anchoredInWords(verdict: ExportVerdict): string {
  const { anchoredSize, anchoredLevel } = verdict;
  if (anchoredLevel === null || anchoredSize === 0) return 'no entry is anchored';
  const level = `${anchoredLevel}${byWitnesses(anchoredLevel, verdict)}`;
  return `only the first ${anchoredSize} entries are anchored: ${level}`;
}

async function keptCheckpoints(
  files: readonly string[],
  given: GivenTrust,
  stdin: AsyncIterable<Uint8Array>,
): Promise<Checkpoint[]> {
  const notes: string[] = [];
  for (const file of files) notes.push(await readText(file, stdin));
  return keptOf(notes, given);
}

/** What the verifier kept itself is trusted like its keys: a note that does not open is a wrong use. */
async function keptOf(notes: readonly string[], { trust }: GivenTrust): Promise<Checkpoint[]> {
  return Promise.all(notes.map((note) => openKept(note, trust)));
}
