import { ViewBehind } from '@candor/read-models';
import type { LogFiles } from '../log/tree/log-files.js';

/** Of views that have seen nothing. */
export class EmptyLogFiles implements LogFiles {
  part(log: string) {
    return Promise.resolve({ log, succession: 0, start: 0, ended: false, givenUp: 0 });
  }
  origins() {
    return Promise.resolve([]);
  }
  extent() {
    return Promise.reject(new ViewBehind('nothing was seen'));
  }
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
  erasers() {
    return Promise.resolve(new Map());
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
