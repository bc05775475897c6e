import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** Four seconds of moving test picture with a tone, as a studio's upload. */
export async function loopVideo(folder: string): Promise<Buffer> {
  const file = path.join(folder, 'loop.mp4')
  await promisify(execFile)('ffmpeg', [
    '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=480x480:r=25:d=4', '-f', 'lavfi', '-i', 'sine=f=440:d=4',
    '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-c:a', 'aac', '-movflags', '+faststart', file,
  ])
  return await readFile(file)
}
