import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { chooseEncoding, encodings, pack } from './encoding.ts'

test('the encoding that is liked best is chosen, and none that was not asked for', () => {
  const cases: [header: string | undefined, chosen: string | null][] = [
    [undefined, null], ['', null], ['identity', null], ['gzip', 'gzip'], ['x-gzip', 'gzip'], ['gzip, deflate, br, zstd', 'br'], ['GZIP;Q=1.0', 'gzip'], ['deflate', null],
    ['gzip;q=1, br;q=0.5', 'gzip'], ['br;q=0, zstd;q=0.1', 'zstd'], ['*', 'br'], ['*;q=0', null], ['br;q=0, *', 'zstd'], ['gzip;q=0', null],
    ['identity;q=1, gzip;q=0.5', null], ['gzip;q=0.5, identity;q=0.5', 'gzip'], ['identity;q=0, gzip', 'gzip'], ['gzip;q=2', null], ['gzip;q=nonsense', null],
    [' ,, gzip ; q=0.3 ,', 'gzip'], ['br'.padEnd(5000, ','), 'br'],
  ]
  for (const [header, chosen] of cases) assert.equal(chooseEncoding(header, encodings), chosen, header)
  assert.equal(chooseEncoding('br, gzip', ['gzip']), 'gzip')
})

test('what was packed is the same when unpacked, small and large, by any effort', async () => {
  const unpack = { br: zlib.brotliDecompressSync, zstd: zlib.zstdDecompressSync, gzip: zlib.gunzipSync }
  for (const size of [1, 700, 100_000]) {
    const content = Buffer.from('Живое фото, ARV. '.repeat(size / 10 + 1)).subarray(0, size)
    for (const encoding of encodings) for (const effort of ['once', 'kept', 'built'] as const) assert.deepEqual(unpack[encoding](await pack(encoding, content, effort)), content, `${encoding} ${effort} ${size}`)
  }
})
