/** One measured figure beside its reference in the same run. Absolute times differ between machines; ratios travel. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` is compared with, measured in the same run; null where the goal is absolute. */
  readonly reference: { readonly what: string; readonly value: number } | null;
  /** `ratio` must be at least this (or at most, where smaller is better). */
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly aim?: number;
  readonly note?: string;
}

/** Prints a figure as one JSON line. */
export function print(figure: Figure): void {
  const measured = figure.reference === null ? figure.value : figure.value / figure.reference.value;
  const met =
    figure.atLeast !== undefined
      ? measured >= figure.atLeast
      : figure.atMost !== undefined
        ? measured <= figure.atMost
        : null;
  const { reference, ...rest } = figure;
  process.stdout.write(
    `${JSON.stringify({
      ...rest,
      value: round(figure.value),
      ...(reference === null
        ? {}
        : { reference: reference.what, referenceValue: round(reference.value), ratio: round(measured) }),
      met,
    })}\n`,
  );
}

const round = (value: number): number => Number(value.toPrecision(4));

/** The value that a share of the samples does not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** Runs `count` tasks with at most `inFlight` at once; answers seconds taken and each task's milliseconds. */
export async function pipelined(
  count: number,
  inFlight: number,
  task: (n: number) => Promise<unknown>,
): Promise<{ readonly seconds: number; readonly each: readonly number[] }> {
  const each: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const from = performance.now();
      await task(n);
      each.push(performance.now() - from);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { seconds: (performance.now() - from) / 1000, each };
}
