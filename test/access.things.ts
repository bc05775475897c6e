import { randomUUID } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { createApiToken } from '../src/accounts/tokens.ts'
import { createCode } from '../src/lib/code.ts'
import { createPerson } from './factories.ts'
import type { Person } from './factories.ts'
import type { World } from './world.ts'

/** Whose things are wanted: a company with a person in it. Administrators stand in a company, too, to ask for its things. */
export interface Owner {
  companyId: number
  projectId: number
  person: Person
}

type Make = (world: World, owner: Owner) => Promise<string | number> | string | number

/** What `$name` in the table stands for; made anew for every request, because some requests destroy it. */
export const things: Record<string, Make> = {
  company: (_world, owner) => owner.companyId,
  project: (_world, owner) => owner.projectId,
  content: async (world, owner) => (await createContent(world, owner)).id,
  uniqueId: async (world, owner) => (await createContent(world, owner)).uniqueId,
  code: async (world, owner) => (await createContent(world, owner)).code,
  task: async (world, owner) => (await createContent(world, owner)).taskId,
  colleague: async (world, owner) => (await createPerson(world, { role: 'viewer', companyId: owner.companyId })).id,
  invitation: async (world, owner) => await addInvitation(world, owner),
  email: () => `${randomUUID()}@example.com`,
  uuid: () => randomUUID(),
  password: () => password,
  session: async (world, { person }) => await addSession(world, person),
  token: async (world, { person }) => (await createApiToken(world.running.app.db, { id: person.id, name: 'Ed', email: person.email, companyId: person.companyId, role: 'viewer' }, { name: 'Shop', scope: 'read', days: null })).id,
}

/** Things that belong to one person, not to the whole company. */
export const personal = new Set(['session', 'token'])

const password = 'correct-horse-9'
let passwordHash: Promise<string> | undefined

/** The hash of `$password`, made once and cheaply. */
export async function hashTestPassword(): Promise<string> {
  passwordHash ??= hash(password, { memoryCost: 1024, timeCost: 1 })
  return await passwordHash
}

async function addInvitation(world: World, { companyId }: Owner): Promise<number> {
  const row = await world.running.app.db.insertInto('invitations')
    .values({ companyId, email: `${randomUUID()}@example.com`, role: 'editor', language: 'en', expiresAt: new Date(Date.now() + 60_000) }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

async function addSession(world: World, person: Person): Promise<string> {
  const id = randomUUID()
  await world.running.app.db.insertInto('sessions').values({ id, userId: person.id, expiresAt: new Date(Date.now() + 60_000) }).execute()
  return id
}

/** Ready content without files: rows only, which is all that these routes look at. */
async function createContent(world: World, { companyId, projectId }: Owner): Promise<{ id: number; uniqueId: string; code: string; taskId: string }> {
  const { db } = world.running.app
  const sha = 'b'.repeat(64)
  await db.insertInto('photos').values({ sha256: sha, mimeType: 'image/jpeg', extension: 'jpg', sizeBytes: 1, width: 400, height: 300, targetKey: `${sha}/target.arv` })
    .onConflict((conflict) => conflict.doNothing()).execute()
  const content = await db.insertInto('arContent').values({
    uniqueId: randomUUID(), code: createCode(), companyId, projectId, orderNumber: randomUUID().slice(0, 8), status: 'ready', photoSha256: sha, markerStatus: 'ready',
  }).returning(['id', 'uniqueId', 'code']).executeTakeFirstOrThrow()
  await db.insertInto('videos').values({
    arContentId: content.id, title: 'Film', status: 'ready', sourceSha256: sha, sourceKey: `${sha}/video.mp4`, sourceMimeType: 'video/mp4', sourceSizeBytes: 1, renditionKey: `${sha}/video.mp4`,
  }).execute()
  const taskId = randomUUID()
  await db.insertInto('tasks').values({ id: taskId, companyId, arContentId: content.id }).execute()
  await db.insertInto('taskJobs').values({ taskId, kind: 'target', status: 'ready', progress: 1 }).execute()
  return { ...content, taskId }
}

/** Somebody who knows `$password`. */
export async function createAsker(world: World, role: 'viewer' | 'editor' | 'manager' | 'admin', companyId: number): Promise<Person> {
  return await createPerson(world, { role, companyId: role === 'admin' ? null : companyId, passwordHash: await hashTestPassword() })
}
