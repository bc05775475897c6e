import { workerData } from 'node:worker_threads'
import { readTarget, score } from '#tracker'
import type { Score } from '#tracker'
import { answer } from './answer.ts'
import type { ScoreInput } from './score.ts'

answer<Score>(() => {
  const { photo, target } = workerData as ScoreInput
  return score(photo, readTarget(target))
})
