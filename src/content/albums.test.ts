import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createStudio, upload } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { limits } from '../limits.ts'
import { wordsIn } from '../words/words.ts'

let world: World
let studio: { companyId: number; projectId: number }
let link: string
before(async () => {
  world = await startWorld()
  studio = await createStudio(world)
  link = (await world.admin<{ album_link: string }>('GET', `/api/projects/${studio.projectId}`)).body.album_link
})
after(async () => await world.stop())

test('a project has the QR code of its album as SVG and PNG, for those who may see the project', async () => {
  const svg = await world.admin('GET', `/api/projects/${studio.projectId}/qr.svg?download`)
  assert.match(svg.text, /^<svg /)
  assert.equal(svg.headers.get('content-disposition'), `attachment; filename="${link.split('/').at(-1)}.svg"`)
  const png = await world.admin('GET', `/api/projects/${studio.projectId}/qr.png?size=300`)
  assert.equal(png.headers.get('content-type'), 'image/png')
  assert.equal((await world.guest('GET', `/api/projects/${studio.projectId}/qr.svg`)).status, 401)
  assert.equal((await world.admin('GET', '/api/projects/999999/qr.svg')).status, 404)
  assert.equal((await world.admin('GET', `/api/projects/${studio.projectId}/qr.png?size=9`)).status, 400)
})

test('the orders page of one project shows its album once there is a photo, and says when it has too many', async () => {
  const read = async () => (await world.admin('GET', `/admin/content?project_id=${studio.projectId}`)).text
  const words = wordsIn('en').album
  assert.ok(!(await read()).includes(words.title))
  const { body } = await upload(world, studio)
  const shown = await read()
  assert.ok(shown.includes(words.title) && shown.includes(link) && shown.includes(`/api/projects/${studio.projectId}/qr.svg`))
  assert.ok(!shown.includes('An album shows the newest'))
  const { sql } = await import('../lib/db/db.ts')
  await sql`insert into ar_content (unique_id, code, company_id, project_id, order_number, status, photo_sha256, marker_status)
    select gen_random_uuid(), 'x' || n, company_id, project_id, 'x' || n, 'ready', photo_sha256, 'ready'
    from ar_content, generate_series(1, ${limits.albumPhotosMax}) as n where id = ${body.id}`.execute(world.running.app.db)
  assert.ok((await read()).includes('An album shows the newest'))
})
