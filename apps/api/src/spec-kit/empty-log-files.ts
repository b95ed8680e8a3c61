import { ViewBehind } from '@candor/read-models';
import type { LogFiles } from '../log/tree/log-files.js';

/** Of views that have seen nothing. */
export class EmptyLogFiles implements LogFiles {
  head() {
    return Promise.reject(new ViewBehind('nothing was seen'));
  }
  headOf() {
    return Promise.resolve(undefined);
  }
  note() {
    return Promise.reject(new ViewBehind('nothing was seen'));
  }
  entries() {
    return Promise.resolve([]);
  }
  frontier() {
    return Promise.resolve([]);
  }
  erasures() {
    return Promise.resolve({ byKey: new Map<string, number>(), unnamed: undefined });
  }
  inclusion() {
    return Promise.resolve([]);
  }
  consistency() {
    return Promise.resolve(undefined);
  }
  state() {
    return Promise.resolve(undefined);
  }
}
