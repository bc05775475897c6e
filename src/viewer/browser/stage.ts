import type { DrawnFrame } from './drawn.ts'
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
  /** Another photo of the album, with another video. */
  changePhoto(photoRatio: number): void
  stop(): void
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
  return new RunningStage(options)
}

class RunningStage implements Stage {
  private readonly options: StageOptions
  /** Undefined while the WebGL context is lost, and after the end. */
  private renderer: Renderer | undefined
  private shown: Shown | undefined
  private spares: CameraPicture[] = []
  private looking = false
  private ready = false
  private opacity = 0
  private photoRatio: number
  private lastPose: readonly number[] | null = null
  private lastDraw = 0
  private drawRequest = 0
  private readonly endFrames: () => void
  private readonly resizing = new ResizeObserver(() => this.resize())

  constructor(options: StageOptions) {
    this.options = options
    this.photoRatio = options.photoRatio
    const { canvas, camera, tracking } = options
    this.renderer = createRenderer(canvas)
    tracking.ready.then(() => { this.ready = true }, () => { /* the page hears of it, too */ })
    canvas.addEventListener('webglcontextlost', this.loseContext)
    canvas.addEventListener('webglcontextrestored', this.restoreContext)
    this.resizing.observe(canvas)
    this.endFrames = followFrames(camera, (time) => this.takeFrame(time))
  }

  changePhoto(photoRatio: number): void {
    this.photoRatio = photoRatio
    this.opacity = 0
    this.renderer?.dropVideo()
  }

  redraw(): void {
    this.drawRequest ||= requestAnimationFrame((now) => this.draw(now))
  }

  stop(): void {
    const { canvas } = this.options
    this.endFrames()
    this.resizing.disconnect()
    cancelAnimationFrame(this.drawRequest)
    canvas.removeEventListener('webglcontextlost', this.loseContext)
    canvas.removeEventListener('webglcontextrestored', this.restoreContext)
    this.renderer = this.shown = undefined
  }

  private takeFrame(time: FrameTime): void {
    const { camera, tracking, onFailed } = this.options
    if (this.renderer === undefined || camera.videoWidth === 0) return
    if (this.ready && !tracking.busy && !this.looking) this.look(this.renderer, time).catch(onFailed)
    else if (this.shown === undefined || this.shown.state === 'searching') this.showUnseen(this.renderer, time)
  }

  private async look(renderer: Renderer, time: FrameTime): Promise<void> {
    const { camera, tracking, onTracked } = this.options
    const picture = this.spares.pop() ?? renderer.makePicture()
    this.looking = true
    try {
      const tracked = await tracking.track(await grabFrame(camera, picture, renderer, tracking), time.timeMs)
      if (renderer !== this.renderer) return
      const { state, pose } = tracked ?? { state: 'searching' as const, pose: null }
      if (pose === null && this.shown !== undefined && this.shown.time.timeMs > time.timeMs) this.spares.push(picture)
      else this.show({ picture, state, pose, time })
      if (tracked !== null) onTracked(state, tracked.target)
    } finally {
      this.looking = false
    }
  }

  private showUnseen(renderer: Renderer, time: FrameTime): void {
    const { camera } = this.options
    const picture = this.spares.pop() ?? renderer.makePicture()
    renderer.upload(picture, camera, camera.videoWidth, camera.videoHeight)
    this.show({ picture, state: 'searching', pose: null, time })
  }

  private show(next: Shown): void {
    if (this.shown !== undefined) this.spares.push(this.shown.picture)
    this.shown = next
    this.lastPose = next.pose ?? this.lastPose
    this.redraw()
  }

  private draw(now: number): void {
    this.drawRequest = 0
    const { renderer, shown } = this
    if (renderer === undefined || shown === undefined) return
    const { photoRatio } = this
    const { overlay, video } = this.options
    if (overlay.takeFrame() || (!renderer.hasVideo && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)) renderer.uploadVideo(video)
    const aim = shown.pose !== null && renderer.hasVideo ? 1 : 0
    this.opacity = approach(this.opacity, aim, Math.min(now - this.lastDraw, 50) / (aim === 1 ? fadeInMs : fadeOutMs))
    this.lastDraw = now
    const { picture, state, pose, time } = shown
    const view = renderer.draw({ camera: picture, pose: pose ?? this.lastPose, opacity: this.opacity, photoRatio })
    const detail: DrawnFrame = {
      drawn: true, state, pose, cameraTime: time.mediaTime, camera: { width: picture.width, height: picture.height }, view, opacity: this.opacity,
    }
    document.dispatchEvent(new CustomEvent('arv:frame', { detail }))
    if (this.opacity !== aim) this.redraw()
  }

  private resize(): void {
    const { canvas } = this.options
    const ratio = Math.min(window.devicePixelRatio, pixelRatioMax)
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio))
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio))
    if (canvas.width === width && canvas.height === height) return
    canvas.width = width
    canvas.height = height
    // A resized canvas is empty: fill it before it is seen.
    cancelAnimationFrame(this.drawRequest)
    this.draw(performance.now())
  }

  private readonly loseContext = (event: Event) => {
    event.preventDefault()
    this.renderer = this.shown = undefined
    this.spares = []
  }

  private readonly restoreContext = () => {
    this.renderer = createRenderer(this.options.canvas)
  }
}

function approach(value: number, aim: number, step: number): number {
  return value < aim ? Math.min(aim, value + step) : Math.max(aim, value - step)
}
