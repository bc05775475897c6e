import { chooseLens } from './lens.ts'

export type CameraProblemKind = 'refused' | 'absent' | 'busy' | 'insecure' | 'unsupported' | 'stopped' | 'failed'

/** Why there is no camera, as the page tells it. */
export class CameraProblem extends Error {
  readonly kind: CameraProblemKind
  constructor(kind: CameraProblemKind, cause?: unknown) {
    super(`camera: ${kind}`, { cause })
    this.name = 'CameraProblem'
    this.kind = kind
  }
}

export interface Camera {
  /** Whether this camera has a light that can be turned on. */
  hasTorch: boolean
  setTorch(on: boolean): Promise<void>
  /** While the page is out of sight: the camera is let go where the browser will give it back without asking. */
  pause(): Promise<void>
  /** @throws CameraProblem */
  resume(): Promise<void>
  stop(): void
}

// The browsers' types lag behind what cameras can do.
type Capabilities = MediaTrackCapabilities & { torch?: boolean; focusMode?: string[] }
type Settings = MediaTrackConstraintSet & { torch?: boolean; focusMode?: string }

const wanted: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } }

/**
 * Opens the back camera into `video`. `onStopped` hears when the system takes it away.
 * @throws CameraProblem
 */
export async function openCamera(video: HTMLVideoElement, onStopped: () => void): Promise<Camera> {
  let track = await start(video)
  let torch = false
  const watch = () => track.addEventListener('ended', onStopped)
  watch()
  return {
    get hasTorch() { return readCapabilities(track).torch === true },
    setTorch: async (on) => {
      await track.applyConstraints({ advanced: [{ torch: on } as Settings] })
      torch = on
    },
    pause: async () => {
      video.pause()
      if (await isGrantedForGood()) track.stop()
      else track.enabled = false
    },
    resume: async () => {
      if (track.readyState === 'ended') {
        track = await start(video)
        watch()
      }
      track.enabled = true
      await video.play().catch(() => { /* hidden again at once */ })
      if (torch) await track.applyConstraints({ advanced: [{ torch } as Settings] }).catch(() => { /* the light is no necessity */ })
    },
    stop: () => {
      track.removeEventListener('ended', onStopped)
      track.stop()
      video.srcObject = null
    },
  }
}

async function start(video: HTMLVideoElement): Promise<MediaStreamTrack> {
  if (!window.isSecureContext) throw new CameraProblem('insecure')
  if (navigator.mediaDevices?.getUserMedia === undefined) throw new CameraProblem('unsupported')
  try {
    const stream = await changeLens(await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, facingMode: { ideal: 'environment' } } }))
    const [track] = stream.getVideoTracks()
    if (readCapabilities(track).focusMode?.includes('continuous')) {
      await track.applyConstraints({ advanced: [{ focusMode: 'continuous' } as Settings] }).catch(() => { /* it stays as it is */ })
    }
    video.srcObject = stream
    await video.play()
    return track
  } catch (error) {
    throw describeProblem(error)
  }
}

/** Lenses have names only after the guest allowed the camera, so a wrong one must be opened first. */
async function changeLens(stream: MediaStream): Promise<MediaStream> {
  const [track] = stream.getVideoTracks()
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  const current = { deviceId: track.getSettings().deviceId ?? '', label: track.label }
  const deviceId = chooseLens(devices.filter(({ kind }) => kind === 'videoinput'), current)
  if (deviceId === undefined) return stream
  track.stop()
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, deviceId: { exact: deviceId } } })
  } catch {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, deviceId: { ideal: current.deviceId } } })
  }
}

function readCapabilities(track: MediaStreamTrack): Capabilities {
  return typeof track.getCapabilities === 'function' ? track.getCapabilities() : {}
}

/** Safari says "prompt" although it was allowed this once: there the camera must be kept, or it asks again. */
async function isGrantedForGood(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'camera' as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}

const problems: Record<string, CameraProblemKind> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'absent',
  OverconstrainedError: 'absent',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

function describeProblem(error: unknown): CameraProblem {
  if (error instanceof CameraProblem) return error
  return new CameraProblem(problems[(error as Error).name] ?? 'failed', error)
}
