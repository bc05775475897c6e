import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { createForm, samples } from '../factories.ts'

const photos = ['astronaut.png', 'chelsea.png', 'coffee.png', 'hubble_deep_field.jpg', 'rocket.jpg']
/** Of the rendition: what `makeVideo` films, at the rate that phones get. */
export const renditionFrames = 60

/**
 * The form of order `number`. Most photos and videos are nobody else's, so that each is compiled and encoded; every fourth
 * photo and every fifth video is the one before's, as when a studio uploads something twice.
 */
export async function makeOrder(studio: { companyId: number; projectId: number }, number: number, orderNumber: string): Promise<FormData> {
  const photo = await makePhoto(number % 4 === 0 ? number - 1 : number)
  const video = await makeVideo(number % 5 === 0 ? number - 1 : number)
  return await createForm({ ...studio, photo, photoName: 'photo.jpg', video, videoName: 'video.mov', fields: { order_number: orderNumber } })
}

async function makePhoto(number: number): Promise<Buffer> {
  return await sharp(path.join(samples, photos[number % photos.length])).resize({ width: 700 + number }).jpeg({ quality: 90 }).toBuffer()
}

/** A file of its own by a box at its end that every reader passes over. */
async function makeVideo(number: number): Promise<Buffer> {
  const free = Buffer.alloc(8 + number)
  free.writeUInt32BE(free.length)
  free.write('free', 4)
  return Buffer.concat([await film(), free])
}

let filmed: Promise<Buffer> | undefined

/** Two seconds as a camera gives them that no phone's browser plays: MPEG-4 Part 2, 1080p, 60 frames a second. */
async function film(): Promise<Buffer> {
  filmed ??= (async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-film-'))
    try {
      const file = path.join(folder, 'film.mov')
      await promisify(execFile)('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=60:d=2', '-f', 'lavfi', '-i', 'sine=f=440:d=2',
        '-c:v', 'mpeg4', '-q:v', '5', '-pix_fmt', 'yuv420p', '-c:a', 'aac', file])
      return await readFile(file)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })()
  return await filmed
}
