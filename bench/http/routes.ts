import { markdownTable } from '../load/goals.ts'
import { measureLoad } from '../load/load.ts'
import type { BenchServer } from '../load/server.ts'
import { inPeerYardsticks } from '../load/yardstick.ts'
import type { Yardstick } from '../load/yardstick.ts'
import type { Contents } from './contents.ts'
import type { StoredVideo } from './ranges.ts'

interface Route {
  name: string
  path: string
  headers?: Record<string, string>
  /** Milliseconds of CPU per request, server and PostgreSQL, as measured of the other system. */
  peerMs: number
}

/** The other system's routes beside ours, both in yardsticks of CPU per answer. Returns a Markdown table. */
export async function compareRoutes(server: BenchServer, contents: Contents, video: StoredVideo, yardstick: Yardstick, seconds: number): Promise<string> {
  const { first } = contents
  const bearer = { authorization: `Bearer ${server.token}` }
  const thumbnail = first.previews.filter((preview) => preview.format === 'webp').sort((a, b) => a.width - b.width)[0]
  const routes: Route[] = [
    { name: 'health', path: '/health/live', peerMs: 0.73 },
    { name: 'thumbnail', path: new URL(thumbnail.url).pathname, peerMs: 1.4 },
    { name: 'video range, 1 MiB', path: video.path, headers: { range: 'bytes=0-1048575' }, peerMs: 4.7 },
    { name: 'public page', path: `/v/${first.code}`, peerMs: 3.8 + 0.6 },
    { name: 'check', path: `/api/viewer/ar/${first.unique_id}/check`, peerMs: 3 + 0.5 },
    { name: 'manifest, its visit recorded', path: `/api/viewer/ar/${first.unique_id}/manifest`, headers: { 'user-agent': 'ARV/1 (Android 16; Mobile)' }, peerMs: 5.8 + 1.4 },
    { name: 'who am I', path: '/api/auth/me', headers: bearer, peerMs: 2.3 + 0.35 },
    { name: 'admin list page', path: '/admin/content', headers: bearer, peerMs: 9.2 + 1.8 },
    { name: 'API list of 20 rows', path: '/api/ar-content?limit=20', headers: bearer, peerMs: 5.5 + 0.9 },
    { name: 'API list of 100 rows', path: '/api/ar-content?limit=100', headers: bearer, peerMs: 11.1 + 1.2 },
  ]
  const rows: (string | number)[][] = []
  for (const { name, path, headers = {}, peerMs } of routes) {
    const order = { url: server.url, paths: [path], headers: { 'user-agent': 'bench-bot', ...headers }, connections: 32, seconds }
    await measureLoad({ ...order, seconds: 1 }, server)
    const found = await measureLoad(order, server)
    if (found.errors + found.refused > 0) throw new Error(`${name}: ${found.errors + found.refused} of ${found.answers} answers failed`)
    const [ours, peer] = [found.cpuMs.both / yardstick.cpuMs, inPeerYardsticks(peerMs)]
    rows.push([name, `${Math.round(found.rate)}/s`, found.p99Ms, found.cpuMs.both, ours, peer, `${Math.round(peer / ours)} ×`])
  }
  return markdownTable(['route', 'rate', 'p99, ms', 'CPU, ms', 'yardsticks', 'the other system’s', 'less'], rows)
}
