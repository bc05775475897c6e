import { gzipSync } from 'node:zlib'
import { buildAssets } from '../../src/lib/assets/assets.ts'
import { viewerPage } from '../../src/viewer/page.ts'
import { sampleManifest } from '../viewer/manifest.ts'

/** What a guest's browser loads before target, pictures and video: the page with its style, its script and its worker, gzipped. */
export async function viewerKb(): Promise<number | null> {
  try {
    const assets = await buildAssets({ log: { info: () => {} } })
    const page = String(viewerPage(sampleManifest({ worker_url: assets.url('tracker-worker.js') }), assets))
    const files = ['viewer.js', 'tracker-worker.js'].map(name => assets.manifest.assets[name])
    const bytes = gzipSync(page, { level: 9 }).length + files.reduce((sum, file) => sum + (file.packed.gzip ?? file.bytes), 0)
    return bytes / 1024
  } catch (error) {
    console.log(`  the viewer could not be built: ${(error as Error).message}`)
    return null
  }
}
