import { readFileSync } from 'node:fs';
import { type KeyClass, keyClasses, RETENTION_BOUNDS, retentionTerms } from '@candor/domain';
import { z } from 'zod';

const { least, most } = RETENTION_BOUNDS;

/** `delivery=90,reading=180`: classes and days, of those that are named. */
const inWords = z
  .string()
  .default('')
  .transform((text, context): Partial<Record<KeyClass, number>> => {
    const terms: Partial<Record<KeyClass, number>> = {};
    for (const part of text.split(',').filter((one) => one.trim() !== '')) {
      const [name = '', value = ''] = part.split('=').map((one) => one.trim());
      const known = keyClasses.find((one) => one === name);
      const count = /^\d{1,6}$/.test(value) ? Number(value) : NaN;
      if (known === undefined || !(count >= least && count <= most)) {
        context.addIssue(`must be classes and days, ${least} to ${most}: delivery=90,reading=180`);
        return z.NEVER;
      }
      terms[known] = count;
    }
    return terms;
  });

const term = z.strictObject({
  days: z.number().int().min(least).max(most),
  citation: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[^\p{Cc}]*$/u),
});
const terms = z.partialRecord(z.enum(keyClasses), term);

/** A file of classes with their days and what these follow from, of those that are named. */
const inFile = z
  .string()
  .optional()
  .transform((path, context): z.infer<typeof terms> => {
    if (path === undefined) return {};
    try {
      return terms.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      context.addIssue(
        `must be a file of classes, each with days, ${least} to ${most}, and a citation: {"delivery":{"days":90,"citation":"…"}}`,
      );
      return z.NEVER;
    }
  });

/** The environment's part of it. What the file says of a class counts. */
export const retentionEnvironment = {
  CANDOR_RETENTION_DAYS: inWords,
  CANDOR_RETENTION_FILE: inFile,
} as const;

type Setting = z.infer<z.ZodObject<typeof retentionEnvironment>>;

/** How long the keys of a class live after their period has ended, here. */
export interface SetTerm {
  readonly days: number;
  /** What it follows from; null where it was changed without a word. */
  readonly citation: string | null;
  /** It is not the term that the class has by itself. */
  readonly changed: boolean;
}

export function termsOf(setting: Setting): Readonly<Record<KeyClass, SetTerm>> {
  const found = keyClasses.map((one): readonly [KeyClass, SetTerm] => {
    const standard = retentionTerms[one];
    const written = setting.CANDOR_RETENTION_FILE[one];
    if (written !== undefined) return [one, { ...written, changed: true }];
    const days = setting.CANDOR_RETENTION_DAYS[one] ?? standard.days;
    const changed = days !== standard.days;
    return [one, { days, changed, citation: changed ? null : standard.citation }];
  });
  return Object.fromEntries(found) as Record<KeyClass, SetTerm>;
}

export function daysOf(setting: Setting): Readonly<Record<KeyClass, number>> {
  const days = Object.entries(termsOf(setting)).map(([one, term]) => [one, term.days]);
  return Object.fromEntries(days) as Record<KeyClass, number>;
}
