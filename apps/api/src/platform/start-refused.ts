/** The process must not serve. The message is the one sentence an operator needs. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
