import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readTarget } from '../src/index.ts'
import { readMind } from '../src/mind.ts'
import { cornersOf, poseFromCamera, renderFrame } from '../src/simulate.ts'
import { loadPhoto } from '../src/cli/photo.ts'

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const COFFEE = fileURLToPath(new URL('../../../test/samples/coffee.png', import.meta.url))
let folder = ''

before(async () => { folder = await mkdtemp(join(tmpdir(), 'arv-cli-')) })
after(() => rm(folder, { recursive: true }))

/** Runs the command line as people do. */
function run(...args: string[]): Promise<{ code: number, stdout: string, stderr: string }> {
  return new Promise(resolve => execFile(process.execPath, [CLI, ...args], { cwd: folder, timeout: 60_000, maxBuffer: 10_000_000 }, (error, stdout, stderr) =>
    resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })))
}

test('compile writes a target, beside it or where told, and a .mind file of several photos', async () => {
  assert.equal((await run('compile', COFFEE)).code, 0)
  const file = new Uint8Array(await readFile(join(folder, 'coffee.arv')))
  assert.deepEqual([readTarget(file).width, readTarget(file).height], [600, 400])
  assert.equal((await run('compile', COFFEE, '-o', 'other.arv')).code, 0)
  assert.ok((await readFile(join(folder, 'other.arv'))).equals(file))
  assert.equal((await run('compile', COFFEE, COFFEE, '--mind', '-o', 'two.mind')).code, 0)
  assert.equal(readMind(new Uint8Array(await readFile(join(folder, 'two.mind')))).length, 2)
})

test('score speaks in words and JSON and draws where the detail is', async () => {
  const { code, stdout } = await run('score', COFFEE, '--heatmap', 'heat.png')
  assert.equal(code, 0)
  assert.match(stdout, /^\d+ of 100: good/)
  const heat = await loadPhoto(join(folder, 'heat.png'))
  assert.deepEqual([heat.width, heat.height], [600, 400])
  const parsed = JSON.parse((await run('score', COFFEE, '--json')).stdout)
  assert.ok(parsed.score > 60 && parsed.grid.values.length === parsed.grid.columns * parsed.grid.rows)
})

test('track says where the photo is in every frame of a video', async () => {
  await run('compile', COFFEE, '-o', 'coffee.arv')
  const photo = await loadPhoto(COFFEE)
  const pose = poseFromCamera({ fovDegrees: 45, frameWidth: 640, frameHeight: 480, photoAspect: 1.5, tilt: 20, tiltDirection: 30, roll: 15, widthFraction: 0.5, centreX: 0.5, centreY: 0.5 })
  const frames = Array.from({ length: 4 }, (_, i) => renderFrame(photo, { width: 640, height: 480, pose, noise: 2, seed: i * 16 }).data)
  await writeFile(join(folder, 'film.y4m'), Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F30:1 Ip A1:1 Cmono\n'), ...frames.flatMap(frame => [Buffer.from('FRAME\n'), frame])]))
  const { code, stdout, stderr } = await run('track', 'coffee.arv', 'film.y4m')
  assert.equal(code, 0, stderr)
  const [size, ...lines] = stdout.trim().split('\n').map(line => JSON.parse(line))
  assert.deepEqual(size, { width: 640, height: 480 })
  assert.equal(lines.length, 4)
  const truth = cornersOf(pose).flat()
  for (const { state, corners } of lines) {
    assert.equal(state, 'tracking')
    corners.forEach((value: number, i: number) => assert.ok(Math.abs(value - truth[i]) < 1, `${value} for ${truth[i]}`))
  }
  assert.match(stderr, /4 of 4 frames tracked/)
})

test('a PGM is read without any decoder', async () => {
  const photo = await loadPhoto(COFFEE)
  await writeFile(join(folder, 'photo.pgm'), Buffer.concat([Buffer.from('P5\n# made by hand\n600 400\n255\n'), photo.data]))
  assert.ok(Buffer.from((await loadPhoto(join(folder, 'photo.pgm'))).data).equals(photo.data))
})

test('mistakes end with a sentence: 2 for one in the command, 1 for one in a file', async () => {
  await writeFile(join(folder, 'text.jpg'), 'not a picture')
  for (const args of [['bogus'], ['compile'], ['score', COFFEE, COFFEE], ['track', 'coffee.arv'], ['compile', COFFEE, '--what']]) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, /arv-tracker compile PHOTO/)
  }
  for (const args of [['compile', 'text.jpg'], ['compile', 'missing.jpg'], ['track', 'text.jpg', 'text.jpg'], ['track', 'coffee.arv', 'text.jpg']]) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 1, args.join(' '))
    assert.match(stderr, /^arv-tracker: .+/)
    assert.doesNotMatch(stderr, /\n {4}at /)
  }
})
