import type { FastifyInstance, RouteOptions } from 'fastify';

/** Which methods a path answers, so that a wrong method is told from a wrong path. */
export class RouteMethods {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** MUST be called before the first route is added. */
  observe(instance: FastifyInstance): void {
    instance.addHook('onRoute', (route) => {
      this.add(route);
    });
  }

  /** Sorted, without repetition; empty when nothing is at this path. */
  readonly allowed = (path: string): readonly string[] =>
    [
      ...new Set(this.routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)),
    ].sort();

  private add(route: Pick<RouteOptions, 'url' | 'method'>): void {
    if (route.url.includes('*')) return;
    const source = route.url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^A-Za-z0-9_-]/g, '\\$&')))
      .join('/');
    this.routes.push({ pattern: new RegExp(`^${source}$`), methods: [route.method].flat() });
  }
}
