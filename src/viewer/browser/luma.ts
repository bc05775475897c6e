/** A GrayImage's shape; the tracker's own type, spelt here so that this file stands alone. */
interface Gray {
  data: Uint8Array
  width: number
  height: number
}

/** Formats whose first plane is the brightness at full size, one byte a pixel. */
const lumaFirst = new Set<string | null>(['I420', 'I420A', 'I422', 'I444', 'NV12'])

/**
 * Reads a VideoFrame's brightness. Cameras deliver YUV, so it is there already: no colour is ever computed. The
 * buffer is reused by the next call. Rejects for formats without a brightness plane.
 */
export function createLumaReader(): (frame: VideoFrame) => Promise<Gray> {
  let buffer = new Uint8Array(0)
  return async (frame) => {
    if (!lumaFirst.has(frame.format)) throw new Error(`no brightness plane in ${frame.format}`)
    const { width, height } = frame.visibleRect!
    const layout = layOutPlanes(frame.format!, width, height)
    const size = layout.at(-1)!.end
    if (buffer.length < size) buffer = new Uint8Array(size)
    await frame.copyTo(buffer, { layout: layout.map(({ offset, stride }) => ({ offset, stride })) })
    return { data: buffer.subarray(0, width * height), width, height }
  }
}

/** All planes must be given room, although only the first is wanted. */
function layOutPlanes(format: string, width: number, height: number): { offset: number; stride: number; end: number }[] {
  const halfWidth = Math.ceil(width / 2)
  const halfHeight = Math.ceil(height / 2)
  const colour: [number, number] = format === 'I444' ? [width, height] : format === 'I422' ? [halfWidth, height] : [halfWidth, halfHeight]
  const planes: [number, number][] = format === 'NV12' ? [[width, height], [halfWidth * 2, halfHeight]] : [[width, height], colour, colour]
  if (format === 'I420A') planes.push([width, height])
  let end = 0
  return planes.map(([stride, rows]) => {
    const offset = end
    end += stride * rows
    return { offset, stride, end }
  })
}
