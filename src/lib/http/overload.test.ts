import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { limits } from '../../limits.ts'
import { createLog } from '../log.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { answerErrors } from './answer.ts'
import { createServer } from './server.ts'
import type { Server } from './server.ts'

let server: Server
let telemetry: Telemetry
before(async () => {
  const log = createLog({ level: 'silent', pretty: false })
  telemetry = createTelemetry({ log })
  server = await createServer({ log, telemetry, trustProxy: '10.0.0.0/8' })
  answerErrors(server, { url: () => '' } as never, telemetry)
  server.get('/work', { config: { access: 'guest' } }, () => ({ done: true }))
  server.get('/alive', { config: { access: 'guest', always: true } }, () => ({ alive: true }))
  server.post('/change', { config: { access: 'guest', rate: 'sign-in' } }, () => ({ done: true }))
  server.post('/visit', { config: { access: 'guest' } }, (request) => ({ ip: request.ip }))
})
after(async () => {
  await server.close()
  telemetry.close()
})

async function ask(url: string, method: 'GET' | 'POST' = 'GET', headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') {
  return await server.inject({ method, url, headers, remoteAddress })
}

test('with more requests than can be answered in time, new ones are told to come back; monitors are not', async () => {
  assert.equal((await ask('/work')).statusCode, 200)
  for (let count = 0; count < limits.requestsInFlightMax; count++) server.load.begin()
  const refused = await ask('/work')
  assert.deepEqual([refused.statusCode, refused.headers['retry-after']], [503, String(limits.overloadRetrySeconds)])
  assert.equal(refused.json<{ error: { code: string } }>().error.code, 'overloaded')
  assert.equal((await ask('/alive')).statusCode, 200)
  for (let count = 0; count < limits.requestsInFlightMax; count++) server.load.end()
  assert.equal((await ask('/work')).statusCode, 200)
})

test('an event loop that stays late refuses new work until it is in time again', async () => {
  const end = performance.now() + 6 * limits.eventLoopLagMaxMs
  while (performance.now() < end) { /* nothing else runs meanwhile */ }
  while (server.load.lagMs() === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal((await ask('/work')).statusCode, 503)
  while (server.load.isOver()) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal((await ask('/work')).statusCode, 200)
})

test('too many tries in a minute are refused by address, as the proxies that we trust tell it, and guests are not counted', async () => {
  const change = async (address: string, through: string) => await ask('/change', 'POST', { 'x-forwarded-for': address }, through)
  for (let count = 0; count < limits.signInsPerMinuteMax; count++) assert.equal((await change('203.0.113.5', '10.1.2.3')).statusCode, 200)
  const refused = await change('203.0.113.5', '10.1.2.3')
  assert.deepEqual([refused.statusCode, refused.json<{ error: { code: string } }>().error.code], [429, 'too_many_requests'])
  assert.ok(Number(refused.headers['retry-after']) > 0 && Number(refused.headers['retry-after']) <= 60)
  assert.equal((await change('203.0.113.6', '10.1.2.3')).statusCode, 200, 'another address')
  assert.equal((await change('203.0.113.5', '198.51.100.1')).statusCode, 200, 'whoever is no proxy of ours says nothing about others')
  for (let count = 0; count <= limits.signInsPerMinuteMax; count++) assert.equal((await ask('/visit', 'POST')).statusCode, 200)
})
