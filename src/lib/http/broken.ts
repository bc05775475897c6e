import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { errorStatuses } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import { errorWords } from '../../words/words.ts'

/** What Node calls what it could not read, and we. */
const codes: Record<string, ErrorCode | undefined> = { HPE_HEADER_OVERFLOW: 'headers_too_large', ERR_HTTP_REQUEST_TIMEOUT: 'request_timed_out' }

/** Answers on the socket itself what was no HTTP, too much of it, or too slow to come; nothing of it is known but that. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
  const code = codes[error.code ?? ''] ?? 'invalid_request'
  const status = errorStatuses[code]
  const requestId = randomUUID()
  const body = JSON.stringify({ error: { code, message: errorWords('en', code, {}), requestId } })
  socket.end([
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'content-type: application/json; charset=utf-8', `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`, 'cache-control: no-store', 'connection: close', '', body,
  ].join('\r\n'), () => socket.destroy())
}
