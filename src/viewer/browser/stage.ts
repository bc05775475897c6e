import type { FrameTime } from './frames.ts'
import { followFrames, grabFrame } from './frames.ts'
import type { Tracked } from './messages.ts'
import type { Overlay } from './overlay.ts'
import type { CameraPicture, Renderer } from './renderer.ts'
import { createRenderer } from './renderer.ts'
import type { Tracking } from './tracking.ts'

export interface StageOptions {
  canvas: HTMLCanvasElement
  camera: HTMLVideoElement
  video: HTMLVideoElement
  overlay: Overlay
  tracking: Tracking
  /** Width by height of the photo as printed. */
  photoRatio: number
  /** A camera frame was looked at; `state` is what was found. */
  onTracked(state: Tracked['state'], target: number): void
  /** A frame could not be drawn or looked at, and no other will be. */
  onFailed(error: unknown): void
}

export interface Stage {
  /** The video has a new frame. */
  redraw(): void
  stop(): void
}

/** What a listener to `arv:frame` on the document is told, in the task that drew the frame. */
export interface DrawnFrame {
  drawn: true
  state: Tracked['state']
  pose: readonly number[] | null
  /** Seconds on the camera's clock. */
  cameraTime: number
  camera: { width: number; height: number }
  /** Camera pixels to canvas pixels. */
  view: { scale: number; left: number; top: number }
  /** Of the video, 0–1. */
  opacity: number
}

const fadeInMs = 220
const fadeOutMs = 140
/** Lots of canvas pixels cost battery, and nobody sees more than two to a CSS pixel on a moving picture. */
const pixelRatioMax = 2

/** A camera frame on the graphics chip with what was found in it: the two never part. */
interface Shown {
  picture: CameraPicture
  state: Tracked['state']
  pose: readonly number[] | null
  time: FrameTime
}

/**
 * Runs the camera's frames through the tracker and draws them, each with its own pose, at the display's rate. While
 * nothing is found the newest frame is drawn at once; from the lock on a frame waits for its pose.
 * @throws Error when this browser has no WebGL 2
 */
export function startStage(options: StageOptions): Stage {
  const { canvas, camera, video, overlay, tracking, photoRatio } = options
  let renderer: Renderer | undefined = createRenderer(canvas)
  let shown: Shown | undefined
  let spares: CameraPicture[] = []
  let grabbing = false
  let ready = false
  let opacity = 0
  let lastPose: readonly number[] | null = null
  let lastDraw = 0
  let drawRequest = 0
  tracking.ready.then(() => { ready = true }, () => { /* the page hears of it, too */ })

  const show = (next: Shown) => {
    if (shown !== undefined) spares.push(shown.picture)
    shown = next
    lastPose = next.pose ?? lastPose
    redraw()
  }
  const look = async (time: FrameTime) => {
    const by = renderer!
    const picture = spares.pop() ?? by.makePicture()
    grabbing = true
    try {
      const tracked = await tracking.track(await grabFrame(camera, picture, by, tracking), time.timeMs)
      if (by !== renderer) return
      const { state, pose } = tracked ?? { state: 'searching' as const, pose: null }
      if (pose === null && shown !== undefined && shown.time.timeMs > time.timeMs) spares.push(picture)
      else show({ picture, state, pose, time })
      if (tracked !== null) options.onTracked(state, tracked.target)
    } finally {
      grabbing = false
    }
  }
  const showUnseen = (time: FrameTime) => {
    const picture = spares.pop() ?? renderer!.makePicture()
    renderer!.upload(picture, camera, camera.videoWidth, camera.videoHeight)
    show({ picture, state: 'searching', pose: null, time })
  }
  const endFrames = followFrames(camera, (time) => {
    if (renderer === undefined || camera.videoWidth === 0) return
    if (ready && !tracking.busy && !grabbing) look(time).catch(options.onFailed)
    else if (shown === undefined || shown.state === 'searching') showUnseen(time)
  })

  const draw = (now: number) => {
    drawRequest = 0
    if (renderer === undefined || shown === undefined) return
    if (overlay.takeFrame() || (!renderer.hasVideo && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)) renderer.uploadVideo(video)
    const aim = shown.pose !== null && renderer.hasVideo ? 1 : 0
    opacity = approach(opacity, aim, Math.min(now - lastDraw, 50) / (aim === 1 ? fadeInMs : fadeOutMs))
    lastDraw = now
    const { picture, state, pose, time } = shown
    const view = renderer.draw({ camera: picture, pose: pose ?? lastPose, opacity, photoRatio })
    const detail: DrawnFrame = { drawn: true, state, pose, cameraTime: time.mediaTime, camera: { width: picture.width, height: picture.height }, view, opacity }
    document.dispatchEvent(new CustomEvent('arv:frame', { detail }))
    if (opacity !== aim) redraw()
  }
  const redraw = () => { drawRequest ||= requestAnimationFrame(draw) }

  const resize = new ResizeObserver(() => {
    const ratio = Math.min(window.devicePixelRatio, pixelRatioMax)
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio))
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio))
    if (canvas.width === width && canvas.height === height) return
    canvas.width = width
    canvas.height = height
    // A resized canvas is empty: fill it before it is seen.
    draw(performance.now())
  })
  resize.observe(canvas)

  const loseContext = (event: Event) => {
    event.preventDefault()
    renderer = shown = undefined
    spares = []
  }
  const restoreContext = () => { renderer = createRenderer(canvas) }
  canvas.addEventListener('webglcontextlost', loseContext)
  canvas.addEventListener('webglcontextrestored', restoreContext)

  return {
    redraw,
    stop: () => {
      endFrames()
      resize.disconnect()
      cancelAnimationFrame(drawRequest)
      canvas.removeEventListener('webglcontextlost', loseContext)
      canvas.removeEventListener('webglcontextrestored', restoreContext)
      renderer = shown = undefined
    },
  }
}

function approach(value: number, aim: number, step: number): number {
  return value < aim ? Math.min(aim, value + step) : Math.max(aim, value - step)
}
