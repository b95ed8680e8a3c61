import { rejectionCodes, type RejectionKind } from '@candor/domain';
import { edgeCodes, type ProblemKind } from './codes.js';

const statuses: Readonly<Record<RejectionKind, number>> = {
  conflict: 409,
  'not-found': 404,
  invalid: 422,
  limit: 422,
};

/**
 * The one table from code to HTTP status: the codes of the edge, and those of the domain by their kind.
 * docs/problems.md is generated from it.
 */
export const problemTable: ReadonlyMap<string, ProblemKind> = new Map<string, ProblemKind>([
  ...Object.entries(rejectionCodes).map(
    ([code, { kind, means }]) => [code, { status: statuses[kind], title: means }] as const,
  ),
  ...Object.entries(edgeCodes),
]);

const unknownCode: ProblemKind = edgeCodes['internal.fault'];

/** Status and title of a code. A code outside of the table is a fault of ours: 500. */
export const problemKind = (code: string): ProblemKind => problemTable.get(code) ?? unknownCode;
