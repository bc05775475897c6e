import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBare } from '../load/bare.ts'
import { atLeast, atMost, median } from '../load/goals.ts'
import type { Goal } from '../load/goals.ts'
import { measureLoad } from '../load/load.ts'
import { readMemory } from '../load/processes.ts'
import type { BenchServer } from '../load/server.ts'
import { shareOf } from './manifest.ts'

const mebibyte = 1024 * 1024
const slowReaders = 1000

/** A video that was stored: 64 MiB of anything, for what its bytes are does not matter here. */
export interface StoredVideo {
  /** Of its address. */
  path: string
  file: string
}

export async function storeVideo(server: Pick<BenchServer, 'dataDir'>): Promise<StoredVideo> {
  const hash = randomBytes(32).toString('hex')
  const folder = path.join(server.dataDir, 'storage/files', hash.slice(0, 2), hash)
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'video.mp4')
  await writeFile(file, randomBytes(64 * mebibyte))
  return { path: `/media/${hash}/video.mp4`, file }
}

export async function measureRanges(server: BenchServer, video: StoredVideo, { seconds, turns }: { seconds: number; turns: number }): Promise<Goal[]> {
  const bare = await startBare({ kind: 'file', file: video.file })
  try {
    const ours = { url: server.url, paths: [video.path], headers: { range: `bytes=${mebibyte}-${2 * mebibyte - 1}` }, connections: 16, seconds }
    await measureLoad({ ...ours, seconds: 1 }, server)
    const found = []
    for (let turn = 0; turn < turns; turn++) found.push({ ours: await measureLoad(ours, server), bare: await measureLoad({ ...ours, url: bare.url }, bare) })
    const rate = median(found.map((turn) => turn.ours.rate))
    const peak = await readSlowly(server, video)
    return [
      atLeast(0.8, { name: '4.2-range-rate', unit: `of bare node:http with fs, ranges of 1 MiB (${Math.round(rate)}/s of ${Math.round(median(found.map((turn) => turn.bare.rate)))}/s; by rate or CPU, whichever is worse)`, measured: median(found.map((turn) => shareOf(turn.ours, turn.bare))), peer: 1 }),
      atMost(0, { name: '4.2-range-errors', unit: 'failed answers', measured: found.reduce((sum, turn) => sum + turn.ours.errors + turn.ours.refused, 0) }),
      atLeast(slowReaders, { name: '4.2-slow-readers-served', unit: 'slow readers that all got bytes', measured: peak.served }),
      atMost(300, { name: '4.2-slow-readers', unit: `MB of the whole server with ${slowReaders} slow readers at once`, measured: peak.bytes / 1e6 }),
    ]
  } finally {
    await bare.stop()
  }
}

/** Asks for the whole video a thousand times and takes a piece of each now and then. Returns the most that the server ever held. */
async function readSlowly(server: BenchServer, video: StoredVideo): Promise<{ bytes: number; served: number }> {
  const port = Number(new URL(server.url).port)
  const received = new Map<net.Socket, number>()
  const sockets = Array.from({ length: slowReaders }, () => {
    const socket = net.connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(16 * 1024), callback: (bytes) => {
      received.set(socket, (received.get(socket) ?? 0) + bytes)
      return false
    } } })
    socket.on('error', () => {})
    socket.write(`GET ${video.path} HTTP/1.1\r\nhost: x\r\n\r\n`)
    return socket
  })
  let bytes = 0
  for (let round = 0; round < 60; round++) {
    await sleep(100)
    for (const socket of sockets) socket.resume()
    bytes = Math.max(bytes, readMemory(server.pid))
  }
  for (const socket of sockets) socket.destroy()
  return { bytes, served: [...received.values()].filter((amount) => amount > 16 * 1024).length }
}
