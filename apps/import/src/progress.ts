const EVERY_MS = 200;

/** What a progress line tells. */
export interface Progress {
  readonly lines: number;
  readonly records: number;
  /** Bytes of the files read so far, as stored. */
  readonly bytes: number;
}

/** The operator's terminal: one line that is written over and over, or nothing at all where nobody looks. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

export interface ProgressLine {
  readonly show: (progress: Progress) => void;
  /** Writes a lasting line above. */
  readonly say: (text: string) => void;
  readonly clear: () => void;
}

/** @param totalBytes of all files, or undefined when one is a stream */
export function progressLine(
  terminal: Terminal,
  totalBytes: number | undefined,
  now: () => number = Date.now,
): ProgressLine {
  const live = terminal.isTTY === true;
  let shownAt = 0;
  const clear = (): void => {
    if (live && shownAt > 0) terminal.write('\r\u001b[K');
  };
  return {
    clear,
    say: (text) => {
      clear();
      terminal.write(`${text}\n`);
    },
    show: ({ lines, records, bytes }) => {
      if (!live || now() - shownAt < EVERY_MS) return;
      shownAt = now();
      const share =
        totalBytes === undefined || totalBytes === 0 ? '' : `${Math.floor((100 * bytes) / totalBytes)} %  `;
      terminal.write(
        `\r\u001b[K${share}${lines.toLocaleString('en')} lines  ${records.toLocaleString('en')} records`,
      );
    },
  };
}
