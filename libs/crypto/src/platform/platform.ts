/** How bytes are written as text. */
export type ByteEncoding = 'base64' | 'base64url' | 'hex';

/** A hash of bytes that come in pieces. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Ends it: 32 bytes. */
  digest(): Uint8Array;
}
