import type { FramePicture } from './messages.ts'
import type { CameraPicture, Renderer } from './renderer.ts'
import type { Tracking } from './tracking.ts'

/** When a frame was taken: `timeMs` on the page's clock, only going forward; `mediaTime` in seconds on the camera's. */
export interface FrameTime {
  timeMs: number
  mediaTime: number
}

/** Calls back once for each new camera frame; returns what ends it. */
export function followFrames(video: HTMLVideoElement, onFrame: (time: FrameTime) => void): () => void {
  let ended = false
  let last = 0
  const tell = (timeMs: number, mediaTime: number) => {
    last = Math.max(last + 0.001, timeMs)
    onFrame({ timeMs: last, mediaTime })
  }
  if (video.requestVideoFrameCallback !== undefined) {
    const next: VideoFrameRequestCallback = (now, { captureTime, mediaTime }) => {
      if (ended) return
      video.requestVideoFrameCallback(next)
      tell(captureTime !== undefined && Math.abs(now - captureTime) < 1000 ? captureTime : now, mediaTime)
    }
    video.requestVideoFrameCallback(next)
  } else {
    let lastMediaTime = -1
    const next = (now: number) => {
      if (ended) return
      requestAnimationFrame(next)
      if (video.currentTime === lastMediaTime || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
      lastMediaTime = video.currentTime
      tell(now, video.currentTime)
    }
    requestAnimationFrame(next)
  }
  return () => { ended = true }
}

type TurnedFrame = VideoFrame & { rotation?: number; flip?: boolean }

/**
 * Puts the camera's current frame into `picture` and resolves with the very same frame as the tracker wants it. Two
 * ways, the quicker one first: the frame itself goes to the worker, which copies its brightness out; or the graphics
 * chip makes a grey copy. A browser that does not tell how a frame is turned must take the second.
 */
export function grabFrame(video: HTMLVideoElement, picture: CameraPicture, renderer: Renderer, tracking: Tracking): Promise<FramePicture> {
  const frame = tracking.readsFrames ? takeUprightFrame(video) : undefined
  if (frame !== undefined) {
    renderer.upload(picture, frame, video.videoWidth, video.videoHeight)
    return Promise.resolve({ frame })
  }
  renderer.upload(picture, video, video.videoWidth, video.videoHeight)
  const { width, height } = renderer.startGray(picture)
  const gray = tracking.takeBuffer(width * height)
  const bytes = new Uint8Array(gray)
  return new Promise((resolve) => {
    const look = () => {
      if (renderer.takeGray(bytes)) resolve({ gray, width, height })
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}

function takeUprightFrame(video: HTMLVideoElement): VideoFrame | undefined {
  if (typeof VideoFrame === 'undefined' || !('rotation' in VideoFrame.prototype)) return undefined
  let frame: TurnedFrame
  try {
    frame = new VideoFrame(video)
  } catch {
    return undefined
  }
  const { visibleRect } = frame
  const upright = frame.rotation === 0 && frame.flip !== true && visibleRect?.width === video.videoWidth && visibleRect.height === video.videoHeight
  if (upright) return frame
  frame.close()
  return undefined
}
