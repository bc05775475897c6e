import { startBare } from './bare.ts'
import { measureLoad } from './load.ts'
import { median } from './goals.ts'

/** What bare `node:http` takes to answer 1 KB of JSON: what travels between machines. */
export interface Yardstick {
  /** Milliseconds of CPU per request. */
  cpuMs: number
  /** Answers per second on 32 connections. */
  rate: number
}

/** The other system's figures were taken where its yardstick was this. */
export const peerYardstick: Yardstick = { cpuMs: 0.018, rate: 55_400 }

/** 1 KB of JSON. */
export const yardstickBody = JSON.stringify({ items: Array.from({ length: 12 }, (_, id) => ({ id, name: `item number ${id}`, link: `https://arv.example/v/${id}`, ready: true })) }).padEnd(1024).slice(0, 1024)

/** Measures the yardstick here and now: the median of `turns` turns. */
export async function measureYardstick({ seconds, turns = 3 }: { seconds: number; turns?: number }): Promise<Yardstick> {
  const bare = await startBare({ kind: 'bytes', body: yardstickBody, headers: { 'content-type': 'application/json; charset=utf-8' } })
  try {
    await measureLoad({ url: bare.url, connections: 32, seconds: 1 }, bare)
    const found = []
    for (let turn = 0; turn < turns; turn++) found.push(await measureLoad({ url: bare.url, connections: 32, seconds }, bare))
    return { cpuMs: median(found.map(({ cpuMs }) => cpuMs.server)), rate: median(found.map(({ rate }) => rate)) }
  } finally {
    await bare.stop()
  }
}

/** The other system's milliseconds in yardsticks. */
export function inPeerYardsticks(cpuMs: number): number {
  return cpuMs / peerYardstick.cpuMs
}
