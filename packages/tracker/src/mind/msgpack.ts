import { TrackerError } from '../types.ts'

/**
 * As much of MessagePack (github.com/msgpack/msgpack/blob/master/spec.md) as a `.mind` file uses. Extension types are
 * skipped on reading and never written.
 */
export type Packable = null | boolean | number | string | Uint8Array | readonly Packable[] | { readonly [key: string]: Packable }

/** Numbers that are whole and fit go as integers, all others as 64-bit floats, as the reference encoder does. */
export function pack(value: Packable): Uint8Array {
  const writer = new Writer()
  writer.value(value)
  return writer.done()
}

class Writer {
  private bytes = new Uint8Array(1 << 16)
  private view = new DataView(this.bytes.buffer)
  private at = 0

  done(): Uint8Array {
    return this.bytes.slice(0, this.at)
  }

  value(value: Packable): void {
    if (value === null) this.byte(0xc0)
    else if (value === true) this.byte(0xc3)
    else if (value === false) this.byte(0xc2)
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'string') this.text(value)
    else if (value instanceof Uint8Array) this.binary(value)
    else if (Array.isArray(value)) this.list(value)
    else this.map(value as { [key: string]: Packable })
  }

  private number(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      this.byte(0xcb)
      this.room(8)
      this.view.setFloat64(this.at, value)
      this.at += 8
    } else if (value < 0x80) this.byte(value)
    else this.sized(value, [0xcc, 0xcd, 0xce])
  }

  private text(value: string): void {
    const bytes = new TextEncoder().encode(value)
    if (bytes.length < 32) this.byte(0xa0 | bytes.length)
    else this.sized(bytes.length, [0xd9, 0xda, 0xdb])
    this.raw(bytes)
  }

  private binary(value: Uint8Array): void {
    this.sized(value.length, [0xc4, 0xc5, 0xc6])
    this.raw(value)
  }

  private list(items: readonly Packable[]): void {
    if (items.length < 16) this.byte(0x90 | items.length)
    else this.sized(items.length, [null, 0xdc, 0xdd])
    for (const item of items) this.value(item)
  }

  private map(map: { [key: string]: Packable }): void {
    const entries = Object.entries(map)
    if (entries.length < 16) this.byte(0x80 | entries.length)
    else this.sized(entries.length, [null, 0xde, 0xdf])
    for (const [key, value] of entries) {
      this.text(key)
      this.value(value)
    }
  }

  /** A type byte for one, two or four bytes of size, whichever is the least, then the size. */
  private sized(size: number, [one, two, four]: (number | null)[]): void {
    if (one !== null && size <= 0xff) {
      this.byte(one)
      this.byte(size)
    } else if (size <= 0xffff) {
      this.byte(two!)
      this.room(2)
      this.view.setUint16(this.at, size)
      this.at += 2
    } else {
      this.byte(four!)
      this.room(4)
      this.view.setUint32(this.at, size)
      this.at += 4
    }
  }

  private byte(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  private raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  private room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + count))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}

/**
 * Reads a file piece by piece, so that what is not asked for is stepped over and never built: a file of lies costs no
 * memory. Every method throws TrackerError `damaged` where the bytes are not what is asked for.
 */
export class Unpacker {
  private at = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** How many key and value pairs follow. */
  map(): number {
    const type = this.byte()
    if ((type & 0xf0) === 0x80) return type & 15
    if (type === 0xde) return this.size(2)
    if (type === 0xdf) return this.size(4)
    throw damaged('a map was expected')
  }

  /** How many values follow. */
  list(): number {
    const type = this.byte()
    if ((type & 0xf0) === 0x90) return type & 15
    if (type === 0xdc) return this.size(2)
    if (type === 0xdd) return this.size(4)
    throw damaged('a list was expected')
  }

  number(): number {
    const type = this.byte()
    if (type < 0x80) return type
    if (type >= 0xe0) return type - 256
    const start = this.at
    const width = { 0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 }[type]
    if (width === undefined) throw damaged('a number was expected')
    this.step(width)
    switch (type) {
      case 0xca: return this.view.getFloat32(start)
      case 0xcb: return this.view.getFloat64(start)
      case 0xcc: return this.view.getUint8(start)
      case 0xcd: return this.view.getUint16(start)
      case 0xce: return this.view.getUint32(start)
      case 0xcf: return Number(this.view.getBigUint64(start))
      case 0xd0: return this.view.getInt8(start)
      case 0xd1: return this.view.getInt16(start)
      case 0xd2: return this.view.getInt32(start)
      default: return Number(this.view.getBigInt64(start))
    }
  }

  text(): string {
    const type = this.byte()
    const size = (type & 0xe0) === 0xa0 ? type & 31 : this.sizeAfter(type, 0xd9, 'a text')
    return new TextDecoder().decode(this.take(size))
  }

  /** The bytes themselves, not a copy. */
  binary(): Uint8Array {
    return this.take(this.sizeAfter(this.byte(), 0xc4, 'binary data'))
  }

  /** Steps over one value, however deep; every value takes a byte at least, so a lying count ends with the file. */
  skip(): void {
    for (let pending = 1; pending > 0; pending--) pending += this.skipOne()
  }

  /** Steps over a value's own bytes; returns how many values it holds. */
  private skipOne(): number {
    const type = this.byte()
    if (type < 0x80 || type >= 0xe0 || type === 0xc0 || type === 0xc2 || type === 0xc3) return 0
    if (type < 0x90) return 2 * (type & 15)
    if (type < 0xa0) return type & 15
    if (type < 0xc0) return this.step(type & 31)
    if (type >= 0xc4 && type <= 0xc6) return this.step(this.size(1 << (type - 0xc4)))
    if (type >= 0xc7 && type <= 0xc9) return this.step(this.size(1 << (type - 0xc7)) + 1)
    if (type >= 0xca && type <= 0xcb) return this.step(type === 0xca ? 4 : 8)
    if (type >= 0xcc && type <= 0xd3) return this.step(1 << (type & 3))
    if (type >= 0xd4 && type <= 0xd8) return this.step((1 << (type - 0xd4)) + 1)
    if (type >= 0xd9 && type <= 0xdb) return this.step(this.size(1 << (type - 0xd9)))
    if (type === 0xdc || type === 0xdd) return this.size(type === 0xdc ? 2 : 4)
    if (type === 0xde || type === 0xdf) return 2 * this.size(type === 0xde ? 2 : 4)
    throw damaged(`byte ${type} starts nothing`)
  }

  private sizeAfter(type: number, first: number, what: string): number {
    if (type < first || type > first + 2) throw damaged(`${what} was expected`)
    return this.size(1 << (type - first))
  }

  private size(width: number): number {
    const start = this.at
    this.step(width)
    return width === 1 ? this.view.getUint8(start) : width === 2 ? this.view.getUint16(start) : this.view.getUint32(start)
  }

  private byte(): number {
    this.step(1)
    return this.bytes[this.at - 1]
  }

  private take(count: number): Uint8Array {
    this.step(count)
    return this.bytes.subarray(this.at - count, this.at)
  }

  /** Moves on; always 0, the number of values that plain bytes hold. */
  private step(count: number): 0 {
    if (count > this.bytes.length - this.at) throw damaged('the file ends early')
    this.at += count
    return 0
  }
}

export function damaged(what: string): TrackerError {
  return new TrackerError('damaged', `damaged .mind file: ${what}`)
}
