import type { Addresses, AlbumContents, AlbumRow } from '../content/content.ts'
import { albumPhotoId, choosePhotos, mediaUrl, nameAlbumIndex, presentPreviews } from '../content/content.ts'
import type { Language } from '../words/words.ts'
import { wordsIn } from '../words/words.ts'
import type { ViewerManifest, ViewerState } from './contract.ts'
import type { AlbumAnswer, AlbumPhotoAnswer } from './schema.ts'

/** Everything in an album that a camera can recognise, what has ended included: the guest is told so. */
export function presentAlbum(album: AlbumContents, { links, files }: Addresses): AlbumAnswer {
  const now = new Date()
  const photos = choosePhotos(album.rows, (row) => stateOf(row, now) === 'ready')
  return {
    code: album.code,
    name: album.name,
    index_url: photos.length === 0 ? null : `${links}/api/viewer/albums/${album.code}/${nameAlbumIndex(album.rows)}`,
    photos: photos.map((row) => presentPhoto(row, stateOf(row, now), files)),
  }
}

/** The page of an album, whatever became of it. */
export function describeAlbumPage(album: AlbumContents | undefined, options: { language: Language; pageUrl: string; workerUrl: string; files: string }): ViewerManifest {
  const now = new Date()
  const first = album?.rows.find((row) => stateOf(row, now) === 'ready')
  return {
    state: album === undefined ? 'not_found' : first === undefined ? explain(album.rows, now) : 'ready',
    language: options.language,
    page_url: options.pageUrl,
    unique_id: null,
    title: null,
    photo: first === undefined ? null : presentCover(first, options.files),
    target_url: null,
    video: null,
    ...(album === undefined ? {} : { album_url: `/api/viewer/albums/${album.code}?from=page` }),
    visits_url: '/api/viewer/visits',
    worker_url: options.workerUrl,
    words: wordsIn(options.language).viewer.browser,
  }
}

/** Why nothing of it plays. */
function explain(rows: readonly AlbumRow[], now: Date): ViewerState {
  const states = new Set(rows.map((row) => stateOf(row, now)))
  return states.has('preparing') ? 'preparing' : states.has('expired') ? 'expired' : 'empty_album'
}

function stateOf(row: AlbumRow, now: Date): 'ready' | 'expired' | 'archived' | 'preparing' | 'no_video' {
  if (row.status === 'archived') return 'archived'
  if (row.expiresAt !== null && row.expiresAt <= now) return 'expired'
  if (row.markerStatus === 'ready' && row.targetKey !== null && row.videoId !== null) return 'ready'
  return row.status === 'processing' || row.status === 'pending' ? 'preparing' : 'no_video'
}

function presentPhoto(row: AlbumRow & { targetKey: string }, state: AlbumPhotoAnswer['state'], files: string): AlbumPhotoAnswer {
  return {
    id: albumPhotoId(row.photoSha256),
    unique_id: row.uniqueId,
    state,
    target_url: mediaUrl(files, row.targetKey),
    width: row.photoWidth,
    height: row.photoHeight,
    video: state !== 'ready' || row.videoId === null || row.renditionKey === null ? null : {
      id: row.videoId,
      url: mediaUrl(files, row.renditionKey),
      poster_url: row.posterKey === null ? null : mediaUrl(files, row.posterKey),
      width: row.videoWidth,
      height: row.videoHeight,
      mime_type: 'video/mp4',
      duration: row.durationMs === null ? null : row.durationMs / 1000,
    },
  }
}

function presentCover(row: AlbumRow, files: string): NonNullable<ViewerManifest['photo']> {
  const previews = presentPreviews(row.previews as never, files)
  return {
    url: previews.filter(({ format }) => format === 'webp').at(-1)?.url ?? mediaUrl(files, `${row.photoSha256}/photo.${row.photoExtension}`),
    width: row.photoWidth,
    height: row.photoHeight,
    previews: previews.map(({ url, width, format }) => ({ url, width, format })),
    blur: row.blur,
  }
}
