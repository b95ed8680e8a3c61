/** How long an append may wait for its commit, whatever its deadline: the default of a real node. */
export const WRITE_TIMEOUT_MS = 2_000;
