import { atLeast, atMost, median } from '../load/goals.ts'
import type { Goal } from '../load/goals.ts'
import { startBare } from '../load/bare.ts'
import { measureLoad } from '../load/load.ts'
import type { Measured } from '../load/load.ts'
import type { BenchServer } from '../load/server.ts'
import { inPeerYardsticks } from '../load/yardstick.ts'
import type { Yardstick } from '../load/yardstick.ts'
import type { Contents } from './contents.ts'

/** Robots are no visitors, so what they ask is not recorded: the answer alone. */
const unrecorded = { 'user-agent': 'bench-bot' }
const recorded = { 'user-agent': 'ARV/1 (Android 16; Mobile)' }

export async function measureManifest(server: BenchServer, contents: Contents, yardstick: Yardstick, { seconds, turns }: { seconds: number; turns: number }): Promise<Goal[]> {
  const path = `/api/viewer/ar/${contents.first.unique_id}/manifest`
  const cold = await measureLoad({ url: server.url, paths: contents.uniqueIds.map((id) => `/api/viewer/ar/${id}/manifest`), headers: recorded, connections: 32, amount: contents.uniqueIds.length }, server)
  const answer = await server.guest('GET', path, undefined, { ...unrecorded, 'accept-encoding': 'identity' })
  const bare = await startBare({ kind: 'bytes', body: answer.text, headers: copyHeaders(answer.headers) })
  try {
    const ours = { url: server.url, paths: [path], headers: unrecorded, connections: 32, seconds }
    const peer = { ...ours, url: bare.url }
    await measureLoad({ ...ours, seconds: 2 }, server)
    await measureLoad({ ...peer, seconds: 2 }, bare)
    const shares: number[] = []
    const rates: { ours: Measured[]; bare: Measured[] } = { ours: [], bare: [] }
    for (let turn = 0; turn < turns; turn++) {
      rates.ours.push(await measureLoad(ours, server))
      rates.bare.push(await measureLoad(peer, bare))
      shares.push(shareOf(rates.ours[turn], rates.bare[turn]))
    }
    const crowd: Measured[] = []
    for (let turn = 0; turn < turns; turn++) crowd.push(await measureLoad({ ...ours, connections: 1024 }, server))
    const withVisits: Measured[] = []
    for (let turn = 0; turn < turns; turn++) withVisits.push(await measureLoad({ ...ours, headers: recorded }, server))
    const rate = median(rates.ours.map((found) => found.rate))
    const failed = [...rates.ours, ...crowd, ...withVisits, cold].reduce((sum, found) => sum + found.errors + found.refused, 0)
    const peerCpu = inPeerYardsticks(5.8 + 1.4)
    return [
      atLeast(0.8, { name: '4.1-rate', unit: `of bare node:http sending the same bytes (${Math.round(rate)}/s of ${Math.round(median(rates.bare.map((found) => found.rate)))}/s; by rate or CPU, whichever is worse)`, measured: median(shares), peer: 1 }),
      atMost(10, { name: '4.1-cpu', unit: 'yardsticks per answer with its visit recorded; beside the other system', measured: median(withVisits.map(({ cpuMs }) => cpuMs.both)) / yardstick.cpuMs, peer: peerCpu }),
      atMost(40, { name: '4.1-cold', unit: 'yardsticks per answer, each id once; beside the other system', measured: cold.cpuMs.both / yardstick.cpuMs, peer: peerCpu }),
      atLeast(0.8, { name: '4.1-connections-rate', unit: 'of the rate on 32 connections, on 1,024', measured: median(crowd.map((found) => found.rate)) / rate }),
      atMost(0, { name: '4.1-connections-errors', unit: `failed answers of ${crowd.reduce((sum, found) => sum + found.answers, 0)} on 1,024 connections`, measured: crowd.reduce((sum, found) => sum + found.errors + found.refused, 0) }),
      atMost(0, { name: '4.1-errors', unit: 'failed answers in all turns', measured: failed }),
    ]
  } finally {
    await bare.stop()
  }
}

/**
 * Our part of the bare server's speed. The generator may be slower than both, and then the rates are alike whatever we do: so the part
 * that our CPU per answer allows counts when it is worse.
 */
export function shareOf(ours: Measured, bare: Measured): number {
  return Math.min(ours.rate / bare.rate, bare.cpuMs.server / ours.cpuMs.server)
}

/** What we add to an answer, without what `node:http` sets itself. */
function copyHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'].includes(name)))
}
