/** What the log says to its writer's thread. */
export type ToWriter =
  { readonly kind: 'append'; readonly frame: Uint8Array<ArrayBuffer> } | { readonly kind: 'close' };

/** What the writer's thread says to the log. Results come in the order of the appends. */
export type FromWriter =
  | { readonly kind: 'ready'; readonly lastPosition: number }
  | {
      readonly kind: 'committed';
      readonly results: Float64Array<ArrayBuffer>;
      readonly lastPosition: number;
    }
  | { readonly kind: 'failed'; readonly failure: string }
  /** Everything is copied back, and the connection closed. */
  | { readonly kind: 'closed' };
