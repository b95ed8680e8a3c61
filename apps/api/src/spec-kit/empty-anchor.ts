import type { AnchorFiles } from '../anchor/anchor-files.js';

/** An anchor log of which nothing is published. */
export class EmptyAnchor implements AnchorFiles {
  published = () => Promise.resolve(undefined);
  hashes = () => Promise.resolve(Buffer.alloc(0));
  entries = () => Promise.resolve(Buffer.alloc(0));
  slots = () => Promise.resolve(undefined);
  noteOf = () => Promise.resolve(undefined);
}
