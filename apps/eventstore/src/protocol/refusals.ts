import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

/** An error that ends a call, as the client expects it: a status and, where it has a name, trailers. */
export function refusal(
  code: status,
  details: string,
  exception?: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError {
  const metadata = new Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, headerText(value));
  return Object.assign(new Error(details), { code, details, metadata });
}

export function invalidArgument(details: string): ServiceError {
  return refusal(status.INVALID_ARGUMENT, details);
}

export function unimplemented(details: string): ServiceError {
  return refusal(status.UNIMPLEMENTED, details);
}

export function unavailable(): ServiceError {
  return refusal(status.UNAVAILABLE, 'The event store node is stopping.');
}

/** Header values are ASCII: anything else is percent-encoded. */
function headerText(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value);
}
