import { startBare } from './load/bare.ts'
import { atMost, goalsTable, markdownTable, percentile, reportGoals } from './load/goals.ts'
import type { Goal } from './load/goals.ts'
import { measureLoad, sendLoad } from './load/load.ts'
import type { Measured } from './load/load.ts'
import { measureYardstick } from './load/yardstick.ts'
import { startSeeded } from './rows/seeded.ts'
import type { SeededServer } from './rows/seeded.ts'

/** The guide's and the peer's: 9.2 + 1.8 ms for its list page, in multiples of its yardstick. */
const peerPageYardsticks = 610
const searches = ['romanova', 'anna', 'petrov1a', 'morozov', 'elena dub', 'sokolov3', 'quinn', 'clara', 'gromovab', 'olga']

interface Measurements {
  contents: number
  page: Measured
  deep: Measured
  api: Measured
  searchMs: number[]
  pageText: string
}

/** Lists of orders at a thousand and at a million. Writes bench/out/lists.json. */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const seconds = quick ? 2 : 10
  const sizes = quick ? [1000, 10_000] : [1000, 100_000, 1_000_000]
  const yardstick = await measureYardstick({ seconds: quick ? 1 : seconds })
  const all: Measurements[] = []
  for (const contents of sizes) {
    const server = await startSeeded({ contents, visits: 0 })
    try {
      all.push(await measure(server, contents, seconds))
    } finally {
      await server.stop()
    }
  }
  const bare = await startBare({ kind: 'bytes', body: all[0].pageText, headers: { 'content-type': 'text/html; charset=utf-8' } })
  const limit = await sendLoad({ url: bare.url, connections: 32, seconds })
  await bare.stop()
  const [small, large] = [all[0], all.at(-1)!]
  const yards = (measured: Measured) => measured.cpuMs.both / yardstick.cpuMs
  const goals: Goal[] = [
    atMost(60, { name: '4.3-list-cpu', unit: `yardsticks of CPU for the admin list page at ${large.contents} orders`, measured: yards(large.page), peer: peerPageYardsticks }),
    atMost(1.5, { name: '4.3-page-1', unit: `× the CPU at 1,000 orders, page 1 of ${large.contents}`, measured: large.page.cpuMs.both / small.page.cpuMs.both }),
    atMost(1.5, { name: '4.3-page-far', unit: `× the CPU of page 1 at 1,000 orders, at four fifths of ${large.contents}`, measured: large.deep.cpuMs.both / small.page.cpuMs.both }),
    atMost(50, { name: '4.3-search-p95', unit: `ms for a search in ${large.contents} orders, p95`, measured: percentile(large.searchMs, 0.95) }),
    atMost(0, { name: '4.3-list-errors', unit: 'requests that failed', measured: all.reduce((sum, { page, deep, api }) => sum + [page, deep, api].reduce((failed, { errors, refused }) => failed + errors + refused, 0), 0) }),
  ]
  const rows = all.flatMap(({ contents, page, deep, api, searchMs }) => [
    [`admin page 1, ${contents}`, page.rate, page.p50Ms, page.cpuMs.server, page.cpuMs.database, yards(page)],
    [`admin page at four fifths, ${contents}`, deep.rate, deep.p50Ms, deep.cpuMs.server, deep.cpuMs.database, yards(deep)],
    [`API, 20 rows, ${contents}`, api.rate, api.p50Ms, api.cpuMs.server, api.cpuMs.database, yards(api)],
    [`search, ${contents}: median ${percentile(searchMs, 0.5).toFixed(1)} ms, p95 ${percentile(searchMs, 0.95).toFixed(1)} ms`, '', '', '', '', ''],
  ])
  rows.push(['bare `node:http`, the same bytes', limit.rate, limit.p50Ms, '', '', ''])
  const table = `${goalsTable(goals)}\n\n${markdownTable(['what', 'answers/s', 'median ms', 'server CPU ms', 'PostgreSQL CPU ms', 'yardsticks'], rows)}`
  await reportGoals('lists', { quick, goals, table })
}

async function measure(server: SeededServer, contents: number, seconds: number): Promise<Measurements> {
  const headers = { authorization: `Bearer ${server.token}` }
  const far = Math.max(1, Math.floor((contents * 0.8) / 20))
  const load = async (path: string) => {
    const order = { url: server.url + path, headers, connections: 8 }
    // Warm as it is after the first minute of a day: code compiled, statements prepared, what can be cached is.
    await sendLoad({ ...order, seconds: 1 })
    return await measureLoad({ ...order, seconds }, server)
  }
  const page = await load('/admin/content')
  const deep = await load(`/admin/content?page=${far}`)
  const api = await load('/api/ar-content?limit=20')
  const searchMs: number[] = []
  for (let turn = 0; turn < 50; turn++) {
    const started = performance.now()
    const { status } = await server.admin('GET', `/api/ar-content?search=${encodeURIComponent(searches[turn % searches.length])}`)
    if (status !== 200) throw new Error(`a search answered ${status}`)
    if (turn >= searches.length) searchMs.push(performance.now() - started)
  }
  return { contents, page, deep, api, searchMs, pageText: (await server.admin('GET', '/admin/content')).text }
}
