/** Where records go. A write that gives a promise asks to wait for it before the next. */
export interface RecordSink {
  /** Takes one encoded record, without its line feed. */
  readonly write: (line: string) => Promise<void> | undefined;
  /** Settles when everything written has arrived. */
  readonly finish: () => Promise<void>;
}
