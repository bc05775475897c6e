import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import http from 'node:http'
import { Readable } from 'node:stream'
import type { BenchServer } from './server.ts'

const mebibyte = 1024 * 1024

/** A copy of a video that is `bytes` long: a `free` box at its end, which every player skips, makes it so. */
export async function padVideo(video: Buffer, file: string, bytes: number, mark: number): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.write(video)
    const head = Buffer.alloc(16)
    head.writeUInt32BE(1, 0)
    head.write('free', 4, 'latin1')
    head.writeBigUInt64BE(BigInt(bytes - video.length), 8)
    await handle.write(head)
    const piece = Buffer.alloc(4 * mebibyte, mark)
    for (let left = bytes - video.length - head.length; left > 0; left -= piece.length) await handle.write(piece, 0, Math.min(piece.length, left))
  } finally {
    await handle.close()
  }
}

/** Sends a form with a photo and a video as a browser does, in pieces. Returns the status and how long the answer took, in milliseconds. */
export async function sendForm(server: Pick<BenchServer, 'url' | 'token'>, fields: Record<string, string>, photo: Buffer, videoFile: string): Promise<{ status: number; ms: number; text: string }> {
  const boundary = `bench-${process.pid}-${performance.now()}`
  const part = (name: string, more: string) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`
  const head = Buffer.concat([
    Buffer.from(Object.entries(fields).map(([name, value]) => `${part(name, '')}${value}\r\n`).join('') + part('photo_file', '; filename="photo.png"\r\ncontent-type: image/png')),
    photo, Buffer.from(`\r\n${part('video_file', '; filename="video.mp4"\r\ncontent-type: video/mp4')}`),
  ])
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  async function* body(): AsyncGenerator<Buffer> {
    yield head
    yield* createReadStream(videoFile, { highWaterMark: mebibyte }) as AsyncIterable<Buffer>
    yield tail
  }
  const length = head.length + (await stat(videoFile)).size + tail.length
  return await post(`${server.url}/api/ar-content`, Readable.from(body(), { objectMode: false }), { authorization: `Bearer ${server.token}`, 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(length) })
}

/** Sends a stream and waits for the answer. */
export async function post(url: string, body: Readable, headers: Record<string, string>): Promise<{ status: number; ms: number; text: string }> {
  const startedAt = performance.now()
  return await new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece }).on('end', () => resolve({ status: response.statusCode!, ms: performance.now() - startedAt, text })).on('error', reject)
    })
    body.pipe(request).on('error', reject)
  })
}
