/** What the thread that proves the log is given. */
export interface RoundSetup {
  readonly directory: string;
  /** Of the keys of streams (known-streams.ts). */
  readonly secret: string;
}

/** How far the log goes at least: a round of proof begins. */
export interface ToRounds {
  readonly acknowledged: number;
  /** How long the thread rests after a page, as a multiple of what the page took. */
  readonly rest: number;
}

/** What the thread says. */
export type FromRounds =
  /** A page of events is proven; of each stream in it the key, of eight bytes, and the last revision. */
  | {
      readonly kind: 'events';
      readonly keys: Uint8Array<ArrayBuffer>;
      readonly lasts: Float64Array<ArrayBuffer>;
      readonly position: number;
    }
  | { readonly kind: 'indexes' }
  | { readonly kind: 'proven'; readonly position: number }
  | { readonly kind: 'failed'; readonly failure: string };
