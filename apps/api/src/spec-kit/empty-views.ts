import type { Views } from '../views/views.js';

/** Views of an empty database: for specs of everything that comes before and after them. */
export class EmptyViews implements Views {
  auditLog() {
    return Promise.resolve({ rows: [], next: null, size: 0 });
  }
  entry() {
    return Promise.resolve({ row: undefined, size: 0 });
  }
  history() {
    return Promise.resolve({ rows: [], next: null, size: 0 });
  }
  grants() {
    return Promise.resolve({ grants: [], next: null, size: 0 });
  }
  deliveries() {
    return Promise.resolve({ deliveries: [], next: null, size: 0 });
  }
  tenants() {
    return Promise.resolve({ tenants: [], next: null, size: 0 });
  }
  tenant() {
    return Promise.resolve({ found: undefined, members: [], size: 0 });
  }
  size() {
    return Promise.resolve(0);
  }
  erasureFacts(): ReturnType<Views['erasureFacts']> {
    return Promise.resolve([]);
  }
  async sizedErasureFacts(...asked: Parameters<Views['erasureFacts']>) {
    return { facts: await (this as Views).erasureFacts(...asked), size: 0 };
  }
  holdsOf(): ReturnType<Views['holdsOf']> {
    return Promise.resolve({ holds: [], more: false });
  }
  sinkFeed(): ReturnType<Views['sinkFeed']> {
    return Promise.resolve({ told: false, orders: [], size: 0 });
  }
  toldSinks(): ReturnType<Views['toldSinks']> {
    return Promise.resolve([]);
  }
  countSinks() {
    return Promise.resolve(0);
  }
  countNaming() {
    return Promise.resolve(0);
  }
  exportsGiving(): ReturnType<Views['exportsGiving']> {
    return Promise.resolve({ count: 0, more: false, newest: [] });
  }
  readersOf(): ReturnType<Views['readersOf']> {
    return Promise.resolve({ readers: [], more: false });
  }
  naming() {
    return Promise.resolve([]);
  }
  indexes(): ReturnType<Views['indexes']> {
    return Promise.resolve(new Map());
  }
  level(): ReturnType<Views['level']> {
    return Promise.resolve();
  }
  ready(): ReturnType<Views['ready']> {
    return Promise.resolve();
  }
}
