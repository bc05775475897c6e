import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { openSession } from '../src/accounts/sessions.ts'
import type { Role } from '../src/accounts/roles.ts'
import type { ContentView } from '../src/content/schema.ts'
import { createCall } from './world.ts'
import type { Answer, Call, World } from './world.ts'

export const samples = path.join(import.meta.dirname, 'samples')

/** A company with one project. */
export async function createStudio(world: World, name = 'Light Studio'): Promise<{ companyId: number; projectId: number }> {
  const company = await world.admin<{ id: number }>('POST', '/api/companies', { name, contact_email: 'hello@light.example' })
  const project = await world.admin<{ id: number }>('POST', `/api/companies/${company.body.id}/projects`, { name: 'Weddings' })
  return { companyId: company.body.id, projectId: project.body.id }
}

export interface Person {
  id: number
  email: string
  companyId: number | null
  sessionId: string
  token: string
  refreshToken: string
  /** Asks as this person. */
  call: Call
}

let people = 0

/** Somebody of this role who is signed in. Their password signs nobody in; give `passwordHash` where one must. */
export async function createPerson(world: World, options: { role: Role; companyId?: number | null; name?: string; email?: string; passwordHash?: string }): Promise<Person> {
  const { db } = world.running.app
  const { role, companyId = null, name = 'Ed', email = `person-${process.pid}-${++people}@example.com`, passwordHash = 'none' } = options
  const { id } = await db.insertInto('users').values({ email, name, role, companyId, passwordHash }).returning('id').executeTakeFirstOrThrow()
  const session = await openSession(db, { id, email, name, role, companyId }, { address: '127.0.0.1', userAgent: 'test' })
  return { id, email, companyId, sessionId: session.sessionId, token: session.accessToken, refreshToken: session.refreshToken, call: createCall(world.url, session.accessToken) }
}

let videoFile: Promise<Buffer> | undefined

/** One second of moving colours with a tone, as every phone plays it; made once. */
export async function createVideo(): Promise<Buffer> {
  videoFile ??= (async () => {
    const file = path.join(os.tmpdir(), `arv-test-${process.pid}.mp4`)
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=1', '-f', 'lavfi', '-i', 'sine=f=440:d=1',
      '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', file])
    return await readFile(file)
  })()
  return await videoFile
}

export interface UploadOptions {
  companyId?: number | string
  projectId?: number | string
  photo?: Buffer | null
  photoName?: string
  video?: Buffer | null
  videoName?: string
  fields?: Record<string, string>
}

/** The form of `POST /api/ar-content`, right unless told otherwise; null leaves a file out. */
export async function createForm(options: UploadOptions): Promise<FormData> {
  const form = new FormData()
  if (options.companyId !== undefined) form.set('company_id', String(options.companyId))
  if (options.projectId !== undefined) form.set('project_id', String(options.projectId))
  for (const [name, value] of Object.entries(options.fields ?? {})) form.set(name, value)
  const photo = options.photo === undefined ? await readFile(path.join(samples, 'chelsea.png')) : options.photo
  const video = options.video === undefined ? await createVideo() : options.video
  if (photo !== null) form.set('photo_file', new Blob([new Uint8Array(photo)]), options.photoName ?? 'photo.png')
  if (video !== null) form.set('video_file', new Blob([new Uint8Array(video)]), options.videoName ?? 'video.mp4')
  return form
}

/** The form of `PUT /api/companies/{id}/logo`. */
export async function createLogoForm(logo?: Buffer): Promise<FormData> {
  const bytes = logo ?? (await sharp({ create: { width: 300, height: 120, channels: 4, background: '#3344b8' } }).png().toBuffer())
  const form = new FormData()
  form.set('logo_file', new Blob([new Uint8Array(bytes)]), 'logo.png')
  return form
}

export async function upload<T = ContentView>(world: World, options: UploadOptions): Promise<Answer<T>> {
  return await world.admin<T>('POST', '/api/ar-content', await createForm(options))
}

/** Asks until `isDone` says so. A test fails by what it sees, never by how long it took; the deadline only ends a hang. */
export async function waitFor<T>(what: string, ask: () => Promise<T>, isDone: (value: T) => boolean, deadlineMs = 120_000): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await ask()
    if (isDone(value)) return value
    if (Date.now() > end) throw new Error(`${what} did not happen; last seen: ${JSON.stringify(value)}`)
    await sleep(50)
  }
}

/** The content once its jobs have ended, well or not. */
export async function waitUntilProcessed(world: World, id: number): Promise<ContentView> {
  return await waitFor(`the end of processing of ${id}`, async () => (await world.admin<ContentView>('GET', `/api/ar-content/${id}`)).body, (content) => ['ready', 'failed'].includes(content.task?.status ?? ''))
}

/** Jobs of accepted uploads write files and rows too: only when all have ended do the traces of something else show. */
export async function waitForQuiet(world: World): Promise<void> {
  const { db } = world.running.app
  const findRunning = async () => await db.selectFrom('taskJobs').select('id').where('status', 'in', ['pending', 'processing']).execute()
  await waitFor('the end of all jobs', findRunning, (jobs) => jobs.length === 0)
  await waitFor('their files to be gone', async () => await readdir(world.running.app.storage.incoming), (files) => files.length === 0)
}
