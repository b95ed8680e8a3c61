import type { Committed } from './acknowledgements.js';
import type { Head } from './head.js';

/** What the log says to its writer's thread. */
export type ToWriter =
  | { readonly kind: 'append'; readonly frame: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'close' }
  /** Something else failed: nothing is written any more, and the files are left as they are. */
  | { readonly kind: 'abandon' };

/** What the writer's thread says to the log. Results come in the order of the appends. */
export type FromWriter =
  | ({ readonly kind: 'ready' } & Head)
  | ({ readonly kind: 'committed' } & Committed)
  | { readonly kind: 'failed'; readonly failure: string }
  /** The connection is closed, in order with everything copied back unless somebody's read stood in the way. */
  | { readonly kind: 'closed'; readonly copiedBack: boolean };
