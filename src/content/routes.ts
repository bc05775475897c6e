import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import type { Reader } from '../companies/companies.ts'
import { getProject } from '../companies/companies.ts'
import { openEventStream } from '../lib/http/events.ts'
import { readLanguage } from '../lib/http/language.ts'
import { listView, pageQuery, presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import type { Language } from '../words/words.ts'
import { findBatchView, listTaskIds, startBatchLater } from './batches.ts'
import { absoluteAddresses, createContent, getContent, listContent, pageAddresses, readPeriod } from './content.ts'
import { createProgressHub } from './progress.ts'
import { createQrSvg, drawQrPng } from './qr.ts'
import { batchBody, batchView, contentListItem, contentSorts, contentStatuses, contentView, photoCheckView, taskView } from './schema.ts'
import type { BatchView, TaskView } from './schema.ts'
import { getTask } from './tasks.ts'
import { checkPhotoForPrint, receivePhotoForTrial, watchForLeaving } from './trial.ts'
import { receiveContentUpload } from './upload.ts'
import { photoCheckFragment } from './views.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const taskParams = z.object({ id: z.uuid() })
const qrQuery = z.object({ size: z.coerce.number().int().min(limits.qrSizeMinPixels).max(limits.qrSizeMaxPixels).default(512), download: z.string().optional() })
export const contentListQuery = pageQuery.extend({
  company_id: z.coerce.number().int().positive().optional(),
  project_id: z.coerce.number().int().positive().optional(),
  status: z.enum(contentStatuses).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  sort: z.enum(contentSorts).optional(),
  search: z.string().trim().max(limits.searchCharsMax).transform((text) => text || undefined).optional(),
})

export function contentRoutes(app: App, server: Server): void {
  const { db } = app
  const addresses = absoluteAddresses(app)

  server.post('/api/ar-content', { config: { access: 'editor', rate: 'upload' }, schema: { response: { 201: contentView } } }, async (request, reply) => {
    const upload = await receiveContentUpload(app, request)
    try {
      const id = await createContent(app, currentUser(request), upload)
      return await reply.code(201).send(await getContent(db, currentUser(request), id, readLanguage(request), addresses))
    } finally {
      await upload.discard()
    }
  })

  server.get('/api/ar-content', { config: { access: 'viewer' }, schema: { querystring: contentListQuery, response: { 200: listView(contentListItem) } } }, async (request) => {
    const { company_id, project_id, status, search, from, to, sort } = request.query
    const page = readPage(request.query)
    const companyId = currentUser(request).companyId ?? company_id ?? null
    return presentList(await listContent(db, { companyId, projectId: project_id, status, search, sort, ...readPeriod(from, to) }, page, addresses), page)
  })

  server.get('/api/ar-content/:id', { config: { access: 'viewer' }, schema: { params: idParams, response: { 200: contentView } } }, async (request) => {
    return await getContent(db, currentUser(request), request.params.id, readLanguage(request), addresses)
  })

  server.get('/api/tasks/:id', { config: { access: 'viewer' }, schema: { params: taskParams, response: { 200: z.union([batchView, taskView]) } } }, async (request) => {
    return await getTaskOrBatch(db, currentUser(request), request.params.id, readLanguage(request))
  })

  // Many at once: answered when it is noted; GET /api/tasks/{task_id} tells of each.
  server.post('/api/ar-content/batch', { config: { access: 'editor' }, schema: { body: batchBody, response: { 202: z.object({ task_id: z.uuid() }) } } }, async (request, reply) => {
    return await reply.code(202).send({ task_id: await startBatchLater(db, currentUser(request), request.body) })
  })

  photoCheckRoute(app, server)
  qrRoutes(app, server)
  albumQrRoutes(app, server)
  eventRoutes(app, server)
}

/** A photo before its upload. Programs get JSON; the create form asks for the piece of its page that shows it. */
function photoCheckRoute(app: App, server: Server): void {
  const schema = { response: { 200: z.union([photoCheckView, z.string()]) } }
  server.post('/api/photo-checks', { config: { access: 'editor', rate: 'upload' }, schema }, async (request, reply) => {
    const signal = watchForLeaving(reply)
    const trial = await receivePhotoForTrial(app, request)
    try {
      const language = readLanguage(request)
      const isPage = (request.headers.accept ?? '').startsWith('text/html')
      const addresses = isPage ? pageAddresses(app) : absoluteAddresses(app)
      const check = await checkPhotoForPrint(app, currentUser(request), trial, { language, addresses, signal })
      reply.header('cache-control', 'no-store')
      if (!isPage) return check
      return await reply.type('text/html; charset=utf-8').serializer(String).send(photoCheckFragment(language, check).text)
    } finally {
      await trial.discard()
    }
  })
}

function qrRoutes(app: App, server: Server): void {
  server.get('/api/ar-content/:id/qr.svg', { config: { access: 'viewer' }, schema: { params: idParams, querystring: qrQuery } }, async (request, reply) => {
    const content = await getContent(app.db, currentUser(request), request.params.id, readLanguage(request), absoluteAddresses(app))
    if (request.query.download !== undefined) reply.header('content-disposition', `attachment; filename="${content.code}.svg"`)
    return reply.type('image/svg+xml').header('cache-control', 'private, no-cache').send(createQrSvg(content.short_link, request.query.size))
  })

  server.get('/api/ar-content/:id/qr.png', { config: { access: 'viewer' }, schema: { params: idParams, querystring: qrQuery } }, async (request, reply) => {
    const content = await getContent(app.db, currentUser(request), request.params.id, readLanguage(request), absoluteAddresses(app))
    if (request.query.download !== undefined) reply.header('content-disposition', `attachment; filename="${content.code}.png"`)
    return reply.type('image/png').header('cache-control', 'private, no-cache').send(await drawQrPng(app.cache, content.short_link, request.query.size))
  })
}

/** The code of a whole project: one scan, and any of its photos plays. */
function albumQrRoutes(app: App, server: Server): void {
  server.get('/api/projects/:id/qr.svg', { config: { access: 'viewer' }, schema: { params: idParams, querystring: qrQuery } }, async (request, reply) => {
    const { album_link } = await getProject(app.db, currentUser(request), request.params.id, app.publicUrl)
    if (request.query.download !== undefined) reply.header('content-disposition', `attachment; filename="${album_link.split('/').at(-1)}.svg"`)
    return reply.type('image/svg+xml').header('cache-control', 'private, no-cache').send(createQrSvg(album_link, request.query.size))
  })

  server.get('/api/projects/:id/qr.png', { config: { access: 'viewer' }, schema: { params: idParams, querystring: qrQuery } }, async (request, reply) => {
    const { album_link } = await getProject(app.db, currentUser(request), request.params.id, app.publicUrl)
    if (request.query.download !== undefined) reply.header('content-disposition', `attachment; filename="${album_link.split('/').at(-1)}.png"`)
    return reply.type('image/png').header('cache-control', 'private, no-cache').send(await drawQrPng(app.cache, album_link, request.query.size))
  })
}

function eventRoutes(app: App, server: Server): void {
  const hub = createProgressHub(app.database)

  // One task, from now to its end: `progress` events with the task as `GET /api/tasks/{id}` gives it.
  server.get('/api/tasks/:id/events', { config: { access: 'viewer', waits: true }, schema: { params: taskParams } }, async (request, reply) => {
    const user = currentUser(request)
    const language = readLanguage(request)
    const first = await getTaskOrBatch(app.db, user, request.params.id, language)
    const stream = openEventStream(request, reply)
    let followed: string[] = []
    const send = (task: typeof first) => {
      followed = listTaskIds(task)
      stream.send('progress', task)
      if (task.status === 'ready' || task.status === 'failed') stream.end()
    }
    const refresh = createRefresher(async () => send(await getTaskOrBatch(app.db, user, first.id, language)), app)
    stream.onClose(await hub.subscribe((taskId) => (followed.includes(taskId) ? refresh() : undefined)))
    send(first)
    refresh()
  })
}

async function getTaskOrBatch(db: App['db'], reader: Reader, id: string, language: Language): Promise<TaskView | BatchView> {
  return (await findBatchView(db, reader, id, language)) ?? (await getTask(db, reader, id, language))
}

/** Runs `load` again after each call, never twice at once and never too late: the last call always counts. */
function createRefresher(load: () => Promise<void>, app: App): () => void {
  let running = false
  let again = false
  const run = async () => {
    running = true
    do {
      again = false
      await load()
    } while (again)
    running = false
  }
  return () => {
    again = true
    if (!running) run().catch((error: unknown) => {
      running = false
      app.log.debug({ err: error }, 'an event was not sent')
    })
  }
}
