import { readFileSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import { PerformanceObserver, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import v8 from 'node:v8'

/** What the process has used since its start, and what it holds now. */
export interface ProcessReading {
  cpuSeconds: number
  residentBytes: number
  heapUsedBytes: number
  heapBytesMax: number
  externalBytes: number
  /** Milliseconds in which the event loop did something, and in which it waited. */
  activeMs: number
  idleMs: number
  gcSeconds: number
  diskReadBytes: number
  diskWrittenBytes: number
  receivedBytes: number
  sentBytes: number
}

export interface ProcessMeter {
  read(): ProcessReading
  /** How late timers were at worst for 99 % of the time since the last call, and at all, in milliseconds. */
  takeLoopDelay(): { p99Ms: number; maxMs: number }
  /** Counts what goes over the connections of `server`. */
  watchConnections(server: HttpServer): void
  close(): void
}

const delayResolutionMs = 20

export function createProcessMeter(): ProcessMeter {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs })
  delay.enable()
  const garbage = watchGarbage()
  const traffic = createTraffic()
  return {
    read: () => {
      const { user, system } = process.cpuUsage()
      const memory = process.memoryUsage()
      const loop = performance.eventLoopUtilization()
      return {
        cpuSeconds: (user + system) / 1e6,
        residentBytes: memory.rss,
        heapUsedBytes: memory.heapUsed,
        heapBytesMax: v8.getHeapStatistics().heap_size_limit,
        externalBytes: memory.external + memory.arrayBuffers,
        activeMs: loop.active,
        idleMs: loop.idle,
        gcSeconds: garbage.seconds,
        ...readDisk(),
        ...traffic.read(),
      }
    },
    takeLoopDelay: () => {
      // What the meter itself waits for is no delay; and it begins with a count of none.
      const late = (ns: number) => (delay.count === 0 ? 0 : Math.max(0, ns / 1e6 - delayResolutionMs))
      const taken = { p99Ms: late(delay.percentile(99)), maxMs: late(delay.max) }
      delay.reset()
      return taken
    },
    watchConnections: traffic.watch,
    close: () => {
      delay.disable()
      garbage.stop()
    },
  }
}

function watchGarbage() {
  const garbage = { seconds: 0, stop: () => observer.disconnect() }
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) garbage.seconds += duration / 1000
  })
  observer.observe({ entryTypes: ['gc'] })
  return garbage
}

/** Linux tells bytes; elsewhere blocks of 512 bytes are known. */
function readDisk(): { diskReadBytes: number; diskWrittenBytes: number } {
  try {
    const text = readFileSync('/proc/self/io', 'latin1')
    const read = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
    return { diskReadBytes: read('read_bytes'), diskWrittenBytes: read('write_bytes') }
  } catch {
    const { fsRead, fsWrite } = process.resourceUsage()
    return { diskReadBytes: fsRead * 512, diskWrittenBytes: fsWrite * 512 }
  }
}

/** Costs something per connection and per reading, nothing per request. */
function createTraffic() {
  const open = new Set<Socket>()
  let [received, sent] = [0, 0]
  return {
    watch: (server: HttpServer): void => {
      server.on('connection', (socket: Socket) => {
        open.add(socket)
        socket.once('close', () => {
          open.delete(socket)
          received += socket.bytesRead
          sent += socket.bytesWritten
        })
      })
    },
    read: () => {
      let [receivedBytes, sentBytes] = [received, sent]
      for (const socket of open) {
        receivedBytes += socket.bytesRead
        sentBytes += socket.bytesWritten
      }
      return { receivedBytes, sentBytes }
    },
  }
}
