import type { Socket } from 'node:net';
import type { EdgeCode } from '../problem/codes.js';
import { problemDocument } from '../problem/document.js';
import { Problem } from '../problem/problem.js';

const codes: Readonly<Record<string, EdgeCode>> = {
  HPE_HEADER_OVERFLOW: 'request.headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
};

/** Answers what is not HTTP, on the bare socket: no request exists that a route could answer. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const { document, headers } = problemDocument(Problem.of(codes[error.code ?? ''] ?? 'request.malformed'));
  const body = JSON.stringify(document);
  const lines = Object.entries({
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  socket.end(
    `HTTP/1.1 ${document.status} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}
