import { workerData } from 'node:worker_threads'
import { compile } from '#tracker'
import type { GrayImage } from '#tracker'
import { answer } from './answer.ts'

answer<Uint8Array>((onProgress) => compile(workerData as GrayImage, { onProgress }))
