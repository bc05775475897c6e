import { killWhileRecording } from '../test/kills.ts'
import { atLeast, atMost, goalsTable, markdownTable, reportGoals } from './load/goals.ts'
import type { Goal } from './load/goals.ts'
import { measureLoad, sendLoad } from './load/load.ts'
import type { Measured } from './load/load.ts'
import { measureYardstick } from './load/yardstick.ts'
import { measureRecording } from './rows/recording.ts'
import { startSeeded } from './rows/seeded.ts'
import type { SeededServer } from './rows/seeded.ts'

/** The peer's 7 + 43 ms in multiples of its yardstick. */
const peerYardsticks = 2800

interface Asked {
  visits: number
  warm: Measured
  /** Another period in every request: nothing of the answer is cached. */
  cold: Measured
}

/** Statistics at fifty thousand and ten million visits, and how fast visits are recorded. Writes bench/out/analytics.json. */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const seconds = quick ? 2 : 10
  const yardstick = await measureYardstick({ seconds: quick ? 1 : seconds })
  const all: Asked[] = []
  for (const visits of quick ? [2000, 20_000] : [50_000, 10_000_000]) {
    const server = await startSeeded({ contents: 1000, visits })
    try {
      all.push(await askStatistics(server, visits, seconds))
    } finally {
      await server.stop()
    }
  }
  const recording = await measureRecording(seconds)
  const kills = await killWhileRecording({ kills: quick ? 1 : 5, connections: 128, milliseconds: 2000 })
  const [small, large] = [all[0], all[1]]
  const yards = (measured: Measured) => measured.cpuMs.both / yardstick.cpuMs
  const goals: Goal[] = [
    atMost(2, { name: '4.4-growth', unit: `× the CPU at ${small.visits} visits, at ${large.visits}, uncached`, measured: large.cold.cpuMs.both / small.cold.cpuMs.both }),
    atMost(55, { name: '4.4-cpu', unit: `yardsticks of CPU for the statistics API at ${large.visits} visits`, measured: yards(large.warm), peer: peerYardsticks }),
    atLeast(5000, { name: '4.5-rate', unit: 'visits per second, each acknowledged after its commit', measured: recording.rate, peer: recording.bareRate }),
    atMost(0, { name: '4.5-unrecorded', unit: `visits of ${recording.acknowledged} acknowledged that are not in the table or not in the statistics`, measured: recording.missing }),
    atMost(0, { name: '4.5-lost', unit: `visits of ${kills.acknowledged} acknowledged that ${kills.kills} kill -9 lost`, measured: kills.lost }),
    atMost(0, { name: '4.5-differences', unit: 'rows of the rollups wrong after the kills', measured: kills.differences }),
  ]
  const row = (what: string, { rate, p50Ms, cpuMs, ...rest }: Measured) => [what, rate, p50Ms, cpuMs.server, cpuMs.database, yards({ rate, p50Ms, cpuMs, ...rest })]
  const table = `${goalsTable(goals)}\n\n${markdownTable(['what', 'answers/s', 'median ms', 'server CPU ms', 'PostgreSQL CPU ms', 'yardsticks'], [
    ...all.flatMap(({ visits, warm, cold }) => [row(`statistics, ${visits} visits`, warm), row(`statistics, ${visits} visits, another period each time`, cold)]),
    row('recording one visit', recording.measured),
  ])}`
  await reportGoals('analytics', { quick, goals, table })
}

async function askStatistics(server: SeededServer, visits: number, seconds: number): Promise<Asked> {
  const headers = { authorization: `Bearer ${server.token}` }
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  // Thirty days each, in zones whose days begin elsewhere than the rollups'.
  const zones = ['Europe/Moscow', 'Europe/Berlin', 'Asia/Tokyo', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney', 'Asia/Dubai', 'America/Sao_Paulo', 'Asia/Omsk', 'Asia/Almaty']
  const paths = Array.from({ length: 50 }, (_, ago) => zones.map((zone) => `/api/analytics/platform?from=${day(ago + 30)}&to=${day(ago + 1)}&time_zone=${zone}`)).flat()
  const cold = await measureLoad({ url: server.url, paths, headers, connections: 4, amount: paths.length }, server)
  const order = { url: server.url, paths: paths.slice(0, 1), headers, connections: 8 }
  await sendLoad({ ...order, seconds: 1 })
  const warm = await measureLoad({ ...order, seconds }, server)
  for (const { errors, refused } of [cold, warm]) if (errors + refused > 0) throw new Error(`${errors} broke, ${refused} were refused`)
  return { visits, warm, cold }
}
