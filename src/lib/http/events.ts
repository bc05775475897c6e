import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'

export interface EventStream {
  send(event: string, data: unknown): void
  end(): void
  /** Called once, when the reader goes away or the stream ends. */
  onClose(close: () => void): void
}

let openStreams = 0

/** Turns the answer into server-sent events. Errors: `overloaded` when too many are open. */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): EventStream {
  if (openStreams >= limits.eventStreamsMax) throw new AppError('overloaded', { details: { seconds: 30 } })
  openStreams++
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  raw.write('retry: 2000\n\n')
  const closers: (() => void)[] = []
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), limits.eventStreamKeepAliveMs)
  raw.once('close', () => {
    openStreams--
    clearInterval(keepAlive)
    for (const close of closers) close()
  })
  request.raw.once('error', () => raw.destroy())
  const stream: EventStream = {
    send: (event, data) => {
      if (!raw.writableEnded) raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    end: () => raw.end(),
    onClose: (close) => {
      if (raw.closed) close()
      else closers.push(close)
    },
  }
  const { eventStreams } = request.server
  eventStreams.add(stream)
  closers.push(() => eventStreams.delete(stream))
  return stream
}
