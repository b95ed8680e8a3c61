/** A stored record that is not an entry of formats v1, or not the one it is filed as. Its content is never repeated here. */
export class CorruptEntry extends Error {
  override readonly name = 'CorruptEntry';
  constructor(
    readonly stream: string,
    readonly id: string,
    /** What was expected, or the finding code of the bytes. */
    readonly finding: string,
    options?: ErrorOptions,
  ) {
    super(`event ${id} in ${stream}: ${finding}`, options);
  }
}

/** Written by a newer build: this one must stop reading rather than guess. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema';
  constructor(
    readonly type: string,
    readonly schema: number,
    readonly known: number,
  ) {
    super(`${type} has schema ${schema}; this build knows up to ${known}`);
  }
}

/** A type the catalogue does not have, where it is needed to go on. */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  constructor(readonly type: string) {
    super(`${type} is not in the catalogue`);
  }
}
