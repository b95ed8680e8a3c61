import { ViewBehind } from '@candor/read-models';
import type { Anchoring } from '../log/tree/anchoring.js';

/** Of an anchor log that has no epoch. */
export class EmptyAnchoring implements Anchoring {
  name() {
    return Promise.reject(new ViewBehind('nothing was seen'));
  }
  published() {
    return Promise.resolve(undefined);
  }
  publishedBefore() {
    return Promise.resolve(undefined);
  }
  of() {
    return Promise.resolve(undefined);
  }
  firstEpoch() {
    return Promise.resolve(undefined);
  }
  texts() {
    return Promise.resolve([]);
  }
  heads() {
    return Promise.resolve([]);
  }
}
