import { createRandom } from '../simulate/random.ts'
import type { MindPoint } from './describe.ts'

/** A node of the search tree in a `.mind` file; the centre's index is a text there, null at the root. */
export interface ClusterNode {
  leaf: boolean
  children?: ClusterNode[]
  pointIndexes?: number[]
  centerPointIndex: string | null
}

const LEAF_POINTS_MAX = 16
const CENTRES = 8
/** Sets of centres tried per node; the set with the least distance in sum is kept. */
const TRIALS = 12
const SEED = 1234

/** A tree of k-medoids under Hamming distance over the points' descriptors (Muja & Lowe 2012). */
export function clusterPoints(points: MindPoint[]): { rootNode: ClusterNode } {
  const random = createRandom(SEED)
  const split = (indexes: number[], centre: number | null): ClusterNode => {
    const centerPointIndex = centre === null ? null : String(centre)
    const groups = indexes.length > LEAF_POINTS_MAX ? bestGroups(indexes) : []
    if (groups.length < 2) return { leaf: true, pointIndexes: indexes, centerPointIndex }
    return { leaf: false, centerPointIndex, children: groups.map(group => split(group.members, group.centre)) }
  }
  const bestGroups = (indexes: number[]): Group[] => {
    let best: Group[] = [], least = Infinity
    for (let trial = 0; trial < TRIALS; trial++) {
      const { groups, sum } = assign(points, indexes, drawCentres(indexes, random.uniform))
      if (sum < least) { best = groups; least = sum }
    }
    return best
  }
  return { rootNode: split(points.map((_, index) => index), null) }
}

interface Group { centre: number, members: number[] }

function drawCentres(indexes: number[], uniform: () => number): number[] {
  const pool = indexes.slice()
  return Array.from({ length: CENTRES }, (_, i) => {
    const at = i + Math.floor(uniform() * (pool.length - i))
    const drawn = pool[at]
    pool[at] = pool[i]
    pool[i] = drawn
    return drawn
  })
}

function assign(points: MindPoint[], indexes: number[], centres: number[]): { groups: Group[], sum: number } {
  const groups: Group[] = centres.map(centre => ({ centre, members: [] }))
  let sum = 0
  for (const index of indexes) {
    let nearest = 0, least = Infinity
    for (let k = 0; k < centres.length; k++) {
      const distance = hamming(points[index].descriptors, points[centres[k]].descriptors)
      if (distance < least) { least = distance; nearest = k }
    }
    groups[nearest].members.push(index)
    sum += least
  }
  return { groups: groups.filter(group => group.members.length > 0), sum }
}

function hamming(a: number[], b: number[]): number {
  let count = 0
  for (let i = 0; i < a.length; i++) {
    let bits = a[i] ^ b[i]
    bits -= (bits >>> 1) & 0x55555555
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return count
}
