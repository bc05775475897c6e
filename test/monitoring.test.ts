import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createStudio, upload, waitUntilProcessed } from './factories.ts'
import { startRedis } from './redis.ts'
import { root } from './server.ts'
import { startWorld } from './world.ts'

const run = promisify(execFile)
const folder = path.join(root, 'deploy/prometheus')
const dashboard = JSON.parse(readFileSync(path.join(root, 'deploy/grafana/dashboards/arv.json'), 'utf8')) as {
  panels: { id: number; type: string; title: string; datasource?: { uid: string }; targets?: { expr: string }[] }[]
}
const rules = readFileSync(path.join(folder, 'rules.yml'), 'utf8')
const expressions = dashboard.panels.flatMap((panel) => panel.targets ?? []).map((target) => target.expr)

/** Names of metrics in an expression: what is neither a word of PromQL, nor a label, nor in quotes or brackets. */
function namesIn(expression: string): string[] {
  const bare = expression.replace(/"[^"]*"/g, '').replace(/\{[^}]*\}/g, '').replace(/\[[^\]]*\]/g, '').replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, '')
  return [...bare.matchAll(/\b[a-z][a-z0-9_:]*\b(?!\s*\()/g)].map(([name]) => name).filter((name) => !['and', 'or', 'unless', 'on', 'by'].includes(name) && !/^\d/.test(name))
}

test('promtool takes the configuration and the rules, and each alert fires when it should and not when it should not', async () => {
  await run('promtool', ['check', 'config', '--syntax-only', 'prometheus.yml'], { cwd: folder })
  const { stdout } = await run('promtool', ['check', 'rules', 'rules.yml'], { cwd: folder })
  assert.match(stdout, /SUCCESS: \d+ rules found/)
  await run('promtool', ['test', 'rules', 'rules.test.yml'], { cwd: folder })
  const tested = readFileSync(path.join(folder, 'rules.test.yml'), 'utf8')
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map((match) => match[1])
  assert.ok(alerts.length >= 10)
  assert.deepEqual(alerts.filter((name) => !tested.includes(`alertname="${name}"`)), [], 'these have no test')
})

test('every metric that rules and dashboard use is exported by a running server', async () => {
  const redis = await startRedis()
  const world = await startWorld({ REDIS_URL: redis.url })
  try {
    await waitUntilProcessed(world, (await upload(world, await createStudio(world))).body.id)
    await world.guest('GET', '/api/viewer/ar/none/manifest')
    const { text } = await world.admin('GET', '/metrics')
    const exported = new Set([...text.matchAll(/^([a-z0-9_]+)[{ ]/gm)].map((match) => match[1]))
    const recorded = new Set([...rules.matchAll(/- record: (\S+)/g)].map((match) => match[1]))
    const inRules = [...rules.matchAll(/expr: (?:>-\n((?: {10}.*\n)+)|(.*))/g)].map(([, folded, plain]) => folded ?? plain)
    const used = new Set([...inRules, ...expressions].flatMap(namesIn))
    assert.ok(inRules.length >= 15 && used.size > 30, `${inRules.length} rules, ${used.size} names`)
    // Made by Prometheus itself.
    assert.deepEqual([...used].filter((name) => !exported.has(name) && !recorded.has(name) && name !== 'up'), [])
  } finally {
    await world.stop()
    await redis.stop()
  }
})

test('the dashboard is whole: panels told apart, all from the data source that is provisioned, their expressions right', async () => {
  const ids = dashboard.panels.map((panel) => panel.id)
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(expressions.length > 30)
  const provisioned = /uid: (\S+)/.exec(readFileSync(path.join(root, 'deploy/grafana/provisioning/datasources/prometheus.yml'), 'utf8'))?.[1]
  for (const panel of dashboard.panels.filter((entry) => entry.type !== 'row')) assert.equal(panel.datasource?.uid, provisioned, panel.title)
  // promtool checks expressions only as rules.
  const asRules = expressions.map((expr, index) => `      - record: dashboard:number_${index}\n        expr: ${JSON.stringify(expr.replaceAll('$__rate_interval', '5m'))}`)
  const file = path.join(root, 'test/out', `dashboard-${process.pid}.yml`)
  const { mkdir, rm, writeFile } = await import('node:fs/promises')
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, `groups:\n  - name: dashboard\n    rules:\n${asRules.join('\n')}\n`)
  try {
    await run('promtool', ['check', 'rules', file])
  } finally {
    await rm(file)
  }
})
