import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerMessage } from '../worker.ts'
import type { RawPhoto } from './heic.ts'

/** The part of libheif-js that is used here; its own types describe the C functions only. */
interface Libheif {
  heif_error_code: { heif_error_Ok: unknown }
  heif_colorspace: { heif_colorspace_RGB: unknown }
  heif_chroma: { heif_chroma_interleaved_RGB: unknown }
  heif_channel: { heif_channel_interleaved: unknown }
  heif_context_alloc(): unknown
  heif_context_read_from_memory(context: unknown, bytes: Uint8Array): { code: unknown; message: string }
  heif_js_context_get_primary_image_handle(context: unknown): { code?: unknown; message?: string }
  heif_js_decode_image2(handle: unknown, colorspace: unknown, chroma: unknown): Decoded
}
interface Decoded {
  code?: unknown
  message?: string
  channels: { id: unknown; data: Uint8Array; stride: number; width: number; height: number }[]
}

const port = parentPort!
try {
  const result = decode(workerData as Uint8Array)
  port.postMessage({ result } satisfies WorkerMessage<RawPhoto>, [result.data.buffer as ArrayBuffer])
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  port.postMessage({ failure: { code: undefined, message } } satisfies WorkerMessage<RawPhoto>)
}

function decode(bytes: Uint8Array): RawPhoto {
  const libheif = createRequire(import.meta.url)('libheif-js/wasm-bundle') as Libheif
  const context = libheif.heif_context_alloc()
  const read = libheif.heif_context_read_from_memory(context, bytes)
  if (read.code !== libheif.heif_error_code.heif_error_Ok) throw new Error(read.message)
  const handle = libheif.heif_js_context_get_primary_image_handle(context)
  if (!handle || handle.code !== undefined) throw new Error(handle?.message ?? 'no primary image')
  const { heif_colorspace: colorspaces, heif_chroma: chromas } = libheif
  const image = libheif.heif_js_decode_image2(handle, colorspaces.heif_colorspace_RGB, chromas.heif_chroma_interleaved_RGB)
  if (!image || image.code !== undefined) throw new Error(image?.message ?? 'not decodable')
  const plane = image.channels.find((channel) => channel.id === libheif.heif_channel.heif_channel_interleaved)
  if (plane === undefined) throw new Error('no colour plane')
  return { data: removePadding(plane.data, plane.stride, plane.width * 3, plane.height), width: plane.width, height: plane.height }
}

function removePadding(data: Uint8Array, stride: number, rowBytes: number, rows: number): Uint8Array {
  if (stride === rowBytes && data.byteOffset === 0 && data.byteLength === data.buffer.byteLength) return data
  const packed = new Uint8Array(rowBytes * rows)
  for (let row = 0; row < rows; row++) packed.set(data.subarray(row * stride, row * stride + rowBytes), row * rowBytes)
  return packed
}
