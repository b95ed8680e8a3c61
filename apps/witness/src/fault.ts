/** The witness cannot run. The message is one sentence for whoever started it. */
export class WitnessFault extends Error {
  override readonly name = 'WitnessFault';
}
