import { sayField } from './fields.ts'
import { checkFile } from './files.ts'
import { uploadWords } from './words.ts'

/** Asks the server what it thinks of a photo as soon as it is chosen, and again when the project changes. */
export function preparePhotoCheck(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>('[data-photo-check]')
  const input = form.elements.namedItem('photo_file') as HTMLInputElement
  const project = form.elements.namedItem('project_id') as HTMLSelectElement
  if (!place) return
  let asked: { file: File | undefined; project: string } = { file: undefined, project: '' }
  let running: AbortController | undefined
  const look = () => {
    const file = input.files?.[0]
    if (file === asked.file && project.value === asked.project) return
    asked = { file, project: project.value }
    running?.abort()
    place.replaceChildren()
    if (!file || checkFile(file, 'photo')) return
    running = new AbortController()
    void ask(form, place, file, project.value, running.signal)
  }
  form.addEventListener('change', look)
  // The upload itself now needs the line, and its job looks anyway.
  form.addEventListener('upload', () => running?.abort())
}

async function ask(form: HTMLFormElement, place: HTMLElement, file: File, projectId: string, signal: AbortSignal): Promise<void> {
  const { words } = uploadWords()
  const data = new FormData()
  if (projectId !== '') data.append('project_id', projectId)
  data.append('photo_file', file)
  place.replaceChildren(hint(words.photoChecking, true))
  try {
    const answer = await fetch('/api/photo-checks', { method: 'POST', headers: { accept: 'text/html' }, body: data, signal })
    if (answer.ok) {
      const fragment = new DOMParser().parseFromString(await answer.text(), 'text/html')
      place.replaceChildren(...fragment.body.childNodes)
      return
    }
    const { error } = await answer.json() as { error: { code: string; message: string } }
    const isOurs = /^(photo|file)_/.test(error.code)
    place.replaceChildren(...(isOurs ? [] : [hint(words.photoCheckFailed)]))
    if (isOurs) sayField(form, 'photo_file', error.message)
  } catch {
    place.replaceChildren(...(signal.aborted ? [] : [hint(words.photoCheckFailed)]))
  }
}

function hint(text: string, isWaiting = false): HTMLElement {
  const line = document.createElement('p')
  line.className = isWaiting ? 'hint check-wait' : 'hint'
  line.textContent = text
  return line
}
