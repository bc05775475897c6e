import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../limits.ts'
import { parseRanges } from './range.ts'

test('ranges are read as the standard says', () => {
  const cases: [header: string | undefined, size: number, ranges: [number, number][] | 'unsatisfiable' | undefined][] = [
    [undefined, 100, undefined], ['', 100, undefined], ['items=0-1', 100, undefined], ['bytes=', 100, undefined], ['bytes=-', 100, undefined], ['bytes=a-b', 100, undefined], ['bytes=5-2', 100, undefined],
    ['bytes=0-0', 100, [[0, 0]]], ['bytes=0-', 100, [[0, 99]]], ['bytes=90-1000', 100, [[90, 99]]], ['bytes=-10', 100, [[90, 99]]], ['bytes=-1000', 100, [[0, 99]]], ['Bytes = 1-2', 100, [[1, 2]]],
    ['bytes=-0', 100, 'unsatisfiable'], ['bytes=100-', 100, 'unsatisfiable'], ['bytes=0-', 0, 'unsatisfiable'], ['bytes=-5', 0, 'unsatisfiable'],
    ['bytes=0-1, 5-6', 100, [[0, 1], [5, 6]]], ['bytes=5-6,0-1', 100, [[5, 6], [0, 1]]], ['bytes=0-1,,5-6', 100, [[0, 1], [5, 6]]],
    ['bytes=0-1,200-300', 100, [[0, 1]]], ['bytes=200-300,400-', 100, 'unsatisfiable'], ['bytes=0-1,x', 100, undefined],
    ['bytes=0-10,5-20', 100, [[0, 20]]], ['bytes=0-4,5-9', 100, [[0, 9]]], ['bytes=0-1,10-11,2-9', 100, [[0, 11]]], ['bytes=0-,0-,0-', 100, [[0, 99]]],
    ['bytes=99999999999999999999-', 100, 'unsatisfiable'],
    [`bytes=${Array.from({ length: limits.rangesPerRequestMax + 1 }, (_, index) => `${index * 3}-${index * 3}`).join()}`, 1000, undefined],
  ]
  for (const [header, size, wanted] of cases) {
    const found = parseRanges(header, size)
    assert.deepEqual(Array.isArray(found) ? found.map(({ start, end }) => [start, end]) : found, wanted, header)
  }
})
