/** Tokens of what the app is given: interfaces, which leave no trace at run time. */
export const LOG = Symbol('EventLog');
export const VAULT = Symbol('LogVault');
export const CLOCK = Symbol('Clock');
export const VIEWS = Symbol('Views');
export const LOG_FILES = Symbol('LogFiles');
export const ANCHORING = Symbol('Anchoring');
export const OWN_WITNESSES = Symbol('OwnWitnesses');
export const PUBLIC_KEYS = Symbol('PublicKeys');
export const RECEIPT_TERMS = Symbol('ReceiptTerms');
export const ANCHOR_FILES = Symbol('AnchorFiles');
export const REQUESTS = Symbol('RequestMemory');
export const LOGGER = Symbol('Logger');

/** The time, in milliseconds since 1970. */
export type Clock = () => number;
export const OPERATOR = Symbol('OperatorName');
