import { Session } from 'node:inspector/promises'
import type { Profiler as InspectorProfiler } from 'node:inspector'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import v8 from 'node:v8'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'

export type CpuProfile = InspectorProfiler.Profile

export interface Profiler {
  /** Watches what this process computes for `seconds`, or until `signal` aborts. Errors: `profiling_busy`. */
  profileCpu(seconds: number, signal: AbortSignal): Promise<CpuProfile>
  /**
   * Everything in this process's memory; it stands still while the picture is taken. Errors: `profiling_busy`,
   * `heap_too_large`.
   */
  snapshotHeap(): Readable
}

/** Microseconds between two looks: enough for a flame graph, about 1 % of a core. */
const intervalMicroseconds = 1000

/** One profile at a time: two would measure each other. */
export function createProfiler(): Profiler {
  let isBusy = false
  const begin = () => {
    if (isBusy) throw new AppError('profiling_busy')
    isBusy = true
  }
  return {
    profileCpu: async (seconds, signal) => {
      begin()
      const session = new Session()
      try {
        session.connect()
        await session.post('Profiler.enable')
        await session.post('Profiler.setSamplingInterval', { interval: intervalMicroseconds })
        await session.post('Profiler.start')
        await sleep(seconds * 1000, undefined, { signal }).catch(() => {})
        const { profile } = await session.post('Profiler.stop')
        return profile
      } finally {
        session.disconnect()
        isBusy = false
      }
    },
    snapshotHeap: () => {
      const { heapUsed } = process.memoryUsage()
      // It takes about as much memory again, and seconds in which nobody is answered.
      if (heapUsed > limits.heapSnapshotHeapBytesMax) {
        throw new AppError('heap_too_large', { details: { megabytes: Math.round(heapUsed / 2 ** 20), limit: limits.heapSnapshotHeapBytesMax / 2 ** 20 } })
      }
      begin()
      try {
        const snapshot = v8.getHeapSnapshot()
        snapshot.once('close', () => (isBusy = false))
        return snapshot
      } catch (error) {
        isBusy = false
        throw error
      }
    },
  }
}
