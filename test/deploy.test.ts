import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { environment, readConfig } from '../src/config.ts'
import { adaptNginx } from '../src/scale.ts'
import { root } from './server.ts'

const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

interface Service {
  image?: string
  build?: { context: string; dockerfile: string }
  command?: string[]
  environment?: Record<string, string>
  secrets?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  stop_grace_period?: string
}
const compose = parse(read('deploy/compose.yaml'), { merge: true }) as { services: Record<string, Service>; volumes: Record<string, null>; secrets: Record<string, { file: string }> }
const services = Object.entries(compose.services)
const ours = services.filter(([, service]) => service.build !== undefined)

/** `nginx -t` on the file as it stands, but for the addresses, which only exist in the set. */
async function testNginx(change: (config: string) => string): Promise<{ status: number | null; said: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-nginx-'))
  try {
    await mkdir(path.join(folder, 'media'))
    const file = path.join(folder, 'nginx.conf')
    await writeFile(file, change(adaptNginx(read('deploy/nginx.conf'), { folder, listen: '127.0.0.1:8000', webs: ['127.0.0.1:8001', '127.0.0.1:8002'] })))
    const { status, stderr } = spawnSync('nginx', ['-t', '-p', folder, '-c', file, '-e', 'stderr'], { encoding: 'utf8', env: { PATH: `${process.env.PATH}:/usr/sbin` } })
    return { status, said: stderr ?? 'nginx is not installed: apt-get install nginx' }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('nginx takes deploy/nginx.conf, and would tell a mistake in it', async () => {
  const { status, said } = await testNginx((config) => config)
  assert.equal(status, 0, said)
  assert.match(said, /syntax is ok/)
  assert.doesNotMatch(said, /\[warn\]/)
  const { status: wrong } = await testNginx((config) => config.replace('least_conn;', 'least_con;'))
  assert.equal(wrong, 1)
})

test('deploy/nginx.conf balances, keeps connections, streams what must stream, and leads to the set’s own web processes', () => {
  const config = read('deploy/nginx.conf')
  for (const wanted of ['least_conn;', 'keepalive 64;', 'proxy_request_buffering off;', 'proxy_buffering off;', 'slice 1m;', 'gzip off;']) assert.ok(config.includes(wanted), wanted)
  const servers = [...config.matchAll(/server (\w+):(\d+) /g)].map(([, name, port]) => `${name}:${port}`)
  const webs = ours.filter(([, service]) => service.command?.includes('web')).map(([name, service]) => `${name}:${service.environment?.PORT}`)
  assert.deepEqual(servers, webs)
  assert.doesNotMatch(adaptNginx(config, { folder: '/tmp/here', listen: '127.0.0.1:9', webs: ['127.0.0.1:1'] }), /web\d:|\/var\/cache|listen 80;/)
})

test('compose.yaml knows only settings that are read, and gives secrets as files', () => {
  for (const [name, service] of ours) {
    for (const key of Object.keys(service.environment ?? {})) assert.ok(key.replace(/_FILE$/, '') in environment.shape, `${name}: ${key}`)
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (key.endsWith('_FILE')) assert.ok(service.secrets?.includes(value.replace('/run/secrets/', '')), `${name}: ${key}`)
      else assert.doesNotMatch(key, /PASSWORD|SECRET|DATABASE_URL|TOKEN/, `${name}: ${key} belongs into a file`)
    }
    const told = Object.fromEntries(Object.entries(service.environment ?? {}).filter(([key]) => !key.endsWith('_FILE')))
    const config = readConfig({ ...told, PUBLIC_URL: 'https://photos.example.com', ARV_ADMIN_EMAIL: 'admin@example.com', DATABASE_URL: 'postgres://arv:x@postgres/arv', ARV_ADMIN_PASSWORD: 'x'.repeat(16) })
    assert.equal(config.production, true)
    assert.ok(Number.parseInt(service.stop_grace_period ?? '0') * 1000 > config.stopGraceMs, `${name} would be cut off while it stops`)
  }
})

test('everything that compose.yaml names is there', () => {
  assert.deepEqual(ours.map(([name]) => name).sort(), ['web1', 'web2', 'worker'])
  for (const [name, service] of services) {
    assert.ok(service.healthcheck !== undefined, `${name} tells nobody whether it is well`)
    assert.ok(service.build !== undefined || /^[\w/.-]+:[\d.]+$/.test(service.image ?? ''), `${name} names no version`)
    for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, `${name}: ${secret}`)
    for (const other of Object.keys(service.depends_on ?? {})) assert.ok(other in compose.services, `${name}: ${other}`)
    for (const volume of service.volumes ?? []) {
      const [from] = volume.split(':')
      assert.ok(from.startsWith('./') ? existsSync(path.join(root, 'deploy', from)) : from in compose.volumes, `${name}: ${volume}`)
    }
  }
  const { script } = { script: compose.services.web1.healthcheck?.test.at(-1) ?? '' }
  execFileSync(process.execPath, ['--input-type=module', '--check', '-'], { input: script })
  assert.match(read('.gitignore'), /^deploy\/secrets\/$/m)
})

test('the Dockerfile copies what is there, runs what is there, and not as root', () => {
  const lines = read('deploy/Dockerfile').replaceAll(/\\\n/g, ' ').split('\n').filter((line) => /^[A-Z]/.test(line)).map((line) => /^(\w+) (.*)$/.exec(line)!)
  const of = (name: string) => lines.filter(([, verb]) => verb === name).map(([, , rest]) => rest)
  assert.match(of('FROM')[0], /^node:24-/)
  const ignored = read('.dockerignore').split('\n')
  for (const copied of of('COPY').flatMap((rest) => rest.split(' ').slice(0, -1))) {
    assert.ok(existsSync(path.join(root, copied)), copied)
    assert.ok(!ignored.includes(copied), `${copied} is ignored`)
  }
  assert.deepEqual(of('USER'), ['node'])
  for (const [, key] of of('ENV').join(' ').matchAll(/([A-Z_]+)=/g)) assert.ok(key in environment.shape, key)
  const command = JSON.parse(of('CMD')[0]) as string[]
  for (const run of [command, ...ours.map(([, service]) => service.command ?? command)]) {
    assert.ok(existsSync(path.join(root, run[1])), run.join(' '))
    assert.match(read(run[1]), new RegExp(`\\b${run[2]}: \\{`), `main.ts has no command ${run[2]}`)
  }
  // What is not copied must not be needed: the scripts that install and start.
  assert.ok(of('RUN').some((rest) => rest.includes('bin/setup')) && of('COPY').some((rest) => rest.startsWith('bin ')))
})
