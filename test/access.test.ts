import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Access } from '../src/lib/http/server.ts'
import { createServer } from '../src/lib/http/server.ts'
import { createLog } from '../src/lib/log.ts'
import { accessTable } from './access.table.ts'
import type { AccessRow } from './access.table.ts'
import { createAsker, personal, things } from './access.things.ts'
import type { Owner } from './access.things.ts'
import { createStudio } from './factories.ts'
import { startWorld } from './world.ts'
import type { World } from './world.ts'

const askers = ['guest', 'viewer', 'editor', 'manager', 'admin'] as const
type Asker = (typeof askers)[number]

/** What the words of the table mean, told here once more: the code that decides must not be asked about itself. */
const who: Record<Access, readonly Asker[]> = {
  guest: askers,
  'signed-in': ['viewer', 'editor', 'manager', 'admin'],
  person: ['viewer', 'editor', 'manager', 'admin'],
  viewer: ['viewer', 'editor', 'manager', 'admin'],
  editor: ['editor', 'manager', 'admin'],
  manager: ['manager', 'admin'],
  admin: ['admin'],
}

let world: World
let own: { companyId: number; projectId: number }
let other: { companyId: number; projectId: number }
before(async () => {
  world = await startWorld()
  own = await createStudio(world, 'Own')
  other = await createStudio(world, 'Other')
})
after(async () => await world.stop())

test('the table has a line for every route, and only for routes', () => {
  const told = accessTable.map(({ route }) => route).sort()
  const registered = world.running.routes.map(({ method, url }) => `${method} ${url}`).sort()
  assert.deepEqual(told, registered, 'add the route’s line to test/access.table.ts')
})

test('every route says what its line says', () => {
  const told = Object.fromEntries(accessTable.map(({ route, who }) => [route, who]))
  for (const { method, url, access } of world.running.routes) assert.equal(access, told[`${method} ${url}`], `${method} ${url}`)
})

test('a route that does not say who may use it stops the start', async () => {
  const server = await createServer({ log: createLog({ level: 'silent', pretty: false }), telemetry: world.running.app.telemetry, trustProxy: undefined })
  assert.throws(() => server.get('/open', () => ({})), /does not say who may use it/)
  await server.close()
})

for (const asker of askers) {
  test(`every route as ${asker}, with things of the own company and of another`, async () => {
    const wrong: string[] = []
    for (const row of accessTable) {
      for (const whose of ['own', 'other'] as const) {
        if (whose === 'other' && !namesThings(row)) continue
        const expected = expect(row, asker, whose)
        const { status, text } = await ask(row, asker, whose)
        if (!expected.includes(status) && !(expected.includes('success') && status < 400)) {
          wrong.push(`${row.route} of the ${whose} company: ${status} instead of ${expected.join(' or ')}; ${text.slice(0, 160)}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
  })
}

type Expected = readonly (number | 'success')[]

function expect(row: AccessRow, asker: Asker, whose: 'own' | 'other'): Expected {
  const allowed: Expected = row.answers === undefined ? ['success'] : [row.answers].flat()
  if (row.who === 'guest') return allowed
  if (asker === 'guest') return isPage(row) ? [303] : [401]
  if (!who[row.who].includes(asker)) return [403]
  if (whose === 'own') return allowed
  return asker === 'admin' && !namesPersonal(row) ? allowed : [row.other ?? 404]
}

/** A stranger who opens a page is sent to sign in. */
function isPage(row: AccessRow): boolean {
  return /^GET \/admin(\/|$)/.test(row.route)
}

/** Its ids, as far as the answer depends on whose they are. */
function namesThings(row: AccessRow): boolean {
  return row.who !== 'guest' && (/\$/.test(JSON.stringify(row.ids)) || /\$(?!password|uuid|email)/.test(`${row.body?.toString() ?? ''} ${JSON.stringify(row.form ?? {})} ${row.query ?? ''}`))
}

function namesPersonal(row: AccessRow): boolean {
  return [...Object.values(row.ids), ...Object.values(row.form ?? {})].some((name) => personal.has(name.slice(1)))
}

async function ask(row: AccessRow, asker: Asker, whose: 'own' | 'other') {
  const caller = asker === 'guest' ? undefined : await createAsker(world, asker, own.companyId)
  const studio = whose === 'own' ? own : other
  const person = whose === 'own' && caller !== undefined ? caller : await createAsker(world, 'viewer', studio.companyId)
  const owner: Owner = { ...studio, person }
  const [method, path] = row.route.split(' ')
  const call = caller?.call ?? world.guest
  const address = `${await fillIn(path.replace(/:(\w+)/g, (_, name: string) => row.ids[name] ?? ''), owner)}${row.query === undefined ? '' : `?${await fillIn(row.query, owner)}`}`
  if (row.form !== undefined) {
    const form = new URLSearchParams(await fillIn(new URLSearchParams(row.form).toString().replaceAll('%24', '$'), owner))
    return await call(method, address, form.toString(), { 'content-type': 'application/x-www-form-urlencoded' })
  }
  const body = await row.body?.()
  if (body instanceof FormData) {
    for (const [name, value] of [...body]) if (typeof value === 'string') body.set(name, await fillIn(value, owner))
    return await call(method, address, body)
  }
  return await call(method, address, body === undefined ? undefined : JSON.parse(await fillIn(JSON.stringify(body), owner)))
}

/** Puts the things in. A JSON value that is nothing but a number's `$name` becomes that number. */
async function fillIn(text: string, owner: Owner): Promise<string> {
  let filled = text
  for (const [match, quote, name] of [...text.matchAll(/("?)\$([a-zA-Z]+)\1/g)]) {
    const make = things[name]
    assert.ok(make !== undefined, `test/access.things.ts does not know ${match}`)
    const value = await make(world, owner)
    filled = filled.replace(match, quote === '' ? String(value) : JSON.stringify(value))
  }
  return filled
}
