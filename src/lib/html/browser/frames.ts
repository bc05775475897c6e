/** What V8 writes: a tree of calls by numbers, and which of them was at work at each look. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[]
  startTime: number
  endTime: number
  samples: number[]
  /** Microseconds since the look before. */
  timeDeltas: number[]
}

/** A call, with all that it called. */
export interface Frame {
  name: string
  place: string
  kind: 'own' | 'package' | 'node' | 'idle'
  selfMs: number
  totalMs: number
  parent: Frame | null
  children: Frame[]
}

/** The tree of calls with their times; the same function called from the same place is one frame. Waiting is left out. */
export function readFrames(profile: CpuProfile): Frame {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const selfMs = new Map<number, number>()
  for (const [index, id] of profile.samples.entries()) selfMs.set(id, (selfMs.get(id) ?? 0) + Math.max(0, profile.timeDeltas[index] ?? 0) / 1000)
  const build = (id: number, parent: Frame | null): Frame => {
    const node = byId.get(id)!
    const frame: Frame = { ...describe(node.callFrame), selfMs: selfMs.get(id) ?? 0, totalMs: 0, parent, children: [] }
    frame.children = mergeAlike((node.children ?? []).map((child) => build(child, frame))).filter((child) => child.kind !== 'idle').sort((a, b) => b.totalMs - a.totalMs)
    frame.totalMs = frame.selfMs + frame.children.reduce((sum, child) => sum + child.totalMs, 0)
    return frame
  }
  return build(profile.nodes[0].id, null)
}

/** Functions by the time that they took themselves, wherever they were called. */
export function findHottest(root: Frame, count: number): { name: string; place: string; selfMs: number }[] {
  const all = new Map<string, { name: string; place: string; selfMs: number }>()
  const visit = (frame: Frame) => {
    const key = `${frame.name} ${frame.place}`
    const found = all.get(key) ?? { name: frame.name, place: frame.place, selfMs: 0 }
    found.selfMs += frame.selfMs
    all.set(key, found)
    frame.children.forEach(visit)
  }
  root.children.forEach(visit)
  return [...all.values()].filter((entry) => entry.selfMs > 0).sort((a, b) => b.selfMs - a.selfMs).slice(0, count)
}

function mergeAlike(frames: Frame[]): Frame[] {
  const merged = new Map<string, Frame>()
  for (const frame of frames) {
    const key = `${frame.name} ${frame.place}`
    const found = merged.get(key)
    if (found === undefined) {
      merged.set(key, frame)
      continue
    }
    found.selfMs += frame.selfMs
    found.totalMs += frame.totalMs
    for (const child of frame.children) child.parent = found
    found.children = mergeAlike([...found.children, ...frame.children])
  }
  return [...merged.values()]
}

const idle = new Set(['(idle)'])

function describe({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): Pick<Frame, 'name' | 'place' | 'kind'> {
  const name = functionName === '' ? '(anonymous)' : functionName
  const path = url.replace(/^file:\/\//, '')
  const inPackage = path.lastIndexOf('/node_modules/')
  const short = inPackage >= 0 ? path.slice(inPackage + '/node_modules/'.length) : path.replace(/^.*\/(?=(src|packages|bin)\/)/, '')
  const kind = idle.has(name) ? 'idle' : inPackage >= 0 ? 'package' : url.startsWith('file:') ? 'own' : 'node'
  return { name, place: url === '' ? '' : `${short}:${lineNumber + 1}`, kind }
}
