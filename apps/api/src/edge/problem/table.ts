import { rejectionCodes, type RejectionKind } from '@candor/domain';
import { edgeCodes, type ProblemKind } from './codes.js';

/** What each kind of domain rejection is over HTTP. */
const kinds: Readonly<Record<RejectionKind, ProblemKind>> = {
  conflict: { status: 409, title: 'The request does not fit the present state.' },
  'not-found': { status: 404, title: 'What the request names does not exist.' },
  invalid: { status: 422, title: 'The request is well-formed but cannot be carried out.' },
  forbidden: { status: 403, title: 'The rules of the domain forbid this.' },
  gone: { status: 410, title: 'What the request names has ended.' },
  limit: { status: 422, title: 'A limit of the domain is reached.' },
};

/**
 * The one table from code to HTTP status: the codes of the edge, and those of the domain by their kind.
 * docs/problems.md is generated from it.
 */
export const problemTable: ReadonlyMap<string, ProblemKind> = new Map([
  ...Object.entries(rejectionCodes).map(([code, kind]) => [code, kinds[kind]] as const),
  ...Object.entries(edgeCodes),
]);

const unknownCode: ProblemKind = edgeCodes['internal.fault'];

/** Status and title of a code. A code outside of the table is a fault of ours: 500. */
export const problemKind = (code: string): ProblemKind => problemTable.get(code) ?? unknownCode;
