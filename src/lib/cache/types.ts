const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** Memory of this process, Redis shared by all, files that survive a restart. */
export type Level = 'memory' | 'redis' | 'disk'

export interface CacheType {
  /** From the nearest to the farthest; memory always comes first. */
  levels: readonly ['memory', 'redis' | 'disk']
  /** How long a value counts as fresh, ± 10 % so that what was computed together does not expire together. */
  ttlSeconds: number
  /** How long after that it is still given out while a newer one is being computed. */
  staleSeconds: number
  /** How long “there is none” (undefined) counts. */
  absentSeconds: number
}

/**
 * Everything that is cached, by kind. Rows of the database can change under us: they live in memory and in Redis, where
 * an invalidation reaches them. Disk is for what follows from its key alone and never changes: a file could outlive an
 * invalidation that came while its process was down. A test asks that each kind has a caller.
 */
export const cacheTypes = {
  /** Rows behind a guest's link. */
  metadata: { levels: ['memory', 'redis'], ttlSeconds: 2 * hour, staleSeconds: 5 * minute, absentSeconds: minute },
  /** Companies and projects to choose from. */
  lists: { levels: ['memory', 'redis'], ttlSeconds: day, staleSeconds: 5 * minute, absentSeconds: minute },
  /** Answers made of many rows. */
  answers: { levels: ['memory', 'redis'], ttlSeconds: 5 * minute, staleSeconds: minute, absentSeconds: minute },
  /** What visits add up to; announced anew each time they are folded. */
  counters: { levels: ['memory', 'redis'], ttlSeconds: minute, staleSeconds: 5, absentSeconds: 5 },
  /** Pictures drawn on demand: QR codes. */
  previews: { levels: ['memory', 'disk'], ttlSeconds: hour, staleSeconds: hour, absentSeconds: minute },
  /** What probing a file told, by the file's content. */
  media_info: { levels: ['memory', 'disk'], ttlSeconds: day, staleSeconds: day, absentSeconds: minute },
} as const satisfies Record<string, CacheType>

export type CacheTypeName = keyof typeof cacheTypes
export const cacheTypeNames = Object.keys(cacheTypes) as CacheTypeName[]

/** Whether its values can become wrong before they expire. */
export function canChange(name: CacheTypeName): boolean {
  return (cacheTypes[name].levels as readonly Level[]).includes('redis')
}
