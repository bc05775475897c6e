import { open } from 'node:fs/promises'

/** A file to look into at any place, a few bytes at a time. */
export interface ByteSource {
  size: number
  /** `length` bytes from `offset`; fewer where the file ends. */
  read(offset: number, length: number): Promise<Buffer>
}

const windowBytes = 64 * 1024

/** Opens a file for `look`, and closes it afterwards. Small neighbouring reads cost one system call. */
export async function lookInto<Result>(path: string, look: (source: ByteSource) => Promise<Result>): Promise<Result> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    let window = Buffer.alloc(0)
    let windowStart = 0
    const read = async (offset: number, length: number): Promise<Buffer> => {
      if (offset < windowStart || offset + length > windowStart + window.length) {
        const buffer = Buffer.alloc(Math.max(0, Math.min(Math.max(length, windowBytes), size - offset)))
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
        window = buffer.subarray(0, bytesRead)
        windowStart = offset
      }
      return window.subarray(offset - windowStart, offset - windowStart + length)
    }
    return await look({ size, read })
  } finally {
    await handle.close()
  }
}
