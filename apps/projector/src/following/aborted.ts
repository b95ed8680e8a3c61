/** Whether the signal has aborted by now. A function, because the compiler takes what it once saw for settled. */
export const aborted = (signal: AbortSignal): boolean => signal.aborted;
