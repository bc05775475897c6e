import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { sendForm } from './uploads.ts'

export interface UploadOrder {
  url: string
  token: string
  fields: Record<string, string>
  photo: string
  videos: string[]
}

export interface UploadAnswer {
  status: number
  ms: number
  text: string
}

/** Sends all at once from a process of its own, so that whoever measures meanwhile does not measure the sending. */
export async function sendForms(order: UploadOrder): Promise<UploadAnswer[]> {
  const child = fork(import.meta.filename, ['send'])
  child.send(order)
  const [answers] = (await once(child, 'message')) as [UploadAnswer[] | { failure: string }]
  if (!Array.isArray(answers)) throw new Error(answers.failure)
  return answers
}

async function send({ url, token, fields, photo, videos }: UploadOrder): Promise<UploadAnswer[]> {
  const picture = await readFile(photo)
  return await Promise.all(videos.map((video) => sendForm({ url, token }, fields, picture, video)))
}

if (process.argv[2] === 'send' && process.send !== undefined) {
  process.once('message', (order: UploadOrder) => {
    send(order).then((answers) => process.send?.(answers), (error: unknown) => process.send?.({ failure: String(error) })).finally(() => process.disconnect())
  })
}
