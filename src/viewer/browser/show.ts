import type { ViewerManifest, ViewerWords } from '../contract.ts'
import type { Surroundings } from './browsers.ts'
import type { Camera } from './camera.ts'
import { CameraProblem, openCamera } from './camera.ts'
import { createHints } from './hints.ts'
import type { Tracked } from './messages.ts'
import { createOverlay } from './overlay.ts'
import { currentScreen, element, setToggle, showScreen } from './screens.ts'
import type { Stage } from './stage.ts'
import { startStage } from './stage.ts'
import type { Tracking } from './tracking.ts'
import { startTracking, TrackingProblem } from './tracking.ts'
import type { Visit } from './visit.ts'
import { createWakeLock } from './wakelock.ts'

/** What a guest can do. */
export interface Show {
  prepare(): void
  open(): void
  again(): void
  watch(): void
  close(): void
  toggleSound(): void
  toggleTorch(): void
  sleep(): void
  wake(): void
}

type ProblemName = keyof ViewerWords['problems']

/** After the photo was lost, the video goes on for so long: it often comes back at once. */
const playOnMs = 800

export function createShow(manifest: ViewerManifest, surroundings: Surroundings, visit: Visit): Show {
  const { words } = manifest
  const video = element<HTMLVideoElement>('video')
  const cameraVideo = element<HTMLVideoElement>('camera')
  const hints = createHints(words, showHint)
  const wakeLock = createWakeLock()
  let tracking: Tracking | undefined
  let camera: Camera | undefined
  let stage: Stage | undefined
  let found: Tracked['state'] = 'searching'
  let lostTimer: number | undefined
  let problem: ProblemName | undefined
  /** Counts openings, so that a camera that comes after the guest left is let go again. */
  let opening = 0

  const overlay = createOverlay(video, {
    onFrame: () => stage?.redraw(),
    onPlaying: (on) => {
      const inSight = currentScreen() === 'player' || found !== 'searching'
      visit.watching(on && inSight, currentScreen() === 'player')
    },
    onWaiting: (on) => {
      if (currentScreen() !== 'stage' || found === 'searching') return
      if (on) hints.say(words.buffering)
      else hints.found()
    },
    onSound: (on, blocked) => {
      setToggle(element('sound'), on)
      element('sound').dataset.blocked = String(blocked)
      element('sound-call').hidden = !blocked
    },
  })

  const getTracking = () => {
    tracking ??= startTracking(manifest.worker_url, [manifest.target_url!], fail)
    return tracking
  }
  const onTracked = (state: Tracked['state']) => {
    visit.framesCame()
    if ((state === 'searching') === (found === 'searching')) return
    found = state
    element('stage').dataset.found = String(state !== 'searching')
    if (state === 'searching') {
      hints.searching()
      element('news').textContent = words.lost
      lostTimer = setTimeout(overlay.pause, playOnMs)
    } else {
      clearTimeout(lostTimer)
      hints.found()
      element('news').textContent = words.found
      visit.locked()
      overlay.play()
    }
  }
  const leaveStage = () => {
    opening++
    clearTimeout(lostTimer)
    hints.stop()
    overlay.pause()
    camera?.stop()
    if (stage !== undefined) {
      stage.stop()
      renewCanvas()
    }
    stage = camera = undefined
    found = 'searching'
    wakeLock.release()
  }
  function fail(error: unknown): void {
    leaveStage()
    if (error instanceof TrackingProblem) tracking = undefined
    problem = error instanceof CameraProblem || error instanceof TrackingProblem ? error.kind : 'failed'
    if (error instanceof CameraProblem && error.kind !== 'stopped') visit.cameraCame(error.kind === 'refused' ? 'refused' : 'absent')
    else console.error(error)
    showProblem(words, problem, surroundings)
  }
  const openStage = async (turn: number) => {
    const current = getTracking()
    const opened = await openCamera(cameraVideo, () => fail(new CameraProblem('stopped')))
    if (turn !== opening) return opened.stop()
    camera = opened
    visit.cameraCame('granted')
    const torch = element('torch')
    torch.hidden = !camera.hasTorch
    setToggle(torch, false)
    stage = startStageOrTell({
      canvas: element<HTMLCanvasElement>('canvas'), camera: cameraVideo, video, overlay, tracking: current, onTracked,
      photoRatio: manifest.photo!.width / manifest.photo!.height,
    })
    hints.say(words.loading)
    await current.ready
    if (turn === opening) hints.searching()
  }
  const open = () => {
    leaveStage()
    overlay.unlock()
    element('stage').dataset.found = 'false'
    showScreen('stage')
    hints.say(`${words.starting} ${words.allow}`)
    void wakeLock.hold()
    const turn = opening
    openStage(turn).catch((error: unknown) => { if (turn === opening) fail(error) })
  }

  return {
    prepare: () => void getTracking().ready.catch(() => { tracking = undefined }),
    open,
    // Safari asks for the camera once per page: after a refusal only a fresh page can ask again.
    again: () => (problem === 'refused' && surroundings.platform === 'ios' ? location.reload() : open()),
    watch: () => {
      leaveStage()
      showScreen('player')
      overlay.setSound(true)
      overlay.play()
      void wakeLock.hold()
    },
    close: () => {
      if (currentScreen() === 'start') return
      leaveStage()
      showScreen('start')
      visit.report()
    },
    toggleSound: () => overlay.setSound(!overlay.sound),
    toggleTorch: () => {
      const torch = element('torch')
      const on = torch.dataset.on !== 'true'
      camera?.setTorch(on).then(() => setToggle(torch, on), () => { torch.hidden = true })
    },
    sleep: () => {
      overlay.pause()
      void camera?.pause()
    },
    wake: () => {
      if (currentScreen() === 'stage' || currentScreen() === 'player') void wakeLock.hold()
      if (currentScreen() === 'player' || found !== 'searching') overlay.play()
      camera?.resume().catch(fail)
    },
  }
}

function startStageOrTell(options: Parameters<typeof startStage>[0]): Stage {
  try {
    return startStage(options)
  } catch (error) {
    console.error(error)
    throw new CameraProblem('unsupported', error)
  }
}

/** A canvas keeps its WebGL context for good, so each opening gets a fresh one and the old is given back. */
function renewCanvas(): void {
  const old = element<HTMLCanvasElement>('canvas')
  old.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
  old.replaceWith(old.cloneNode())
}

function showHint(text: string | null, tip: boolean): void {
  const hint = element('hint')
  hint.dataset.silent = String(text === null)
  hint.dataset.tip = String(tip)
  if (text !== null) element('hint-text').textContent = text
}

function showProblem(words: ViewerWords, name: ProblemName, surroundings: Surroundings): void {
  const { refused } = words.problems
  const { heading, text } = words.problems[name]
  const ways = { ios: surroundings.safari ? refused.iosSafari : refused.iosOther, android: refused.android, desktop: refused.desktop }
  element('problem-heading').textContent = heading
  element('problem-text').textContent = name !== 'refused' ? text : surroundings.app === null ? ways[surroundings.platform] : `${text} ${words.inAppHowMenu}`
  element('again').hidden = name === 'insecure' || name === 'unsupported'
  showScreen('problem')
}
