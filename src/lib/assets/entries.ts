/** One file that browsers load. `source` is relative to the project's folder. */
export interface AssetEntry {
  /** What pages call it; the served name carries its content's hash besides. */
  name: string
  source: string
  /** `script` is a module of a page, `worker` a classic script, because that is what every browser's Worker takes. */
  kind: 'script' | 'worker' | 'style' | 'tailwind'
}

export const assetEntries: readonly AssetEntry[] = [
  { name: 'viewer.js', source: 'src/viewer/browser/main.ts', kind: 'script' },
  { name: 'tracker-worker.js', source: 'src/viewer/browser/worker.ts', kind: 'worker' },
  { name: 'viewer.css', source: 'src/viewer/browser/viewer.css', kind: 'style' },
  { name: 'admin.js', source: 'src/lib/html/browser/admin.ts', kind: 'script' },
  { name: 'performance.js', source: 'src/lib/html/browser/performance.ts', kind: 'script' },
  { name: 'admin.css', source: 'src/lib/html/browser/admin.css', kind: 'tailwind' },
]

/** Folders and files that decide what comes out; when none of them changed, nothing is built. */
export const assetInputs: readonly string[] = ['src', 'packages/tracker/src', 'package-lock.json']
