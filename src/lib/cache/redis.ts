import { Redis } from 'ioredis'
import { limits } from '../../limits.ts'
import type { Log } from '../log.ts'
import { createGuard } from '../resilience/guard.ts'
import type { Guard } from '../resilience/guard.ts'

export interface RedisEntry {
  /** Undefined when it is not there, or no longer right. */
  bytes: Buffer | undefined
  /** Redis's time of the look-up, to be handed to `store`. */
  clock: string
}

/** What all instances share. Every call ends soon, and failing is no error: then the value comes from elsewhere. */
export interface RedisLevel {
  find(id: string): Promise<RedisEntry | undefined>
  /** Keeps `bytes`, computed from what was read after `clock`, unless one of its tags was marked since. */
  store(id: string, clock: string, tags: readonly string[], ttlMs: number, bytes: Buffer): Promise<void>
  /** Makes every entry with `tag` invalid, and tells the other instances. `id` tells one announcement from the next: only the first instance to come does it. */
  mark(tag: string, id: string): Promise<void>
  /** From the next use on, nothing counts that was stored before. */
  startAnew(): void
  size(): { connected: boolean; stored: number; failed: number }
  close(): void
}

/**
 * A hash holds when each tag was last marked, and since when anything counts (`floor`). An entry says when its computation
 * began; one that began before a mark of its tags, or before the floor, is not given out. Times are Redis's own, in microseconds, and
 * checked in the same script that reads or writes, so no order of events lets an old value in. When the hash is evicted, all is invalid.
 */
const scripts = {
  clock: `
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local last = tonumber(redis.call('HGET', KEYS[1], 'last') or 0)
    -- Later than every mark so far; and at least as early as every mark to come.
    local clock = math.max(now, last + 1)
    local function text(number) return string.format('%.0f', number) end
    local function invalid(began, tags)
      local floor = redis.call('HGET', KEYS[1], 'floor')
      if not floor or tonumber(floor) >= began then return true end
      for _, tag in ipairs(tags) do
        local marked = redis.call('HGET', KEYS[1], 't:' .. tag)
        if marked and tonumber(marked) >= began then return true end
      end
      return false
    end
    local function start_anew(at)
      redis.call('DEL', KEYS[1])
      redis.call('HSET', KEYS[1], 'floor', text(at), 'last', text(at))
    end`,
  find: `
    if last == 0 then start_anew(clock - 1) end
    local entry = redis.call('HMGET', KEYS[2], 'began', 'tags', 'bytes')
    if not entry[1] then return {text(clock)} end
    if invalid(tonumber(entry[1]), cjson.decode(entry[2])) then
      redis.call('DEL', KEYS[2])
      return {text(clock)}
    end
    return {text(clock), entry[3]}`,
  store: `
    if invalid(tonumber(ARGV[1]), cjson.decode(ARGV[2])) then return 0 end
    redis.call('HSET', KEYS[2], 'began', ARGV[1], 'tags', ARGV[2], 'bytes', ARGV[4])
    return redis.call('PEXPIRE', KEYS[2], ARGV[3])`,
  mark: `
    if not redis.call('SET', KEYS[2], 1, 'NX', 'PX', 10000) then return 0 end
    clock = math.max(now, last) + 1
    if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[2]) then start_anew(clock) end
    redis.call('HSET', KEYS[1], 't:' .. ARGV[1], text(clock), 'last', text(clock))
    return redis.call('PUBLISH', KEYS[3], ARGV[1])`,
  startAnew: '\nstart_anew(math.max(now, last) + 1)',
}

export interface RedisOptions {
  url: string
  /** Keeps apart what must not meet: other databases, other versions of our code. */
  space: string
  log: Log
  onTag: (tag: string) => void
  /** Is given the guard that stands before every command. */
  watchGuard?: ((guard: Guard) => void) | undefined
}

export function createRedisLevel(options: RedisOptions): RedisLevel {
  const { space } = options
  // A command that failed is not made again: by then the value has come from elsewhere.
  const guard = createGuard({ name: 'redis', timeoutMs: limits.redisTimeoutMs, retry: false, breaker: { onChange: (state) => state === 'open' && leaveAlone() } })
  options.watchGuard?.(guard)
  const redis = connect(options.url)
  const subscriber = redis.duplicate({ commandTimeout: undefined, enableOfflineQueue: true, maxRetriesPerRequest: null })
  const [state, channel] = [`${space}:tags`, `${space}:changes`]
  let mustStartAnew = true
  const outage = createOutageNote(options.log)
  // At a start the first calls come before the connection: no failure yet.
  let isStarting = true
  let stored = 0
  let failed = 0

  redis.on('ready', () => {
    // It may have come back with older data, or another one in its place: marks may be missing.
    mustStartAnew = true
    isStarting = false
    guard.probe()
  })
  redis.on('error', (error: unknown) => {
    isStarting = false
    outage.begin(error)
  })
  subscriber.on('error', () => {})
  subscriber.on('message', (_channel, tag) => options.onTag(tag))
  subscriber.subscribe(channel).catch(() => {})

  /** A connection that hangs may be dead without knowing; a new one, once Redis greets it, is a sign of life. */
  function leaveAlone(): void {
    outage.begin(new Error('Redis failed too often'))
    if (redis.status === 'ready') redis.disconnect(true)
  }

  /** Commands run in the order of these calls: what begins anew or is marked here is so for every later look-up. */
  async function run(script: Exclude<keyof typeof scripts, 'clock'>, keys: string[], ...values: (string | number | Buffer)[]): Promise<unknown> {
    if (isStarting) throw new Error('Redis is not connected yet')
    if (mustStartAnew && script !== 'startAnew') {
      mustStartAnew = false
      run('startAnew', []).catch(() => (mustStartAnew = true))
    }
    const reply = await guard.run(async () => {
      if (redis.status !== 'ready') throw new Error('Redis is away')
      return await redis.callBuffer('EVAL', scripts.clock + scripts[script], keys.length + 1, state, ...keys, ...values)
    }).catch((error: unknown) => {
      failed++
      throw error
    })
    outage.end()
    return reply
  }

  return {
    find: async (id) => {
      try {
        const [clock, bytes] = (await run('find', [`${space}:${id}`])) as [Buffer, Buffer | undefined]
        return { bytes, clock: clock.toString() }
      } catch {
        return undefined
      }
    },
    store: async (id, clock, tags, ttlMs, bytes) => {
      if ((await run('store', [`${space}:${id}`], clock, JSON.stringify(tags), ttlMs, bytes).catch(() => 0)) === 1) stored++
    },
    mark: async (tag, id) => {
      // A mark that did not arrive is made up for by distrusting everything at the next use.
      await run('mark', [`${space}:marked:${id}:${tag}`, channel], tag, limits.cacheTagsRememberedMax).catch(() => (mustStartAnew = true))
    },
    startAnew: () => {
      mustStartAnew = true
    },
    size: () => ({ connected: redis.status === 'ready' && guard.stats().state !== 'open', stored, failed }),
    close: () => {
      redis.disconnect()
      subscriber.disconnect()
    },
  }
}

/** A command fails rather than waits: for a connection, for another try. How long for an answer is the guard's to say, except in greetings. */
function connect(url: string): Redis {
  return new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: limits.redisConnectTimeoutMs,
    connectTimeout: limits.redisConnectTimeoutMs,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, limits.redisReconnectMaxMs),
  })
}

/** Says once that it is away, and once that it is back. */
function createOutageNote(log: Log) {
  let isDown = false
  return {
    begin: (error: unknown): void => {
      if (!isDown) log.warn({ err: error }, 'Redis does not answer: the cache goes on without it')
      isDown = true
    },
    end: (): void => {
      if (isDown) log.info('Redis answers again')
      isDown = false
    },
  }
}
