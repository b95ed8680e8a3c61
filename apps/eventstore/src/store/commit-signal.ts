type Wake = () => void;

/** Tells whoever follows the log, or one stream of it, that there is something new to read. */
export class CommitSignal {
  readonly #ofAll = new Set<Wake>();
  readonly #ofStream = new Map<string, Set<Wake>>();

  /** Calls `wake` after each commit that may concern `stream` (undefined: any), until the result is called. */
  follow(stream: string | undefined, wake: Wake): () => void {
    if (stream === undefined) {
      this.#ofAll.add(wake);
      return () => this.#ofAll.delete(wake);
    }
    const followers = this.#ofStream.get(stream) ?? new Set();
    this.#ofStream.set(stream, followers.add(wake));
    return () => {
      followers.delete(wake);
      if (followers.size === 0 && this.#ofStream.get(stream) === followers) this.#ofStream.delete(stream);
    };
  }

  announce(streams: Iterable<string>): void {
    for (const wake of this.#ofAll) wake();
    if (this.#ofStream.size === 0) return;
    for (const stream of new Set(streams)) for (const wake of this.#ofStream.get(stream) ?? []) wake();
  }
}
