import { readBracketed } from './address.js';
import { parseDelivery } from './delivery.js';
import type { TlsSession, Token } from './token.js';

/** Postfix's queue ids: hexadecimal, or the long form over 52 letters and digits without vowels. */
const QUEUE_ID = /^([0-9A-F]{5,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,25}): (.*)$/s;
const TLS =
  /^(Verified|Trusted|Untrusted|Anonymous) TLS connection (?:established|reused) to (\S+): ([\w.-]{1,64}) with cipher ([\w.-]{1,64}) \((\d{1,5})\/\d+ bits\)/;
const AGENTS = new Set(['smtp', 'lmtp', 'local', 'virtual', 'pipe', 'error', 'discard']);
const OTHERS = new Set([
  'smtpd',
  'cleanup',
  'qmgr',
  'oqmgr',
  'pickup',
  'bounce',
  'postsuper',
  'qmqpd',
  'postscreen',
  'verify',
  'flush',
  'master',
  'anvil',
  'scache',
  'tlsmgr',
  'tlsproxy',
  'proxymap',
  'trivial-rewrite',
  'showq',
  'dnsblog',
  'spawn',
  'postfix-script',
  'postlog',
  'postlogd',
  'postdrop',
  'postqueue',
  'postmap',
  'postalias',
  'sendmail',
  'postmulti',
]);
/** What these say about a queue id without deciding anything about its recipients. */
const NOTED: Readonly<Record<string, RegExp>> = {
  smtpd:
    /^(?:client=|reject: |milter-|warn(?:ing)?: |filter: |redirect: |hold: |discard: |bcc: |info: |proxy-|permit: )/,
  cleanup:
    /^(?:resent-message-id=|hold: |milter-hold: |warning: |filter: |redirect: |prepend: |replace: |strip: |bcc: |info: |passed: |milter-)/,
  qmgr: /^(?:skipped, still being delivered|warning: )/,
  oqmgr: /^(?:skipped, still being delivered|warning: )/,
  pickup: /^(?:uid=|warning: )/,
  bounce:
    /^(?:sender|postmaster|recipient) (?:non-delivery|delivery status|delay(?:ed)?|success) notification: |^warning: /,
  postsuper: /^(?:placed on hold|released from hold|expired)$/,
  smtp: /^(?:host |lost connection with |conversation with |enabling PIX |uses |warning: |Server certificate |certificate |breaking line |SASL |TLS |no TLS|Untrusted |address )/,
};

/** Reads the text of one line that `program` logged. The order is Postfix's own: queue id, then the fact. */
export function parseText(program: string, text: string): Token {
  const daemon = program.slice(program.lastIndexOf('/') + 1);
  if (!program.includes('/') || !(AGENTS.has(daemon) || OTHERS.has(daemon))) return { kind: 'foreign' };
  const match = QUEUE_ID.exec(text);
  // Every fact about a delivery names its queue id; what names none tells of connections and processes.
  if (match === null) return parseUnqueued(text);
  const [, queueId = '', fact = ''] = match;
  if (AGENTS.has(daemon)) return parseAgent(daemon, queueId, fact);
  return parseQueueFact(daemon, queueId, fact) ?? noted(daemon, fact);
}

function parseUnqueued(text: string): Token {
  if (text.startsWith('NOQUEUE: '))
    return { kind: /^NOQUEUE: (?:milter-)?reject/.test(text) ? 'refused' : 'noted' };
  if (!/^\w+ TLS connection (?:established|reused) to /.test(text)) return { kind: 'noted' };
  const match = TLS.exec(text);
  if (match === null) return { kind: 'unknown' };
  const [, verification = '', relay = '', version = '', cipher = '', bits] = match;
  return {
    kind: 'tls',
    relay,
    session: {
      version,
      cipher,
      bits: Number(bits),
      verification: verification.toLowerCase() as TlsSession['verification'],
    },
  };
}

function parseAgent(agent: string, queueId: string, fact: string): Token {
  if (fact.startsWith('to=<')) return parseDelivery(agent, queueId, fact) ?? { kind: 'unknown' };
  if (fact.startsWith('Cannot start TLS')) return { kind: 'tls-lost', queueId };
  return noted('smtp', fact);
}

function parseQueueFact(daemon: string, queueId: string, fact: string): Token | undefined {
  if (fact === 'removed') return { kind: 'removed', queueId };
  if (daemon === 'cleanup') return parseCleanup(queueId, fact);
  if (daemon === 'postsuper' && fact === 'requeued') return { kind: 'requeued', queueId };
  if (daemon !== 'qmgr' && daemon !== 'oqmgr') return undefined;
  const sender = readBracketed(fact.startsWith('from=') ? fact.slice(5) : '');
  if (sender === undefined) return undefined;
  const active = /^, size=(\d{1,15}), nrcpt=\d+ \(queue active\)/.exec(sender.rest);
  if (active !== null)
    return { kind: 'active', queueId, sender: sender.value || null, bytes: Number(active[1]) };
  return /^, status=(?:force-)?expired, /.test(sender.rest) ? { kind: 'expired', queueId } : undefined;
}

function parseCleanup(queueId: string, fact: string): Token | undefined {
  if (fact.startsWith('message-id=')) {
    const value = fact.slice('message-id='.length).trim();
    return { kind: 'queued', queueId, messageId: value.replace(/^<(.*)>$/s, '$1').trim() || null };
  }
  // The whole message is refused or thrown away before it was accepted for anybody.
  return /^(?:milter-)?(?:reject|discard): /.test(fact) ? { kind: 'removed', queueId } : undefined;
}

function noted(daemon: string, fact: string): Token {
  return { kind: NOTED[daemon]?.test(fact) === true ? 'noted' : 'unknown' };
}
