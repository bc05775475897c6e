import { createReadStream } from 'node:fs'
import path from 'node:path'
import type { App } from './app.ts'
import { createCompany, createProject, findCompanyBySlug, listProjects } from './companies/companies.ts'
import { receiveFile } from './lib/storage/receive.ts'
import { AppError } from './errors.ts'
import { limits } from './limits.ts'
import { checkPhoto, getVideoFacts } from './media/media.ts'
import { absoluteAddresses, createContent, findDemo } from './content/content.ts'

const folder = path.join(import.meta.dirname, '../public/demo')
const platform = { companyId: null }

/** Makes the demo order once, through the same door as everyone's: a company, a project, a photo and a video. */
export async function ensureDemo(app: App): Promise<void> {
  // What follows decides by what is cached, and another process may have written a moment ago.
  await app.cache.settle()
  if ((await findDemo(app, 'en', absoluteAddresses(app))) !== undefined) return
  const company = (await findCompanyBySlug(app.db, 'arv-demo')) ?? (await createCompany(app.db, null, { name: 'ARV Demo' }))
  const projects = await listProjects(app, platform, company.id, { page: 1, limit: 1, offset: 0 }, app.publicUrl)
  const project = projects.items[0] ?? (await createProject(app.db, platform, { companyId: company.id, name: 'Demo', publicUrl: app.publicUrl, author: null }))
  const [photo, video] = await Promise.all([copyIn(app, 'photo.jpg', limits.photoBytesMax), copyIn(app, 'video.mp4', limits.videoBytesMax)])
  await createContent(app, platform, {
    fields: {
      company_id: company.id, project_id: project.id, order_number: 'demo', customer_name: 'Eileen Collins',
      customer_phone: null, customer_email: null, duration_years: null,
    },
    photo: { ...photo, facts: await checkPhoto(photo.path) },
    video: { ...video, facts: await getVideoFacts(app, video.path, video.sha256), fileName: 'demo.mp4' },
  }, { demoNumber: 1 })
}

async function copyIn(app: App, name: string, bytesMax: number) {
  return await receiveFile(createReadStream(path.join(folder, name)), { folder: app.storage.incoming, bytesMax, tooLarge: () => new AppError('request_too_large') })
}
