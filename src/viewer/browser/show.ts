import type { AlbumPhoto, ViewerManifest } from '../contract.ts'
import type { Surroundings } from './browsers.ts'
import type { Camera } from './camera.ts'
import { CameraProblem, openCamera } from './camera.ts'
import type { Hints } from './hints.ts'
import { createHints } from './hints.ts'
import type { Tracked } from './messages.ts'
import type { Overlay } from './overlay.ts'
import { createOverlay } from './overlay.ts'
import type { ProblemName } from './screens.ts'
import { currentScreen, element, renewCanvas, setToggle, showHint, showProblem, showScreen, showSound } from './screens.ts'
import type { Stage } from './stage.ts'
import { startStage } from './stage.ts'
import type { Tracking } from './tracking.ts'
import { startTracking, TrackingProblem } from './tracking.ts'
import type { Visit } from './visit.ts'
import { createWakeLock } from './wakelock.ts'

/** After the photo was lost, the video goes on for so long: it often comes back at once. */
const playOnMs = 800

/** What a guest can do, from the tap on: one method for each button, and for the page's going and coming. */
export class Show {
  private readonly manifest: ViewerManifest
  private readonly surroundings: Surroundings
  private readonly visit: Visit
  private readonly overlay: Overlay
  private readonly hints: Hints
  private readonly wakeLock = createWakeLock()
  private tracking: Tracking | undefined
  private camera: Camera | undefined
  private stage: Stage | undefined
  private found: Tracked['state'] = 'searching'
  private lostTimer: number | undefined
  /** The photo of the album whose video is in the player. */
  private photo: AlbumPhoto | undefined
  private problem: ProblemName | undefined
  /** Counts openings, so that a camera that comes after the guest left is let go again. */
  private turn = 0

  constructor(manifest: ViewerManifest, surroundings: Surroundings, visit: Visit) {
    this.manifest = manifest
    this.surroundings = surroundings
    this.visit = visit
    this.hints = createHints(manifest.album_url === undefined ? manifest.words : { ...manifest.words, searching: manifest.words.searchingAlbum }, showHint)
    this.overlay = createOverlay(element<HTMLVideoElement>('video'), {
      onFrame: () => this.stage?.redraw(),
      onPlaying: (on) => this.countWatching(on),
      onWaiting: (on) => this.tellWaiting(on),
      onSound: showSound,
    })
  }

  /** Fetches what the tap will need. */
  prepare(): void {
    this.getTracking().ready.catch(() => { this.tracking = undefined })
  }

  open(): void {
    this.leave()
    this.overlay.unlock()
    showScreen('stage')
    const { words } = this.manifest
    this.hints.say(`${words.starting} ${words.allow}`)
    void this.wakeLock.hold()
    const { turn } = this
    this.openStage(turn).catch((error: unknown) => { if (turn === this.turn) this.fail(error) })
  }

  again(): void {
    // Safari asks for the camera once per page: after a refusal only a fresh page can ask again.
    if (this.problem === 'refused' && this.surroundings.platform === 'ios') location.reload()
    else this.open()
  }

  watch(): void {
    this.leave()
    showScreen('player')
    this.overlay.setSound(true)
    this.overlay.play()
    void this.wakeLock.hold()
  }

  close(): void {
    if (currentScreen() === 'start') return
    this.leave()
    showScreen('start')
    this.visit.report()
  }

  toggleSound(): void {
    this.overlay.setSound(!this.overlay.sound)
  }

  toggleTorch(): void {
    const torch = element('torch')
    const on = torch.dataset.on !== 'true'
    this.camera?.setTorch(on).then(() => setToggle(torch, on), () => { torch.hidden = true })
  }

  /** The page is out of sight. */
  sleep(): void {
    this.overlay.pause()
    void this.camera?.pause()
  }

  wake(): void {
    const screen = currentScreen()
    if (screen === 'stage' || screen === 'player') void this.wakeLock.hold()
    if (screen === 'player' || this.found !== 'searching') this.overlay.play()
    this.camera?.resume().catch((error: unknown) => this.fail(error))
  }

  private getTracking(): Tracking {
    const { worker_url, album_url, target_url } = this.manifest
    this.tracking ??= startTracking(worker_url, album_url === undefined ? { target: target_url! } : { album: album_url }, (problem) => {
      this.tracking = undefined
      if (currentScreen() === 'stage') this.fail(problem)
    })
    return this.tracking
  }

  private async openStage(turn: number): Promise<void> {
    const tracking = this.getTracking()
    const video = element<HTMLVideoElement>('camera')
    const camera = await openCamera(video, () => this.fail(new CameraProblem('stopped')))
    if (turn !== this.turn) return camera.stop()
    this.camera = camera
    this.visit.cameraCame('granted')
    this.visit.framesCame()
    const torch = element('torch')
    torch.hidden = !camera.hasTorch
    setToggle(torch, false)
    this.startStage(video, tracking)
    this.hints.say(this.manifest.words.loading)
    await tracking.ready
    if (turn === this.turn && this.found === 'searching') this.hints.searching()
  }

  private startStage(camera: HTMLVideoElement, tracking: Tracking): void {
    const { width, height } = this.manifest.photo!
    try {
      this.stage = startStage({
        canvas: element<HTMLCanvasElement>('canvas'), camera, video: element<HTMLVideoElement>('video'), overlay: this.overlay, tracking,
        photoRatio: width / height, onTracked: (state, target) => this.follow(state, target), onFailed: (error) => this.fail(error),
      })
    } catch (error) {
      throw new CameraProblem('unsupported', error)
    }
  }

  /** The photo came, stayed or went. */
  private follow(state: Tracked['state'], target: number): void {
    const other = state === 'searching' ? undefined : this.tracking?.photos[target]
    const isOther = other !== undefined && other !== this.photo
    const change = isOther || (state === 'searching') !== (this.found === 'searching')
    this.found = state
    if (isOther) this.changePhoto(other)
    if (!change) return
    element('stage').dataset.found = String(state !== 'searching')
    const { words } = this.manifest
    if (state === 'searching') {
      this.hints.searching()
      element('news').textContent = words.lost
      this.lostTimer = setTimeout(() => this.overlay.pause(), playOnMs)
    } else {
      clearTimeout(this.lostTimer)
      this.visit.locked()
      if (this.photo !== undefined && this.photo.state !== 'ready') return this.hints.say(words.ended[this.photo.state])
      this.hints.found()
      element('news').textContent = words.found
      this.overlay.play()
    }
  }

  /** Another photo of the album came into view. */
  private changePhoto(photo: AlbumPhoto): void {
    this.photo = photo
    this.visit.see?.(photo)
    this.overlay.change(photo.video?.url ?? null)
    this.stage?.changePhoto(photo.width / photo.height)
  }

  private countWatching(on: boolean): void {
    const withoutCamera = currentScreen() === 'player'
    this.visit.watching(on && (withoutCamera || this.found !== 'searching'), withoutCamera)
  }

  private tellWaiting(on: boolean): void {
    if (currentScreen() !== 'stage' || this.found === 'searching' || (this.photo !== undefined && this.photo.video === null)) return
    if (on) this.hints.say(this.manifest.words.buffering)
    else this.hints.found()
  }

  private leave(): void {
    this.turn++
    clearTimeout(this.lostTimer)
    this.hints.stop()
    this.overlay.pause()
    this.camera?.stop()
    if (this.stage !== undefined) {
      this.stage.stop()
      renewCanvas()
    }
    this.stage = this.camera = this.photo = undefined
    this.found = 'searching'
    element('stage').dataset.found = 'false'
    this.wakeLock.release()
  }

  private fail(error: unknown): void {
    if (!(error instanceof CameraProblem)) reportError(error)
    this.leave()
    if (error instanceof TrackingProblem) {
      this.tracking?.stop()
      this.tracking = undefined
    }
    this.problem = error instanceof CameraProblem || error instanceof TrackingProblem ? error.kind : 'failed'
    if (error instanceof CameraProblem && error.kind !== 'stopped') this.visit.cameraCame(error.kind === 'refused' ? 'refused' : 'absent')
    showProblem(this.manifest.words, this.problem, this.surroundings)
  }
}
