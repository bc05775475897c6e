// AssemblyScript: the kernels where profiling showed that SIMD pays. Integers only, so their scalar twins (src/kernels/scalar.ts) give
// the same bits. `npx node packages/tracker/kernels/build.ts` regenerates src/kernels/wasm.generated.ts from this file.

/** Binomial [1 4 6 4 1] along both axes: u8 → u16 (grey × 16); `rows` is scratch of the same size as `out`. width ≥ 12. */
export function smooth(source: usize, rows: usize, out: usize, width: i32, height: i32): void {
  for (let y = 0; y < height; y++) {
    const from = source + y * width
    const to = rows + 2 * y * width
    for (let x = 0; x < 2; x++) smoothEdge(from, to, x, width)
    let x = 2
    for (; x + 10 <= width; x += 8) {
      const at = from + x
      const outer = i16x8.add(v128.load8x8_u(at - 2), v128.load8x8_u(at + 2))
      const inner = i16x8.add(v128.load8x8_u(at - 1), v128.load8x8_u(at + 1))
      const centre = v128.load8x8_u(at)
      const sum = i16x8.add(i16x8.add(outer, i16x8.shl(inner, 2)), i16x8.add(i16x8.shl(centre, 2), i16x8.shl(centre, 1)))
      v128.store(to + 2 * x, sum)
    }
    for (; x < width; x++) smoothEdge(from, to, x, width)
  }
  const stride = 2 * width
  for (let y = 0; y < height; y++) {
    const r0 = rows + max(0, y - 2) * stride
    const r1 = rows + max(0, y - 1) * stride
    const r2 = rows + y * stride
    const r3 = rows + min(height - 1, y + 1) * stride
    const r4 = rows + min(height - 1, y + 2) * stride
    const to = out + y * stride
    let x = 0
    for (; x + 16 <= stride; x += 16) {
      const outer = i16x8.add(v128.load(r0 + x), v128.load(r4 + x))
      const inner = i16x8.add(v128.load(r1 + x), v128.load(r3 + x))
      const centre = v128.load(r2 + x)
      const sum = i16x8.add(i16x8.add(outer, i16x8.shl(inner, 2)), i16x8.add(i16x8.shl(centre, 2), i16x8.shl(centre, 1)))
      v128.store(to + x, i16x8.shr_u(sum, 4))
    }
    for (; x < stride; x += 2) {
      const sum = <u32>load<u16>(r0 + x) + load<u16>(r4 + x) + 4 * (<u32>load<u16>(r1 + x) + load<u16>(r3 + x)) + 6 * <u32>load<u16>(r2 + x)
      store<u16>(to + x, <u16>(sum >> 4))
    }
  }
}

function smoothEdge(from: usize, to: usize, x: i32, width: i32): void {
  const last = width - 1
  const a = <u32>load<u8>(from + max(0, x - 2)), b = <u32>load<u8>(from + max(0, x - 1))
  const d = <u32>load<u8>(from + min(last, x + 1)), e = <u32>load<u8>(from + min(last, x + 2))
  store<u16>(to + 2 * x, <u16>(a + e + 4 * (b + d) + 6 * <u32>load<u8>(from + x)))
}

/** Determinant of the Hessian, i32, for rows [margin − 1, height − margin] and at least the same columns. */
export function respond(smoothed: usize, out: usize, width: i32, height: i32, margin: i32): void {
  const two = 4 * width
  for (let y = margin - 1; y <= height - margin; y++) {
    for (let x = margin - 1; x <= width - margin; x += 8) {
      const at = smoothed + 2 * (y * width + x)
      const centre = i16x8.shl(v128.load(at), 1)
      const xx = i16x8.sub(i16x8.add(v128.load(at - 4), v128.load(at + 4)), centre)
      const yy = i16x8.sub(i16x8.add(v128.load(at - two), v128.load(at + two)), centre)
      const same = i16x8.add(v128.load(at - two - 4), v128.load(at + two + 4))
      const other = i16x8.add(v128.load(at - two + 4), v128.load(at + two - 4))
      const xy = i16x8.shr_s(i16x8.sub(same, other), 2)
      const to = out + 4 * (y * width + x)
      v128.store(to, i32x4.sub(i32x4.extmul_low_i16x8_s(xx, yy), i32x4.extmul_low_i16x8_s(xy, xy)))
      v128.store(to + 16, i32x4.sub(i32x4.extmul_high_i16x8_s(xx, yy), i32x4.extmul_high_i16x8_s(xy, xy)))
    }
  }
}

/**
 * For each 256-bit query, the nearest descriptor of its own polarity class: index to outIndex (i32, −1 when none is nearer than
 * `limit`), distance to outDistance (u8, `limit` when none).
 */
export function nearest(
  queries: usize, polarity: usize, count: i32, table: usize, end0: i32, end1: i32, end2: i32, limit: i32, outIndex: usize, outDistance: usize,
): void {
  for (let q = 0; q < count; q++) {
    const low = v128.load(queries + 32 * q), high = v128.load(queries + 32 * q + 16)
    const kind = <i32>load<u8>(polarity + q)
    const from = kind == 0 ? 0 : kind == 1 ? end0 : end1
    const to = kind == 0 ? end0 : kind == 1 ? end1 : end2
    let best = limit
    let bestAt = -1
    for (let i = from, at = table + 32 * from; i < to; i++, at += 32) {
      const bits = i8x16.add(i8x16.popcnt(v128.xor(low, v128.load(at))), i8x16.popcnt(v128.xor(high, v128.load(at + 16))))
      const pairs = i16x8.extadd_pairwise_i8x16_u(bits)
      const halves = i32x4.extadd_pairwise_i16x8_u(pairs)
      const folded = i32x4.add(halves, v128.shuffle<i32>(halves, halves, 2, 3, 0, 1))
      const distance = i32x4.extract_lane(folded, 0) + i32x4.extract_lane(folded, 1)
      if (distance < best) {
        best = distance
        bestAt = i
      }
    }
    store<i32>(outIndex + 4 * q, bestAt)
    store<u8>(outDistance + q, <u8>best)
  }
}
