import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import type { Database } from '../db/db.ts'
import type { Log } from '../log.ts'

/** PostgreSQL's channel; the triggers of the migration `cache` announce on it what a transaction changed, when it commits. */
const channelName = 'arv_cache'

export interface Announcement {
  tag: string
  /** The same at every instance, and told apart from every other announcement. */
  id: string
  /** Somebody asked for it: what never changes goes too. */
  isFlush: boolean
}

/**
 * Hears of every change, whoever made it, and knows how recent its knowledge is: an echo of our own on the same channel
 * proves that all announced before it has been heard. So a connection that died unnoticed, a slow server and a process that
 * stood still all end the same way, in not trusting what is kept, and never in a guess.
 */
export interface Channel {
  /** Whether all that was announced `leaseMs` ago and before has been heard. Costs nothing; looks ahead in the background. */
  isFresh(): boolean
  /** Waits for an echo, but `waitMs` at most, and not at all while the last one failed to come. */
  freshen(): Promise<boolean>
  /** Resolves when all that was committed before the call has been heard: true; or after a while in vain: false. */
  settle(): Promise<boolean>
  announce(tags: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface ChannelOptions {
  database: Database
  log: Log
  leaseMs?: number | undefined
  waitMs?: number | undefined
  onChange: (announcement: Announcement) => void
  /** Announcements may have been missed. */
  onReset: () => void
}

export async function openChannel(options: ChannelOptions): Promise<Channel> {
  const { database, log, leaseMs = limits.cacheLeaseMs, waitMs = limits.cacheLeaseWaitMs } = options
  const instance = randomUUID()
  let connections = 0
  let freshFrom = -Infinity
  let isLate = false
  let awaited: { payload: string; resolve: (heard: boolean) => void } | undefined
  let asking: Promise<boolean> | undefined
  let freshening: Promise<boolean> | undefined

  const onMessage = (payload: string) => {
    // Put off by one turn: a new connection's `onReset` then comes before the first echo on it counts.
    if (payload === awaited?.payload) setImmediate(awaited.resolve, true)
    else if (!payload.startsWith('?')) options.onChange(readAnnouncement(payload))
  }
  const listening = await database.listen(channelName, onMessage, () => {
    connections++
    freshFrom = -Infinity
    options.onReset()
  })

  async function ask(): Promise<boolean> {
    const payload = `?${randomUUID()}`
    const [askedAt, askedOn] = [performance.now(), connections]
    const { promise, resolve } = Promise.withResolvers<boolean>()
    awaited = { payload, resolve }
    const timer = setTimeout(resolve, limits.cacheEchoTimeoutMs, false)
    database.notify(channelName, [payload]).catch((error: unknown) => {
      log.debug({ err: error }, 'the cache could not ask for an echo')
      resolve(false)
    })
    const heard = (await promise) && askedOn === connections
    clearTimeout(timer)
    if (heard) freshFrom = askedAt
    if (isLate !== !heard) log[heard ? 'info' : 'warn'](heard ? 'the cache hears of changes again' : 'the cache does not hear of changes: it asks the database each time')
    isLate = !heard
    return heard
  }
  const echo = () => (asking ??= ask().finally(() => (asking = undefined)))
  const isFresh = () => {
    const ageMs = performance.now() - freshFrom
    if (ageMs > leaseMs / 2 && ageMs < leaseMs) void echo()
    return ageMs < leaseMs
  }
  const waitForEcho = async () => {
    const echoed = echo()
    if (isLate) return false
    // After the time a turn more: when we stood still ourselves, the echo lies in the socket, unread.
    await Promise.race([echoed, sleep(waitMs).then(() => nextTurn()).then(() => nextTurn())])
    return isFresh()
  }
  return {
    isFresh,
    freshen: () => (freshening ??= waitForEcho().finally(() => (freshening = undefined))),
    settle: async () => {
      await asking
      return await echo()
    },
    announce: async (tags) => {
      await database.notify(channelName, tags.map((tag) => `!${tag} ${instance}:${randomUUID()}`))
    },
    close: async () => {
      await listening.unlisten()
      awaited?.resolve(false)
      await asking
    },
  }
}

/** `tag id`, with `!` before it for a flush. */
function readAnnouncement(payload: string): Announcement {
  const isFlush = payload.startsWith('!')
  const end = payload.lastIndexOf(' ')
  return { tag: payload.slice(isFlush ? 1 : 0, end), id: payload.slice(end + 1), isFlush }
}
