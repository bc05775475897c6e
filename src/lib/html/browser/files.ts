import { sayField } from './fields.ts'
import { fill, size, uploadWords } from './words.ts'

type Kind = 'photo' | 'video'

const endings: Record<Kind, RegExp> = { photo: /\.(jpe?g|png|webp|avif|heic|heif)$/i, video: /\.(mp4|m4v|mov|webm|mkv)$/i }
const types: Record<Kind, RegExp> = {
  photo: /^image\/(jpeg|png|webp|avif|hei[cf])$/,
  video: /^video\/(mp4|quicktime|webm|x-matroska|x-m4v)$/ }

/** Makes one drop zone show and check what is chosen or dropped. The server checks again, by the bytes. */
export function prepareDrop(form: HTMLFormElement, zone: HTMLElement): void {
  const kind = zone.dataset.drop as Kind
  const input = zone.querySelector<HTMLInputElement>('input[type=file]')
  if (!input) return
  input.addEventListener('change', () => show(form, zone, kind, input))
  zone.querySelector('[data-remove]')?.addEventListener('click', () => {
    input.value = ''
    input.dispatchEvent(new Event('change', { bubbles: true }))
    input.focus()
  })
  for (const type of ['dragenter', 'dragover']) zone.addEventListener(type, () => zone.classList.add('is-over'))
  for (const type of ['dragleave', 'drop']) zone.addEventListener(type, () => zone.classList.remove('is-over'))
}

/** A file dropped beside the zones would replace the page; it goes into the zone of its kind instead. */
export function catchDrops(form: HTMLFormElement): void {
  document.addEventListener('dragover', (event) => event.preventDefault())
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    for (const file of event.dataTransfer?.files ?? []) {
      const near = (event.target as Element).closest<HTMLElement>('[data-drop]')?.dataset.drop as Kind | undefined
      const kind = guessKind(file) ?? near
      const input = form.querySelector<HTMLInputElement>(`[data-drop="${kind}"] input[type=file]`)
      if (!input) continue
      const chosen = new DataTransfer()
      chosen.items.add(file)
      input.files = chosen.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
    }
  })
}

function guessKind(file: File): Kind | undefined {
  if (file.type.startsWith('image/') || endings.photo.test(file.name)) return 'photo'
  return file.type.startsWith('video/') || endings.video.test(file.name) ? 'video' : undefined
}

function show(form: HTMLFormElement, zone: HTMLElement, kind: Kind, input: HTMLInputElement): void {
  const file = input.files?.[0]
  const chosen = zone.querySelector<HTMLElement>('[data-chosen]')
  const preview = zone.querySelector<HTMLElement>('[data-preview]')
  if (!chosen || !preview) return
  for (const old of preview.querySelectorAll<HTMLImageElement | HTMLVideoElement>('img, video')) URL.revokeObjectURL(old.src)
  preview.replaceChildren()
  zone.classList.toggle('has-file', file !== undefined)
  chosen.hidden = file === undefined
  sayField(form, input.name, file ? checkFile(file, kind) : null)
  if (!file) return
  setFacts(zone, file.name, size(file.size))
  showPreview(form, zone, preview, { file, kind, field: input.name })
}

/** What can be told without reading the file; null when nothing speaks against it. */
export function checkFile(file: File, kind: Kind): string | null {
  const { words, limits } = uploadWords()
  if (file.size === 0) return words[`${kind}Empty`]
  if (file.size > limits[kind]) return words[`${kind}TooLarge`]
  return types[kind].test(file.type) || endings[kind].test(file.name) ? null : words[`${kind}WrongKind`]
}

interface Chosen {
  file: File
  kind: Kind
  field: string
}

function showPreview(form: HTMLFormElement, zone: HTMLElement, preview: HTMLElement, { file, kind, field }: Chosen): void {
  const address = URL.createObjectURL(file)
  const cannotShow = () => {
    const note = document.createElement('p')
    note.textContent = uploadWords().words.noPreview
    preview.replaceChildren(note)
  }
  if (kind === 'photo') {
    const image = new Image()
    image.alt = ''
    image.onload = () => {
      setFacts(zone, file.name, `${size(file.size)} · ${image.naturalWidth} × ${image.naturalHeight}`)
      const problem = checkFile(file, kind) ?? checkPixels(image.naturalWidth, image.naturalHeight)
      sayField(form, field, problem)
    }
    image.onerror = cannotShow
    image.src = address
    preview.append(image)
    return
  }
  const video = document.createElement('video')
  video.muted = true
  video.playsInline = true
  video.preload = 'metadata'
  video.onloadedmetadata = () => {
    const seconds = Math.round(video.duration)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    if (Number.isFinite(seconds)) setFacts(zone, file.name, `${size(file.size)} · ${clock}`)
    video.currentTime = Math.min(0.5, video.duration / 2 || 0)
  }
  video.onerror = cannotShow
  video.src = address
  preview.append(video)
}

function checkPixels(width: number, height: number): string | null {
  const { words, limits } = uploadWords()
  if (Math.min(width, height) < limits.side) return fill(words.photoTooSmall, { width, height })
  if (width * height > limits.pixels) return fill(words.photoTooManyPixels, { megapixels: Math.round(width * height / 1e6) })
  return null
}

function setFacts(zone: HTMLElement, name: string, facts: string): void {
  const nameLine = zone.querySelector('[data-file-name]')
  const factsLine = zone.querySelector('[data-file-facts]')
  if (nameLine) nameLine.textContent = name
  if (factsLine) factsLine.textContent = facts
}
