/**
 * Runs work on items in order of arrival, at most `depth` at once, and yields the answers in that order, each as soon as
 * it and those before are there, whether or not another item has come.
 */
export async function* pipelined<Item, Answer>(
  items: AsyncIterator<Item, void>,
  depth: number,
  work: (item: Item) => Promise<Answer>,
): AsyncGenerator<Answer, void, undefined> {
  const running: Promise<Answer>[] = [];
  let next: Promise<IteratorResult<Item, void>> | undefined = items.next();
  // Looked at when its turn comes; until then a failure has no listener of its own.
  void next.catch(() => undefined);
  for (;;) {
    const [first] = running;
    if (next !== undefined && running.length < depth) {
      const pulled: IteratorResult<Item, void> | 'answer' = await (first === undefined
        ? next
        : Promise.race([next.catch(waitFor(first)), first.then(() => 'answer' as const)]));
      if (pulled !== 'answer') {
        if (pulled.done === true) next = undefined;
        else {
          const answer = work(pulled.value);
          // As above: one that fails before its turn must not end the process.
          answer.catch(() => undefined);
          running.push(answer);
          next = items.next();
          next.catch(() => undefined);
        }
        continue;
      }
    }
    if (first === undefined) return;
    void running.shift();
    yield await first;
  }
}

/** The items' own failure comes after the answers to the items before. */
const waitFor =
  <Answer>(first: Promise<Answer>) =>
  async (): Promise<'answer'> => {
    await first;
    return 'answer';
  };
