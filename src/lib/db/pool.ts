import { setTimeout as sleep } from 'node:timers/promises'
import type postgres from 'postgres'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'

/** One connection, which one caller has at a time. */
export interface Connection {
  client: postgres.Sql
  /** When it was given back. */
  idleSince: number
  /** It closed while somebody had it: whatever was begun on it is gone, so nothing more may run there. */
  broken: boolean
  leased: boolean
}

export interface PoolSizes {
  /** Kept for the next burst while they are idle, and above them those that a burst may open. */
  kept: number
  max: number
  /** Instead of `limits.databaseWaitMs`. */
  waitMs?: number | undefined
}

export interface PoolStats {
  max: number
  open: number
  idle: number
  waiting: number
  /** Callers that were told to come back because none became free in time. */
  refused: number
  /** Connections that were found dead before anybody got them. */
  replaced: number
}

export interface Pool {
  /** Errors: `overloaded` when none becomes free in `limits.databaseWaitMs`, or too many wait already. */
  acquire(): Promise<Connection>
  release(connection: Connection): void
  stats(): PoolStats
  end(): Promise<void>
}

interface Waiter {
  take: (connection: Connection | undefined) => void
}

/** `open` makes a client of one connection; its last argument is called when that connection closes. */
export function createPool(sizes: PoolSizes, open: (onClose: () => void) => postgres.Sql): Pool {
  const idle: Connection[] = []
  const waiters: Waiter[] = []
  const all = new Set<Connection>()
  let [refused, replaced] = [0, 0]
  const wait = async () => await waitForTurn(waiters, sizes.waitMs ?? limits.databaseWaitMs, () => refused++)
  const sweeper = setInterval(sweep, limits.databaseSweepMs)
  sweeper.unref()

  async function acquire(): Promise<Connection> {
    for (;;) {
      const connection = idle.pop() ?? (all.size < sizes.max ? add() : await wait())
      if (connection === undefined) continue
      connection.leased = true
      if (performance.now() - connection.idleSince < limits.databaseTrustMs || (await isAlive(connection))) return connection
      replaced++
      remove(connection)
    }
  }

  function release(connection: Connection): void {
    connection.leased = false
    connection.idleSince = performance.now()
    if (connection.broken) return remove(connection)
    const next = waiters.shift()
    if (next === undefined) idle.push(connection)
    else next.take(connection)
  }

  function add(): Connection {
    const connection: Connection = { client: undefined as never, idleSince: performance.now(), broken: false, leased: true }
    connection.client = open(() => {
      connection.broken = true
      if (!connection.leased) remove(connection)
    })
    all.add(connection)
    return connection
  }

  function remove(connection: Connection): void {
    const place = idle.indexOf(connection)
    if (place >= 0) idle.splice(place, 1)
    if (!all.delete(connection)) return
    connection.client.end({ timeout: 0 }).catch(() => { /* it is gone already */ })
    waiters.shift()?.take(undefined)
  }

  function sweep(): void {
    const now = performance.now()
    for (const connection of [...idle]) {
      const idleMs = now - connection.idleSince
      if (idleMs > limits.databaseIdleMs || (all.size > sizes.kept && idleMs > limits.databaseOverflowIdleMs)) remove(connection)
    }
  }

  return {
    acquire,
    release,
    stats: () => ({ max: sizes.max, open: all.size, idle: idle.length, waiting: waiters.length, refused, replaced }),
    end: async () => {
      clearInterval(sweeper)
      await Promise.all([...all].map((connection) => connection.client.end({ timeout: 5 })))
    },
  }
}

/** Undefined: one was removed, so there is room for a new one. Errors: `overloaded`. */
async function waitForTurn(waiters: Waiter[], waitMs: number, onRefuse: () => void): Promise<Connection | undefined> {
  const refuse = () => {
    onRefuse()
    return new AppError('overloaded', { details: { seconds: 5 } })
  }
  if (waiters.length >= limits.databaseWaitersMax) throw refuse()
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiters.splice(waiters.indexOf(waiter), 1)
      reject(refuse())
    }, waitMs)
    const waiter: Waiter = {
      take: (connection) => {
        clearTimeout(timer)
        resolve(connection)
      },
    }
    waiters.push(waiter)
  })
}

/** Whether a connection that lay idle for long still answers: a firewall may have forgotten it without a word. */
async function isAlive(connection: Connection): Promise<boolean> {
  if (connection.broken) return false
  const late = new AbortController()
  const answer = connection.client.unsafe('select 1').then(() => true, () => false)
  const alive = await Promise.race([answer, sleep(limits.databasePingMs, false, { signal: late.signal }).catch(() => false)])
  late.abort()
  return alive
}
