import { parentPort, workerData } from 'node:worker_threads'
import { TrackerError, compile, readTarget, score } from '#tracker'
import type { GrayImage } from '#tracker'
import type { CompiledTarget } from './target.ts'
import type { WorkerMessage } from './worker.ts'

/** Scoring simulates camera views, about as much work as compiling. */
const compileShare = 0.6
const progressStep = 0.01

const port = parentPort!
const post = (message: WorkerMessage<CompiledTarget>) => port.postMessage(message)
try {
  post({ result: work(workerData as GrayImage) })
} catch (error) {
  post({ failure: { code: error instanceof TrackerError ? error.code : undefined, message: error instanceof Error ? error.stack ?? error.message : String(error) } })
}

function work(photo: GrayImage): CompiledTarget {
  let told = 0
  const onProgress = (fraction: number) => {
    const progress = fraction * compileShare
    if (progress < told + progressStep) return
    told = progress
    post({ progress })
  }
  const target = compile(photo, { onProgress })
  post({ progress: compileShare })
  const result = score(photo, readTarget(target))
  post({ progress: 1 })
  return { target, score: result.score, advice: result.advice }
}
