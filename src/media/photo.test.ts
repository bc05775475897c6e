import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import type { Sharp } from 'sharp'
import { readTarget } from '#tracker'
import { limits } from '../limits.ts'
import { checkPhoto, compileTarget, decodeGray, decodePhoto, makePreviews } from './media.ts'

const samples = path.join(import.meta.dirname, '../../test/samples')
const coffee = path.join(samples, 'coffee.png')
const heic = path.join(samples, 'coffee.heic')
let folder: string
let count = 0

before(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'arv-photo-')) })
after(async () => { await rm(folder, { recursive: true, force: true }) })

describe('checkPhoto', () => {
  test('goes by the bytes, whatever the name', async () => {
    const small = () => sharp(coffee).resize(240, 160)
    const kinds = {
      jpeg: await small().jpeg().toBuffer(), png: await small().png().toBuffer(), webp: await small().webp().toBuffer(), avif: await small().avif({ effort: 0 }).toBuffer(),
    }
    for (const [format, bytes] of Object.entries(kinds)) {
      const facts = await checkPhoto(await write(bytes, 'photo.heic'))
      assert.deepEqual(facts, { mime: `image/${format}`, extension: format === 'jpeg' ? 'jpg' : format, width: 240, height: 160, format })
    }
    // turned by 90°
    assert.deepEqual(await checkPhoto(await write(await readFile(heic), 'photo.jpg')), { mime: 'image/heic', extension: 'heic', width: 160, height: 240, format: 'heic' })
  })

  test('honours the EXIF orientation', async () => {
    const { width, height } = await checkPhoto(await write(await sharp(coffee).resize(240, 160).withMetadata({ orientation: 6 }).jpeg().toBuffer()))
    assert.deepEqual({ width, height }, { width: 160, height: 240 })
  })

  test('refuses what is no photo', async () => {
    const others = {
      text: Buffer.from('hello, I am a picture'),
      svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500"><rect width="9" height="9"/></svg>'),
      pdf: Buffer.from('%PDF-1.4\n%âãÏÓ\n'),
      gif: await sharp(coffee).resize(200).gif().toBuffer(),
      tiff: await sharp(coffee).resize(200).tiff().toBuffer(),
      mp4: Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'),
      byte: Buffer.from([0xff]),
    }
    for (const [name, bytes] of Object.entries(others)) await assert.rejects(checkPhoto(await write(bytes, `${name}.jpg`)), { code: 'photo_wrong_kind' }, name)
    await assert.rejects(checkPhoto(await write(Buffer.alloc(0))), { code: 'file_empty', details: { field: 'photo_file' } })
  })

  test('refuses a PNG bomb by its header', async () => {
    await assert.rejects(checkPhoto(await write(makePng(30_000, 30_000))), { code: 'photo_too_many_pixels', details: { megapixels: 900, limit: 100 } })
    await assert.rejects(checkPhoto(await write(makePng(1_000_000, 101))), { code: 'photo_too_many_pixels' })
    const before = process.resourceUsage().maxRSS
    await assert.rejects(checkPhoto(await write(makePng(10_000, 10_000))), { code: 'photo_unreadable' })
    assert.ok(process.resourceUsage().maxRSS - before < 200_000, 'a small lie must not cost memory')
  })

  test('refuses what is too small and what is too large', async () => {
    await assert.rejects(checkPhoto(await write(await sharp(coffee).resize(300, 99, { fit: 'fill' }).jpeg().toBuffer())), { code: 'photo_too_small', details: { width: 300, height: 99, limit: 100 } })
    const large = await write(await readFile(coffee))
    await truncate(large, limits.photoBytesMax + 1)
    await assert.rejects(checkPhoto(large), { code: 'photo_too_large', details: { limit: 50 } })
  })

  test('finds that a file is cut off, wherever', async () => {
    const source = () => sharp(path.join(samples, 'hubble_deep_field.jpg'))
    const files = {
      jpeg: await source().jpeg().toBuffer(),
      progressive: await source().jpeg({ progressive: true }).toBuffer(),
      png: await source().resize(300).png().toBuffer(),
      interlaced: await source().resize(300).png({ progressive: true }).toBuffer(),
      webp: await source().webp({ effort: 0 }).toBuffer(),
      avif: await source().avif({ effort: 0 }).toBuffer(),
      heic: await readFile(heic),
    }
    for (const [name, bytes] of Object.entries(files)) {
      await checkPhoto(await write(bytes))
      for (const share of [0.1, 0.5, 0.9]) await assert.rejects(checkPhoto(await write(bytes.subarray(0, bytes.length * share))), { code: 'photo_truncated' }, `${name} cut at ${share}`)
      await assert.rejects(checkPhoto(await write(bytes.subarray(0, -12))), { code: 'photo_truncated' }, `${name} without its end`)
    }
  })

  test('refuses what is whole but damaged', async () => {
    const png = await sharp(coffee).png().toBuffer()
    png.fill(0, png.length >> 1, (png.length >> 1) + 2000)
    await assert.rejects(checkPhoto(await write(png)), { code: 'photo_unreadable' })
    const avif = await sharp(coffee).resize(200).avif({ effort: 0 }).toBuffer()
    avif.fill(0, avif.length >> 1)
    await assert.rejects(checkPhoto(await write(avif)), { code: 'photo_unreadable' })
    const noise = await readFile(heic)
    noise.fill(0x55, 40, 400)
    await assert.rejects(checkPhoto(await write(noise)), (error: { code: string }) => ['photo_unreadable', 'photo_truncated'].includes(error.code))
  })

  test('takes what cameras really write: junk after the end, several pictures in one file', async () => {
    const jpeg = await sharp(coffee).resize(240, 160).jpeg().toBuffer()
    await checkPhoto(await write(Buffer.concat([jpeg, Buffer.alloc(5000, 7)])))
    const frames = await Promise.all([coffee, path.join(samples, 'chelsea.png')].map((file) => sharp(file).resize(240, 160).png().toBuffer()))
    const { format, width, height } = await checkPhoto(await write(await sharp(frames, { join: { animated: true } }).webp().toBuffer()))
    assert.deepEqual({ format, width, height }, { format: 'webp', width: 240, height: 160 })
  })
})

describe('decodePhoto', () => {
  test('turns a photo upright', async () => {
    // red left, blue right; orientation 6 turns it clockwise, so red comes to the top
    const flat = (background: string) => sharp({ create: { width: 100, height: 120, channels: 3, background } }).png().toBuffer()
    const both = sharp({ create: { width: 200, height: 120, channels: 3, background: '#000' } })
      .composite([{ input: await flat('#f00'), left: 0, top: 0 }, { input: await flat('#00f'), left: 100, top: 0 }])
    const photo = await decodePhoto(await write(await both.withMetadata({ orientation: 6 }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()), { maxSide: 1000 })
    assert.deepEqual([photo.width, photo.height], [120, 200])
    assertNear(pixel(photo, 60, 20), [255, 0, 0])
    assertNear(pixel(photo, 60, 180), [0, 0, 255])
  })

  test('lays transparency on white, and makes every colour model plain sRGB', async () => {
    const clear = await write(await sharp({ create: { width: 120, height: 120, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } }).png().toBuffer())
    assertNear(pixel(await decodePhoto(clear, { maxSide: 120 }), 60, 60), [255, 255, 255])
    const flat = () => sharp({ create: { width: 120, height: 120, channels: 3, background: '#c86432' } })
    const files = {
      cmyk: await flat().toColourspace('cmyk').jpeg().toBuffer(),
      deep: await flat().toColourspace('rgb16').png().toBuffer(),
      wide: await flat().withIccProfile('p3').jpeg({ quality: 100 }).toBuffer(),
    }
    for (const [name, bytes] of Object.entries(files)) {
      const photo = await decodePhoto(await write(bytes), { maxSide: 120 })
      assert.equal(photo.data.length, 120 * 120 * 3, name)
      assertNear(pixel(photo, 60, 60), [200, 100, 50], name === 'cmyk' ? 30 : 4)
    }
    const gray = await decodePhoto(await write(await flat().greyscale().png().toBuffer()), { maxSide: 120 })
    assert.equal(gray.data.length, 120 * 120 * 3)
  })

  test('decodes an iPhone’s photo in its own colours', async () => {
    const { data, width, height } = await decodePhoto(heic, { maxSide: 1000 })
    assert.deepEqual([width, height], [160, 240])
    const difference = await compare(sharp(data, { raw: { width, height, channels: 3 } }), sharp(await sharp(coffee).rotate(90).toBuffer()))
    assert.ok(difference < 3, `differs by ${difference} from what it was made of`)
  })

  test('shrinks to the longer side, but not below the shorter side’s least', async () => {
    const strip = await write(await sharp(coffee).resize(1000, 120, { fit: 'fill' }).png().toBuffer())
    const sizes = [await decodePhoto(strip, { maxSide: 500 }), await decodePhoto(strip, { maxSide: 500, minSide: 100 }), await decodePhoto(strip, { maxSide: 5000 })]
    assert.deepEqual(sizes.map(({ width, height }) => [width, height]), [[500, 60], [833, 100], [1000, 120]])
  })

  test('gives grey pixels with the luma that the viewer uses', async () => {
    const green = await write(await sharp({ create: { width: 120, height: 110, channels: 3, background: '#00ff00' } }).png().toBuffer())
    const { data, width, height } = await decodeGray(green, { maxSide: 1280 })
    assert.deepEqual([data.length, width, height, data[0]], [120 * 110, 120, 110, 149])
  })
})

describe('makePreviews', () => {
  test('makes both formats at every width up to the photo’s own, without its metadata', async () => {
    const photo = await write(await sharp(coffee).resize(700, 1000, { fit: 'fill' }).withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '55/1 45/1 0/1' } }).jpeg().toBuffer())
    const out = await mkdtemp(path.join(folder, 'previews-'))
    const progress: number[] = []
    const { previews, blur } = await makePreviews(photo, out, { onProgress: (fraction) => progress.push(fraction) })
    assert.deepEqual(previews.map(({ width, height, format }) => `${width}×${height} ${format}`), [160, 320, 640, 700].flatMap((width) => ['avif', 'webp'].map((format) => `${width}×${Math.round(width / 0.7)} ${format}`)))
    for (const preview of previews) {
      const written = await sharp(preview.file).metadata()
      assert.deepEqual([written.width, written.height, written.mediaType, written.exif], [preview.width, preview.height, `image/${preview.format}`, undefined])
      assert.equal((await readFile(preview.file)).length, preview.bytes)
      assert.ok(await compare(sharp(preview.file), sharp(photo)) < 6, `${preview.file} looks like the photo`)
    }
    assert.ok(blur.startsWith('data:image/webp;base64,') && blur.length <= limits.blurCharsMax)
    assert.ok(await compare(sharp(Buffer.from(blur.split(',')[1], 'base64')), sharp(photo)) < 20)
    assert.deepEqual(progress, [...progress].sort((one, other) => one - other))
    assert.equal(progress.at(-1), 1)
  })

  test('keeps a very tall photo within reason', async () => {
    const out = await mkdtemp(path.join(folder, 'previews-'))
    const { previews } = await makePreviews(await write(await sharp(coffee).resize(200, 8000, { fit: 'fill' }).png().toBuffer()), out)
    assert.equal(Math.max(...previews.map(({ height }) => height)), 1280 * limits.previewHeightPerWidthMax)
  })

  test('stops when asked to', async () => {
    const controller = new AbortController()
    const running = makePreviews(coffee, await mkdtemp(path.join(folder, 'previews-')), { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) })
    await assert.rejects(running, /enough/)
  })
})

describe('compileTarget', () => {
  test('makes of a photo a target that the tracker reads', async () => {
    const progress: number[] = []
    readTarget(await compileTarget(heic, { onProgress: (fraction) => progress.push(fraction) }))
    assert.equal(progress.at(-1), 1)
  })

  test('refuses a white sheet with a reason', async () => {
    const sheet = await write(await sharp({ create: { width: 800, height: 600, channels: 3, background: '#fff' } }).png().toBuffer())
    await assert.rejects(compileTarget(sheet), { code: 'photo_no_texture' })
  })

  test('stops when the time is over, and when asked to', async () => {
    await assert.rejects(compileTarget(coffee, { timeoutMs: 1 }), { code: 'target_timed_out' })
    const controller = new AbortController()
    await assert.rejects(compileTarget(coffee, { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) }), /enough/)
  })
})

async function write(bytes: Uint8Array, name = 'photo'): Promise<string> {
  const file = path.join(folder, `${count++}-${name}`)
  await writeFile(file, bytes)
  return file
}

/** A valid PNG header of any size in front of next to no pixels. */
function makePng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(1000))), chunk('IEND', Buffer.alloc(0))])
}

function pixel({ data, width }: { data: Uint8Array; width: number }, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]
}

function assertNear(actual: number[], expected: number[], slack = 8): void {
  assert.ok(actual.every((value, channel) => Math.abs(value - expected[channel]) <= slack), `${actual.join()} is not near ${expected.join()}`)
}

/** How far apart two pictures look from afar: the mean difference at 16×16. */
async function compare(one: Sharp, other: Sharp): Promise<number> {
  const [left, right] = await Promise.all([one, other].map((image) => image.removeAlpha().resize(16, 16, { fit: 'fill' }).raw().toBuffer()))
  return left.reduce((sum, value, at) => sum + Math.abs(value - right[at]), 0) / left.length
}
