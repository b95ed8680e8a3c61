/** What an rpc answers in place of a message: a gRPC status. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(details);
  }
}

export const invalid = (text: string): StatusError => new StatusError(3, text);
export const notFound = (text: string): StatusError => new StatusError(5, text);
export const precondition = (text: string): StatusError => new StatusError(9, text);
