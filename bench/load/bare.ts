import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, statSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import http from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a bare `node:http` server does: the limit case beside which ours is measured. */
export type BareOrder =
  /** Answers `body` with `headers`, whatever is asked. */
  | { kind: 'bytes'; body: string; headers: Record<string, string>; status?: number }
  /** Streams ranges of a file as `fs` gives them. */
  | { kind: 'file'; file: string }
  /** Writes the body of a request to `file` and fsyncs it. */
  | { kind: 'sink'; file: string }

export interface BareServer {
  url: string
  pid: number
  stop(): Promise<void>
}

/** Starts a bare server in a process of its own. */
export async function startBare(order: BareOrder): Promise<BareServer> {
  const child = fork(import.meta.filename, ['serve'])
  child.send(order)
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

function serve(order: BareOrder): void {
  const answers = { bytes: answerBytes, file: answerFile, sink: answerSink }
  const server = http.createServer(answers[order.kind](order as never))
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
}

function answerBytes({ body, headers, status = 200 }: Extract<BareOrder, { kind: 'bytes' }>) {
  const all = { ...headers, 'content-length': Buffer.byteLength(body) }
  return (_request: IncomingMessage, response: ServerResponse) => response.writeHead(status, all).end(body)
}

function answerFile({ file }: Extract<BareOrder, { kind: 'file' }>) {
  const { size } = statSync(file)
  return (request: IncomingMessage, response: ServerResponse) => {
    const [, start, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [null, '0', String(size - 1)]
    response.writeHead(206, { 'content-type': 'video/mp4', 'content-length': Number(end) - Number(start) + 1, 'content-range': `bytes ${start}-${end}/${size}` })
    createReadStream(file, { start: Number(start), end: Number(end) }).pipe(response)
  }
}

function answerSink({ file }: Extract<BareOrder, { kind: 'sink' }>) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const handle = await open(file, 'w')
    for await (const piece of request as AsyncIterable<Buffer>) await handle.write(piece)
    await handle.sync()
    await handle.close()
    await rm(file)
    response.writeHead(201).end()
  }
}

if (process.argv[2] === 'serve' && process.send !== undefined) process.once('message', (order: BareOrder) => serve(order))
