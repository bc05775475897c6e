import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import sharp from 'sharp'
import { findPrograms, runProgram } from '../lib/process.ts'
import type { Programs } from '../lib/process.ts'
import { limits } from '../limits.ts'
import { checkVideo, encodeVideo, makePoster, needsRendition } from './media.ts'

const silent = { info() {}, warn() {} }
const some = { timeoutMs: 60_000, outputBytesMax: 1_000_000 }
let folder: string
let system: Programs
let bundled: Programs
let count = 0

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-video-'))
  system = await findPrograms(silent)
  bundled = await findPrograms(silent, { prefer: 'bundled' })
  await makeSamples()
})
after(async () => { await rm(folder, { recursive: true, force: true }) })

const picture = (options: string) => ['-f', 'lavfi', '-i', `testsrc2=${options}`]
const sound = ['-f', 'lavfi', '-i', 'sine=d=2', '-c:a', 'aac']
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'high', '-pix_fmt', 'yuv420p']

async function makeSamples(): Promise<void> {
  await make('phone.mp4', [...picture('s=320x180:r=30:d=2'), ...sound, ...h264, '-movflags', '+faststart'])
  await make('plain.mp4', [...picture('s=320x180:r=30:d=2'), ...sound, ...h264])
  await make('camera.mov', [
    '-f', 'lavfi', '-i', 'color=red:s=960x360:r=60:d=1.5', '-f', 'lavfi', '-i', 'color=blue:s=960x360:r=60:d=1.5', '-f', 'lavfi', '-i', 'sine=d=1.5',
    '-filter_complex', '[0][1]hstack', ...h264, '-c:a', 'aac', '-metadata', 'location=+55.75+037.61/', '-metadata', 'title=secret',
  ])
  // written without encoding again: only the container says that it is turned
  await make('turned.mov', ['-i', at('camera.mov'), '-c', 'copy', '-metadata:s:v', 'rotate=90', '-map_metadata', '0'])
  await make('screen.webm', [...picture('s=320x240:r=30:d=1'), '-f', 'lavfi', '-i', 'sine=d=1', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'])
  await make('film.mkv', [...picture('s=320x240:r=24000/1001:d=1'), ...h264])
  await make('bright.mov', [...picture('s=320x240:r=30:d=1,format=yuv420p10le'), '-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hvc1',
    '-x265-params', 'log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc'])
}

describe('checkVideo', () => {
  test('tells what is in a file, the same with either ffmpeg', async () => {
    const expected = {
      'phone.mp4': { mime: 'video/mp4', extension: 'mp4', width: 320, height: 180, videoCodec: 'h264', profile: 'Constrained Baseline', pixelFormat: 'yuv420p', audioCodec: 'aac', hasAudio: true, faststart: true, rotation: 0 },
      'plain.mp4': { mime: 'video/mp4', faststart: false, carriesExtras: false },
      'camera.mov': { mime: 'video/quicktime', extension: 'mov', width: 1920, height: 360, framesPerSecond: 60, carriesExtras: true },
      'turned.mov': { width: 360, height: 1920, carriesExtras: true },
      'screen.webm': { mime: 'video/webm', extension: 'webm', videoCodec: 'vp8', audioCodec: 'opus' },
      'film.mkv': { mime: 'video/x-matroska', extension: 'mkv', hasAudio: false, audioCodec: null, framesPerSecond: 24000 / 1001 },
      'bright.mov': { videoCodec: 'hevc', pixelFormat: 'yuv420p10le', colorTransfer: 'arib-std-b67' },
    }
    for (const programs of [system, bundled]) {
      for (const [name, some] of Object.entries(expected)) assert.partialDeepStrictEqual(await checkVideo(at(name), programs), some, name)
    }
    const { durationMs, bitsPerSecond } = await checkVideo(at('phone.mp4'), system)
    assert.ok(Math.abs(durationMs - 2000) < 50)
    assert.equal(bitsPerSecond, Math.round((await stat(at('phone.mp4'))).size * 8000 / durationMs))
  })

  test('refuses what is no video', async () => {
    const others = {
      text: Buffer.from('this is a text file called .mp4'),
      playlist: Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n'),
      concat: Buffer.from('ffconcat version 1.0\nfile /etc/passwd\n'),
      gif: await sharp({ create: { width: 100, height: 100, channels: 3, background: '#f00' } }).gif().toBuffer(),
      avif: await sharp({ create: { width: 100, height: 100, channels: 3, background: '#f00' } }).avif({ effort: 0 }).toBuffer(),
      ebml: Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x84, 0x42, 0x82, 0x81, 0x41, 0, 0, 0, 0, 0, 0, 0]),
    }
    for (const [name, bytes] of Object.entries(others)) await assert.rejects(checkVideo(await write(bytes, `${name}.mp4`), system), { code: 'video_wrong_kind' }, name)
    await assert.rejects(checkVideo(await write(Buffer.alloc(0), 'nothing.mp4'), system), { code: 'file_empty', details: { field: 'video_file' } })
  })

  test('refuses sound without moving pictures, cover or not', async () => {
    const cover = await write(await sharp({ create: { width: 100, height: 100, channels: 3, background: '#f00' } }).jpeg().toBuffer(), 'cover.jpg')
    await make('song.m4a', [...sound, '-f', 'mp4'])
    await make('cover.mp4', ['-f', 'lavfi', '-i', 'sine=d=1', '-i', cover, '-map', '0', '-map', '1', '-c:a', 'aac', '-c:v', 'copy', '-disposition:v', 'attached_pic'])
    await make('song.mka', ['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'libopus', '-f', 'matroska'])
    for (const name of ['song.m4a', 'cover.mp4', 'song.mka']) {
      for (const programs of [system, bundled]) await assert.rejects(checkVideo(at(name), programs), { code: 'video_no_video_track' }, name)
    }
  })

  test('finds that a file is cut off, wherever its index is', async () => {
    for (const name of ['phone.mp4', 'plain.mp4', 'camera.mov', 'screen.webm', 'film.mkv']) {
      const bytes = await readFile(at(name))
      for (const share of [0.02, 0.3, 0.5, 0.9, 0.999]) {
        await assert.rejects(checkVideo(await write(bytes.subarray(0, Math.floor(bytes.length * share)), name), system), { code: 'video_truncated' }, `${name} cut at ${share}`)
      }
    }
  })

  test('finds that a file is cut off when its last box claims no size', async () => {
    const bytes = await readFile(at('phone.mp4'))
    const start = bytes.indexOf('mdat', 0, 'latin1') - 4
    bytes.writeUInt32BE(0, start)
    await checkVideo(await write(bytes, 'open.mp4'), system)
    await assert.rejects(checkVideo(await write(bytes.subarray(0, start + 20_000), 'open.mp4'), system), { code: 'video_truncated' })
  })

  test('refuses a damaged index and undecodable pictures', async () => {
    const index = await readFile(at('phone.mp4'))
    const moov = index.indexOf('moov', 0, 'latin1')
    index.fill(0x55, moov + 20, index.indexOf('mdat', moov, 'latin1') - 4)
    const pictures = await readFile(at('phone.mp4'))
    pictures.fill(0, pictures.indexOf('mdat', 0, 'latin1') + 4)
    for (const bytes of [index, pictures]) {
      for (const programs of [system, bundled]) await assert.rejects(checkVideo(await write(bytes, 'damaged.mp4'), programs), { code: 'video_unreadable' })
    }
  })

  test('refuses what is too long, too wide, too large', async () => {
    await make('long.mkv', ['-f', 'lavfi', '-i', `color=s=16x16:r=1/10:d=${limits.videoDurationMaxSeconds + 20}`, ...h264])
    await assert.rejects(checkVideo(at('long.mkv'), system), { code: 'video_too_long', details: { limit: 30 } })
    await make('wide.mp4', ['-f', 'lavfi', '-i', 'color=s=8194x16:r=1:d=1', ...h264])
    await assert.rejects(checkVideo(at('wide.mp4'), system), { code: 'video_too_many_pixels', details: { width: 8194, height: 16, limit: 8192 } })
    const large = await write(await readFile(at('phone.mp4')), 'large.mp4')
    await truncate(large, limits.videoBytesMax + 1)
    await assert.rejects(checkVideo(large, system), { code: 'video_too_large', details: { limit: 2 } })
  })

  test('measures what does not say how long it is: live recordings and fragments', async () => {
    await runProgram('sh', ['-c', `ffmpeg -v error -i "$1" -t 1 -c copy -f webm -live 1 pipe:1 > "$2"`, 'sh', at('screen.webm'), at('live.webm')], some)
    await make('fragments.mp4', ['-i', at('phone.mp4'), '-c', 'copy', '-movflags', '+frag_keyframe+empty_moov'])
    for (const programs of [system, bundled]) {
      const live = await checkVideo(at('live.webm'), programs)
      assert.ok(Math.abs(live.durationMs - 1000) < 100, String(live.durationMs))
      const fragments = await checkVideo(at('fragments.mp4'), programs)
      assert.ok(Math.abs(fragments.durationMs - 2000) < 100, String(fragments.durationMs))
      assert.ok(needsRendition(fragments))
    }
  })
})

describe('needsRendition', () => {
  test('keeps what every phone plays', async () => {
    assert.equal(needsRendition(await checkVideo(at('phone.mp4'), system)), false)
  })

  test('wants a new form of everything else', async () => {
    const good = await checkVideo(at('phone.mp4'), system)
    const others: Partial<typeof good>[] = [
      { faststart: false }, { fragmented: true }, { mime: 'video/quicktime' }, { videoCodec: 'hevc' }, { profile: 'High 10' }, { level: 42 }, { level: null },
      { pixelFormat: 'yuv422p' }, { pixelFormat: 'yuv420p10le' }, { pixelFormat: 'yuvj420p' }, { audioCodec: 'mp3' }, { audioChannels: 6 }, { framesPerSecond: 60 }, { framesPerSecond: 0 },
      { width: 1281 }, { width: 1000, height: 722 }, { bitsPerSecond: limits.renditionKeepBitsPerSecondMax + 1 }, { rotation: 90 }, { squarePixels: false }, { interlaced: true }, { carriesExtras: true },
    ]
    for (const change of others) assert.equal(needsRendition({ ...good, ...change }), true, JSON.stringify(change))
    for (const change of [{ hasAudio: false, audioCodec: null }, { width: 720, height: 1280 }, { framesPerSecond: 30.02 }, { profile: 'Constrained Baseline' }]) assert.equal(needsRendition({ ...good, ...change }), false, JSON.stringify(change))
  })
})

for (const which of ['system', 'bundled'] as const) {
  describe(`encodeVideo with the ${which} ffmpeg`, () => {
    const programs = () => (which === 'system' ? system : bundled)

    test('makes of every kind what every phone plays', async () => {
      const sizes = { 'camera.mov': [1280, 240], 'turned.mov': [240, 1280], 'screen.webm': [320, 240], 'film.mkv': [320, 240], 'bright.mov': [320, 240] }
      for (const [name, [width, height]] of Object.entries(sizes)) {
        const progress: number[] = []
        const source = await checkVideo(at(name), programs())
        const out = path.join(folder, `${which}-${name}.mp4`)
        const facts = await encodeVideo(at(name), source, out, programs(), { onProgress: (fraction) => progress.push(fraction) })
        assert.equal(needsRendition(facts), false, `${name} ${JSON.stringify(facts)}`)
        assert.partialDeepStrictEqual(facts, { width, height, rotation: 0, profile: 'High', pixelFormat: 'yuv420p', colorTransfer: 'bt709', colorMatrix: 'bt709', hasAudio: source.hasAudio }, name)
        assert.ok(Math.abs(facts.durationMs - source.durationMs) < 150, name)
        assert.deepEqual(progress, [...progress].sort((one, other) => one - other))
        assert.equal(progress.at(-1), 1)
      }
    })

    test('turns the picture upright and leaves out where it was filmed', async () => {
      const out = path.join(folder, `upright-${which}.mp4`)
      const facts = await encodeVideo(at('turned.mov'), await checkVideo(at('turned.mov'), programs()), out, programs())
      assert.equal(facts.framesPerSecond, 30)
      const { stdout } = await runProgram('ffprobe', ['-v', 'error', '-show_format', '-show_streams', out], some)
      assert.doesNotMatch(stdout, /TAG:location|55\.75|secret|rotat/)
      await makePoster(out, facts, `${out}.webp`, programs())
      const [top, bottom] = await Promise.all([50, 1200].map((y) => grab(out, y)))
      // the source lies with red on its left; players turn it, and so must we
      const expected = await grabTurned(at('turned.mov'))
      assertNear(top, expected.top)
      assertNear(bottom, expected.bottom)
      assert.ok(Math.abs(expected.top[0] - expected.bottom[0]) > 150)
    })

    test('writes a key frame every two seconds', async () => {
      const source = await make('five.mp4', [...picture('s=160x120:r=25:d=5'), ...h264, '-g', '500'])
      const out = path.join(folder, `keys-${which}.mp4`)
      await encodeVideo(source, await checkVideo(source, programs()), out, programs())
      const { stdout } = await runProgram('ffprobe', ['-v', 'error', '-skip_frame', 'nokey', '-show_entries', 'frame=best_effort_timestamp_time', '-of', 'csv=p=0', out], some)
      assert.deepEqual(stdout.trim().split(/\n+/).map((line) => Math.round(Number.parseFloat(line))), [0, 2, 4])
    })

    test('passes over small damage, and fails when half is gone', async () => {
      const bytes = await readFile(at('plain.mp4'))
      const [from, to] = [bytes.indexOf('mdat', 0, 'latin1') + 4, bytes.lastIndexOf('moov', undefined, 'latin1') - 4]
      const scratched = Buffer.from(bytes)
      scratched.fill(0x55, from + ((to - from) >> 1), from + ((to - from) >> 1) + 500)
      const half = Buffer.from(bytes)
      half.fill(0, from + Math.floor((to - from) * 0.4))
      half.set(bytes.subarray(to), to)
      const out = path.join(folder, `damaged-${which}.mp4`)
      for (const [name, broken] of Object.entries({ scratched, half })) {
        const source = await write(broken, `${name}.mp4`)
        const encoding = encodeVideo(source, await checkVideo(source, programs()), out, programs())
        if (name === 'scratched') assert.ok((await encoding).durationMs > 1800)
        else await assert.rejects(encoding, { code: 'video_encoding_failed' })
      }
      await assert.rejects(stat(out), 'nothing of the failed one stays')
    })

    test('stops when the time is over, when asked to, and when the disk is full', async () => {
      const source = await checkVideo(at('camera.mov'), programs())
      const out = path.join(folder, `stopped-${which}.mp4`)
      await assert.rejects(encodeVideo(at('camera.mov'), source, out, programs(), { timeoutMs: 20 }), { code: 'video_encoding_timed_out' })
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('enough')), 50)
      await assert.rejects(encodeVideo(at('camera.mov'), source, out, programs(), { signal: controller.signal }), /enough/)
      await assert.rejects(stat(out))
      const full = path.join(folder, `full-${which}.mp4`)
      await symlink('/dev/full', full)
      await assert.rejects(encodeVideo(at('camera.mov'), source, full, programs()), { code: 'storage_full' })
    })

    test('shows something in the poster', async () => {
      const source = await make('fade.mp4', [...picture('s=800x600:r=10:d=2,fade=in:st=0:d=0.1:color=black,drawbox=c=black:t=fill:enable=\'lt(t,1.5)\''), ...h264])
      for (const [name, widthMax] of [['fade.mp4', 640], ['turned.mov', 120], ['bright.mov', 320]] as const) {
        const poster = path.join(folder, `${which}-${name}.webp`)
        await makePoster(at(name), await checkVideo(at(name), programs()), poster, programs())
        const { width, format, exif } = await sharp(poster).metadata()
        assert.deepEqual({ width, format, exif }, { width: widthMax, format: 'webp', exif: undefined }, name)
        assert.ok((await sharp(poster).greyscale().stats()).channels[0].stdev > 8, `${name}: ${source}`)
      }
      assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('poster-')), [])
    })
  })
}

test('maps high dynamic range to what an ordinary screen shows', async () => {
  // white paper in HLG (75 % of the signal) is white, mid-grey stays in the middle, and both ffmpegs agree
  await make('paper.mov', ['-f', 'lavfi', '-i', 'color=white:s=64x64:r=10:d=0.5,format=yuv420p10le,geq=lum=721:cb=512:cr=512', '-c:v', 'libx265', '-tag:v', 'hvc1', '-x265-params', 'log-level=none:transfer=arib-std-b67'])
  for (const programs of [system, bundled]) {
    const poster = path.join(folder, 'paper.webp')
    await makePoster(at('paper.mov'), await checkVideo(at('paper.mov'), programs), poster, programs)
    const { mean } = (await sharp(poster).stats()).channels[1]
    assert.ok(mean > 200 && mean < 240, String(mean))
  }
})

function at(name: string): string {
  return path.join(folder, name)
}

async function make(name: string, args: string[]): Promise<string> {
  await runProgram(system.ffmpeg, ['-v', 'error', '-nostdin', '-y', ...args, at(name)], some)
  return at(name)
}

async function write(bytes: Uint8Array, name: string): Promise<string> {
  const place = path.join(folder, String(count++))
  await mkdir(place)
  await writeFile(path.join(place, name), bytes)
  return path.join(place, name)
}

/** The colour in the middle of row `y` of a video's first frame. */
async function grab(video: string, y: number): Promise<number[]> {
  const file = `${video}-${y}.png`
  await runProgram(system.ffmpeg, ['-v', 'error', '-y', '-i', video, '-frames:v', '1', file], some)
  const { width } = await sharp(file).metadata()
  return [...await sharp(file).extract({ left: width >> 1, top: y, width: 1, height: 1 }).removeAlpha().raw().toBuffer()]
}

async function grabTurned(video: string): Promise<{ top: number[]; bottom: number[] }> {
  return { top: await grab(video, 75), bottom: await grab(video, 1800) }
}

function assertNear(actual: number[], expected: number[]): void {
  assert.ok(actual.every((value, channel) => Math.abs(value - expected[channel]) <= 16), `${actual.join()} is not near ${expected.join()}`)
}
