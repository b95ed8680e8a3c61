import { Injectable, type Type as Class } from '@nestjs/common';
import { Problem } from '../problem/problem.js';
import { readBody, RequestPipe } from './request.pipe.js';

/**
 * Reads and checks a body that has one of several forms, each a DTO: its `type` says which. Answers plain data, what is
 * missing being what the DTO has in its place.
 */
@Injectable()
export class FormPipe<T extends object> extends RequestPipe {
  readonly #forms: ReadonlyMap<unknown, Class<T>>;

  constructor(forms: Readonly<Record<string, Class<T>>>) {
    super();
    this.#forms = new Map(Object.entries(forms));
  }

  override async transform(body: unknown): Promise<T> {
    const given = readBody(body);
    const form = this.#forms.get(given['type']);
    if (form === undefined) {
      // What a body of another form may hold helps nobody.
      const message = `must be one of ${[...this.#forms.keys()].join(', ')}`;
      throw Problem.fields('request.invalid', [{ path: 'type', message }]);
    }
    return structuredClone((await this.check(given, { type: 'body', metatype: form })) as T);
  }
}
