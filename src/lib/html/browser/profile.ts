import { drawFlame } from './flame.ts'
import { findHottest, readFrames } from './frames.ts'
import type { CpuProfile, Frame } from './frames.ts'
import { drawBar } from './livecharts.ts'
import { fill, formatValue } from './units.ts'

interface ProfileWords {
  recording: string
  recorded: string
  failed: string
  flameFrame: string
}

const hottestCount = 15

/** Records a profile at the server, or opens one from a file, and shows where its time went. */
export function prepareProfile(): void {
  const { language, words } = JSON.parse(document.getElementById('profile-data')!.textContent ?? '') as { language: string; words: ProfileWords }
  const form = document.querySelector<HTMLFormElement>('[data-profile]')!
  const state = document.querySelector<HTMLElement>('[data-profile-state]')!
  const stop = form.querySelector<HTMLButtonElement>('[data-profile-stop]')!
  const start = form.querySelector<HTMLButtonElement>('[type="submit"]')!
  const fail = (error: unknown) => (state.textContent = fill(words.failed, { problem: (error as Error).message }))

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void record(Number(new FormData(form).get('seconds')))
  })
  form.querySelector<HTMLInputElement>('[data-profile-file]')!.addEventListener('change', async (event) => {
    const file = (event.target as HTMLInputElement).files?.[0]
    if (file === undefined) return
    try {
      show(JSON.parse(await file.text()) as CpuProfile, file.name)
    } catch (error) {
      fail(error)
    }
  })

  async function record(seconds: number): Promise<void> {
    const leaving = new AbortController()
    const end = Date.now() + seconds * 1000
    const tell = () => (state.textContent = fill(words.recording, { seconds: Math.max(0, Math.ceil((end - Date.now()) / 1000)) }))
    const timer = setInterval(tell, 500)
    tell()
    start.disabled = true
    stop.hidden = false
    stop.onclick = () => leaving.abort()
    try {
      const response = await fetch('/api/ops/profile/cpu', {
        method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify({ seconds }), signal: leaving.signal,
      })
      if (!response.ok) throw new Error(((await response.json()) as { error: { message: string } }).error.message)
      const profile = (await response.json()) as CpuProfile
      offerDownload(form, profile, /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'arv.cpuprofile')
      show(profile, response.headers.get('x-instance') ?? '')
    } catch (error) {
      if (leaving.signal.aborted) state.textContent = ''
      else fail(error)
    } finally {
      clearInterval(timer)
      start.disabled = false
      stop.hidden = true
    }
  }

  function show(profile: CpuProfile, instance: string): void {
    const root = readFrames(profile)
    const wholeMs = (profile.endTime - profile.startTime) / 1000
    document.querySelector<HTMLElement>('[data-profile-result]')!.hidden = false
    document.querySelector<HTMLElement>('[data-profile-empty]')!.hidden = true
    state.textContent = fill(words.recorded, { seconds: formatValue(wholeMs / 1000, 'count', language), instance, busy: formatValue((100 * root.totalMs) / wholeMs, 'count', language) })
    const reading = document.querySelector<HTMLElement>('[data-flame-reading]')!
    const onRead = (frame: Frame) => {
      reading.textContent = fill(words.flameFrame, {
        name: frame.name, ms: formatValue(frame.totalMs, 'count', language), self: formatValue(frame.selfMs, 'count', language),
        percent: formatValue(root.totalMs === 0 ? 0 : (100 * frame.totalMs) / root.totalMs, 'count', language), place: frame.place,
      })
    }
    drawFlame(document.querySelector<HTMLElement>('[data-flame]')!, root, { onRead })
    const hottest = findHottest(root, hottestCount)
    document.querySelector('[data-hottest]')!.replaceChildren(...hottest.map((entry) => {
      const row = Object.assign(document.createElement('li'), { className: 'share' })
      const label = Object.assign(document.createElement('span'), { className: 'share-name', textContent: `${entry.name} ` })
      label.append(Object.assign(document.createElement('code'), { textContent: entry.place }))
      row.append(label, drawBar((100 * entry.selfMs) / hottest[0].selfMs), Object.assign(document.createElement('span'), { className: 'hint', textContent: formatValue(entry.selfMs, 'ms', language) }))
      return row
    }))
  }
}

function offerDownload(form: HTMLElement, profile: CpuProfile, name: string): void {
  const link = form.querySelector<HTMLAnchorElement>('[data-profile-download]')!
  if (link.href !== '') URL.revokeObjectURL(link.href)
  link.href = URL.createObjectURL(new Blob([JSON.stringify(profile)], { type: 'application/json' }))
  link.download = name
  link.hidden = false
}
