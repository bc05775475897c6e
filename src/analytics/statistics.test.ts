import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createPerson } from '../../test/factories.ts'
import { createOrders } from '../../test/orders.ts'
import type { MadeOrder } from '../../test/orders.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { sql } from '../lib/db/db.ts'
import type { StatisticsView } from './schema.ts'

let world: World
let own: MadeOrder[]
let other: MadeOrder[]

before(async () => {
  world = await startWorld()
  own = await createOrders(world, { count: 5 })
  other = await createOrders(world, { count: 2 })
  // A year with its two changes of the clocks, densest in March 2026.
  await sql`
    insert into visits (id, ar_content_id, company_id, project_id, source, started_at, camera, lock_count, time_to_lock_ms, video_played, watched_ms, button_clicks, device_type, os, browser)
    select gen_random_uuid(), c.id, c.company_id, c.project_id, 'web', moment, case i % 4 when 0 then 'refused' when 1 then null else 'granted' end, i % 3,
      case when i % 3 > 0 then i * 17 % 12000 end, i % 5 > 1, i * 13 % 9000, i % 2, (array['phone', 'tablet', 'desktop'])[1 + i % 3], 'iOS', 'Safari'
    from generate_series(1, 4000) i
    cross join lateral (select id, company_id, project_id from ar_content order by id offset i % 7 limit 1) c
    cross join lateral (select case when i % 2 = 0 then timestamptz '2026-03-01Z' + i * interval '11 minutes 7 seconds' else timestamptz '2025-10-01Z' + i * interval '73 minutes' end as moment) t`.execute(world.running.app.db)
  await world.running.app.visits.settle()
})
after(async () => await world.stop())

const ask = async (path: string) => (await world.admin<StatisticsView>('GET', `/api/analytics/${path}`)).body

/** Counted one by one, each visit's day told by the runtime's own clock tables. */
async function countSlowly(zone: string, from: string, to: string, only: number[] | null) {
  const { rows } = await sql<{ startedAt: Date; arContentId: number; videoPlayed: boolean; camera: string | null }>`select started_at, ar_content_id, video_played, camera from visits`.execute(world.running.app.db)
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const days = new Map<string, number>()
  let [opened, played, granted] = [0, 0, 0]
  for (const row of rows.filter(({ arContentId }) => only === null || only.includes(arContentId))) {
    const day = format.format(row.startedAt)
    if (day < from || day > to) continue
    days.set(day, (days.get(day) ?? 0) + 1)
    opened++
    if (row.videoPlayed) played++
    if (row.camera === 'granted') granted++
  }
  return { opened, played, granted, days }
}

test('every scope and period in every time zone is what counting one by one gives, day by day', async () => {
  const subjects: [string, number[] | null][] = [['platform', null], [`companies/${own[0].companyId}`, own.map(({ id }) => id)], [`projects/${other[0].projectId}`, other.map(({ id }) => id)], [`content/${own[1].id}`, [own[1].id]]]
  for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham', 'Pacific/Kiritimati']) {
    for (const [from, to] of [['2026-03-10', '2026-03-10'], ['2026-03-08', '2026-03-31'], ['2025-10-20', '2025-11-05'], ['2025-09-01', '2026-04-15']]) {
      for (const [path, only] of subjects) {
        const [view, truth] = [await ask(`${path}?from=${from}&to=${to}&time_zone=${zone}`), await countSlowly(zone, from, to, only)]
        const where = `${path} ${zone} ${from} ${to}`
        assert.deepEqual([view.totals.opened, view.funnel.played, view.funnel.camera_granted], [truth.opened, truth.played, truth.granted], where)
        assert.equal(view.series.reduce((sum, step) => sum + step.opened, 0), truth.opened, where)
        if (view.step === 'day') for (const step of view.series) assert.equal(step.opened, truth.days.get(step.begins.slice(0, 10)) ?? 0, `${where} ${step.begins}`)
      }
    }
  }
})

test('parts add up to the whole, the most seen are those with most visits, hours are the reader’s', async () => {
  const view = await ask('platform?from=2026-03-02&to=2026-03-29&time_zone=Asia/Tokyo')
  for (const parts of [view.devices, view.systems, view.browsers, view.camera]) assert.equal(Object.values(parts).reduce((sum, part) => sum + part, 0), view.totals.opened)
  assert.equal(view.hours.flat().reduce((sum, opened) => sum + opened, 0), view.totals.opened)
  const counts = await Promise.all([...own, ...other].map(async ({ id }) => [id, (await countSlowly('Asia/Tokyo', '2026-03-02', '2026-03-29', [id])).opened]))
  assert.deepEqual(view.top.map(({ id, opened }) => [id, opened]).sort(), counts.sort())
  assert.deepEqual(view.top.map(({ opened }) => opened), view.top.map(({ opened }) => opened).sort((a, b) => b - a))
})

test('a new visit shows as soon as it is folded, although answers are cached', async () => {
  const today = new Date().toISOString().slice(0, 10)
  const path = `content/${other[1].id}?from=${today}&to=${today}`
  assert.equal((await ask(path)).totals.opened, 0)
  const visit = { visit_id: randomUUID(), unique_id: other[1].uniqueId, video_id: null, started_at: new Date().toISOString(), camera: 'granted', time_to_lock_ms: 1500, lock_count: 1, duration_ms: 1, watched_ms: 5000, video_played: true, watched_without_camera: false, button_clicks: 2 }
  await world.guest('POST', '/api/viewer/visits', visit, { 'user-agent': 'Mozilla/5.0 (iPhone) Safari' })
  await world.running.app.visits.settle()
  await world.running.app.cache.settle()
  const { totals } = await ask(path)
  assert.deepEqual([totals.opened, totals.clicks, totals.seconds_to_lock, totals.watched_seconds], [1, 2, 1.5, 5])
})

test('CSV has a line for each step, and what is wrong is told', async () => {
  const { headers, text } = await world.admin('GET', '/api/analytics/platform?from=2026-03-01&to=2026-03-31&format=csv')
  assert.match(headers.get('content-type') ?? '', /^text\/csv/)
  const lines = text.trim().split('\r\n')
  assert.equal(lines.length, 32)
  assert.match(lines[0], /^begins,opened,/)
  for (const query of ['from=2026-03-02&to=2026-03-01', 'from=1990-01-01', 'time_zone=Mars/Olympus', 'from=2026-02-30', 'format=xml']) assert.equal((await world.admin('GET', `/api/analytics/platform?${query}`)).status, 400, query)
  assert.equal((await world.guest('GET', '/api/analytics/platform')).status, 401)
  for (const path of ['companies/999', 'projects/999', 'content/999']) assert.equal((await world.admin('GET', `/api/analytics/${path}`)).status, 404)
})

test('a company’s people see its statistics and nobody else’s', async () => {
  const { call } = await createPerson(world, { role: 'viewer', companyId: own[0].companyId })
  assert.equal((await call('GET', `/api/analytics/companies/${own[0].companyId}`)).status, 200)
  assert.equal((await call('GET', `/api/analytics/content/${own[0].id}`)).status, 200)
  assert.equal((await call('GET', '/api/analytics/platform')).status, 403)
  for (const path of [`companies/${other[0].companyId}`, `projects/${other[0].projectId}`, `content/${other[0].id}`]) assert.equal((await call('GET', `/api/analytics/${path}`)).status, 404, path)
  assert.equal((await call('GET', '/admin/statistics')).status, 200)
  assert.equal((await call('GET', `/admin/statistics?of=company-${other[0].companyId}`)).status, 404)
})

test('the page draws every chart with words for it, says so when there is nothing, and bears a mistyped address', async () => {
  const { status, text } = await world.admin('GET', '/admin/statistics?period=own&from=2026-03-01&to=2026-03-31&time_zone=Europe/Berlin')
  assert.equal(status, 200)
  assert.equal([...text.matchAll(/<svg class="chart"[^>]*aria-label="[^"]{20,}"/g)].length, 3)
  assert.doesNotMatch(text, /\sstyle=|<script>|NaN|undefined/)
  assert.match((await world.admin('GET', '/admin/statistics?period=own&from=2031-01-01&to=2031-01-02&lang=ru')).text, /визитов не было/)
  assert.equal((await world.admin('GET', '/admin/statistics?of=nonsense&period=x&from=y&time_zone=z')).status, 200)
})
