/** Why bytes were refused. Public and stable: never renamed, never reused. */
export type FindingCode =
  | 'jcs.utf8'
  | 'jcs.syntax'
  | 'jcs.type'
  | 'jcs.name'
  | 'jcs.number'
  | 'jcs.text'
  | 'jcs.nesting'
  | 'jcs.not-canonical'
  | 'entry.too-large'
  | 'entry.shape'
  | 'entry.commitment'
  | 'encoding.malformed'
  | 'uuid.malformed'
  | 'address.malformed'
  | 'name.malformed'
  | 'origin.malformed'
  | 'length.wrong'
  | 'number.range'
  | 'seal.broken'
  | 'seal.empty'
  | 'wrap.broken'
  | 'proof.range'
  | 'proof.length'
  | 'proof.root'
  | 'proof.old-root'
  | 'vkey.malformed'
  | 'vkey.type'
  | 'vkey.id'
  | 'note.malformed'
  | 'note.too-large'
  | 'note.keys'
  | 'note.signature'
  | 'note.unsigned'
  | 'checkpoint.malformed'
  | 'checkpoint.empty-root'
  | 'checkpoint.origin'
  | 'tile.path'
  | 'tile.length'
  | 'proof-file.malformed'
  | 'epoch.malformed'
  | 'policy.malformed'
  | 'policy.name'
  | 'policy.member'
  | 'policy.threshold'
  | 'policy.key'
  | 'policy.duplicate-key'
  | 'policy.quorum'
  | 'policy.split'
  | 'witness.malformed'
  | 'witness.unavailable'
  | 'witness.refused'
  | 'witness.ahead';

/**
 * Bytes or values that formats v1 does not allow. The message says what was expected; it never repeats what was
 * found, because that may be personal or secret.
 */
export class FormatFault extends Error {
  override readonly name = 'FormatFault';
  constructor(
    readonly code: FindingCode,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}
