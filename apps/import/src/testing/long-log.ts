/**
 * A log as long as asked for, made of a real one over and over: every round has queue ids and Message-IDs of its own and
 * lies a little later. It is made while it is read.
 */
export async function* longLog(text: string, lines: number): AsyncGenerator<Uint8Array> {
  const source = text.trimEnd().split('\n');
  let made = 0;
  for (let round = 0; made < lines; round += 1) {
    // Digits occur in both alphabets of queue ids.
    const suffix = String(round).padStart(5, '0');
    const time = new Date(Date.UTC(2026, 0, 1) + round * 120_000).toISOString().slice(11, 19);
    const part = source.slice(0, lines - made).map((line) =>
      line
        .replace(/ \d\d:\d\d:\d\d /, ` ${time} `)
        .replace(/(\]: )((?=[^a-z ]*\d)[0-9A-Za-z]{6,20})(: )/, `$1$2${suffix}$3`)
        .replace(/message-id=</, `message-id=<${suffix}.`),
    );
    made += part.length;
    yield Buffer.from(`${part.join('\n')}\n`);
    await Promise.resolve();
  }
}
