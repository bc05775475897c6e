import type { ViewerManifest } from '../../src/viewer/contract.ts'
import { wordsIn } from '../../src/words/words.ts'

/** What a ready page is made from, in English; `changes` replace what a benchmark needs otherwise. */
export function sampleManifest(changes: Partial<ViewerManifest>): ViewerManifest {
  return {
    state: 'ready', language: 'en', page_url: 'http://localhost/v/sample', unique_id: '7b0c3a52-5c0e-4c8e-9d55-0b4f5a1f9a10', title: 'Anna and Mark',
    photo: { url: '/photo', width: 600, height: 400, previews: [], blur: null },
    target_url: '/target',
    video: { id: 1, url: '/video', poster_url: null, width: 480, height: 320, mime_type: 'video/mp4', duration: 4 },
    visits_url: '/visits', worker_url: '/assets/tracker-worker.js', words: wordsIn('en').viewer.browser,
    ...changes,
  }
}
