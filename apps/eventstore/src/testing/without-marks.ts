import type { Marks } from '../store/log-writer.js';

/** For tests of what is written, not of what survives. */
export const withoutMarks: Marks = { write: () => undefined };
