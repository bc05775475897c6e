import { openDialog } from './dialogs.ts'
import { focusFirstError, sayField } from './fields.ts'
import { catchDrops, checkFile, prepareDrop } from './files.ts'
import { fill, size, uploadWords } from './words.ts'

interface Refusal {
  code?: string
  message?: string
  details?: { field?: string }
}

const requiredFields = ['photo_file', 'video_file', 'company_id', 'project_id']
/** Speed is a mean over this long, so that “time left” does not jump. */
const speedWindowMs = 4000

/** Checks the create form, sends it with a progress sheet, and goes on to the new order. */
export function prepareUpload(form: HTMLFormElement): void {
  for (const zone of form.querySelectorAll<HTMLElement>('[data-drop]')) prepareDrop(form, zone)
  catchDrops(form)
  form.addEventListener('input', (event) => {
    const input = event.target as HTMLInputElement
    if (input.type !== 'file' && input.name) sayField(form, input.name, null)
  })
  form.addEventListener('change', () => {
    if (form.querySelector('[aria-invalid="true"]') === null) sayForm(form, null)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    sayForm(form, null)
    if (checkForm(form)) send(form)
    else {
      sayForm(form, uploadWords().words.fixBelow)
      focusFirstError(form)
    }
  })
}

function checkForm(form: HTMLFormElement): boolean {
  const { words } = uploadWords()
  for (const name of requiredFields) {
    const input = form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement
    const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined
    if (input.value === '') sayField(form, name, words[name])
    else if (file) {
      const problem = checkFile(file, name === 'photo_file' ? 'photo' : 'video')
      if (problem) sayField(form, name, problem)
    }
  }
  const email = form.elements.namedItem('customer_email') as HTMLInputElement
  if (!email.validity.valid) sayField(form, email.name, words.emailWrong)
  return form.querySelector('[aria-invalid="true"]') === null
}

function send(form: HTMLFormElement): void {
  const { words } = uploadWords()
  const sheet = document.getElementById('upload-sheet') as HTMLDialogElement
  const request = new XMLHttpRequest()
  const stop = new AbortController()
  const finish = (message: string | null) => {
    stop.abort()
    sheet.close()
    sayForm(form, message)
  }
  addEventListener('beforeunload', (event) => event.preventDefault(), { signal: stop.signal })
  sheet.addEventListener('cancel', (event) => event.preventDefault(), { signal: stop.signal })
  sheet.querySelector('[data-upload-stop]')?.addEventListener('click', () => request.abort(), { signal: stop.signal })

  const measure = createMeter()
  request.upload.onprogress = (event) => showProgress(sheet, event, measure(event.loaded, performance.now()))
  request.onabort = () => finish(words.stopped)
  request.onerror = () => finish(words.connectionLost)
  request.onload = () => {
    const answer = (request.response ?? {}) as { id?: number; error?: Refusal }
    if (request.status === 201 && answer.id) {
      stop.abort()
      location.assign(`/admin/content/${answer.id}`)
      return
    }
    if (request.status === 401) stop.abort()
    finish(null)
    refuse(form, answer.error ?? { message: words.connectionLost })
  }
  form.dispatchEvent(new Event('upload'))
  showProgress(sheet, { loaded: 0, total: 0 }, undefined)
  openDialog(sheet.id)
  request.open('POST', form.action)
  request.responseType = 'json'
  request.setRequestHeader('accept', 'application/json')
  request.send(compact(form))
}

/** Fields without a value are left out; the text stands before the files, so that the server can refuse early. */
function compact(form: HTMLFormElement): FormData {
  const data = new FormData()
  const entries = [...new FormData(form)]
  for (const [name, value] of entries) if (typeof value === 'string' && value.trim() !== '') data.append(name, value.trim())
  for (const [name, value] of entries) if (value instanceof File) data.append(name, value)
  return data
}

/** Bytes per second over the last few seconds; undefined until that can be said. */
function createMeter(): (bytes: number, nowMs: number) => number | undefined {
  const samples: { bytes: number; at: number }[] = []
  return (bytes, nowMs) => {
    samples.push({ bytes, at: nowMs })
    while (samples.length > 2 && nowMs - samples[0].at > speedWindowMs) samples.shift()
    const seconds = (nowMs - samples[0].at) / 1000
    return seconds < 0.5 ? undefined : (bytes - samples[0].bytes) / seconds
  }
}

function showProgress(sheet: HTMLDialogElement, sent: { loaded: number; total: number }, speed: number | undefined): void {
  const { words } = uploadWords()
  const percent = sent.total === 0 ? 0 : Math.floor((sent.loaded / sent.total) * 100)
  const bar = sheet.querySelector<HTMLProgressElement>('[data-upload-bar]')
  const state = sheet.querySelector('[data-upload-state]')
  const number = sheet.querySelector('[data-upload-percent]')
  if (bar) bar.value = percent
  if (number) number.textContent = String(percent)
  if (!state || sent.total === 0) return
  const left = speed ? (sent.total - sent.loaded) / speed : undefined
  state.textContent = sent.loaded >= sent.total ? words.storing : fill(words.uploadState, {
    sent: size(sent.loaded), total: size(sent.total), speed: speed === undefined ? '…' : size(speed),
    left: left === undefined ? '…' : leftWords(left),
  })
}

function leftWords(seconds: number): string {
  const { words } = uploadWords()
  if (seconds < 90) return fill(words.leftSeconds, { count: Math.max(1, Math.ceil(seconds)) })
  return fill(words.leftMinutes, { count: Math.ceil(seconds / 60) })
}

/** Shows the server's sentence where it belongs: at its field when there is one, else above the form. */
function refuse(form: HTMLFormElement, refusal: Refusal): void {
  const name = fieldOf(refusal)
  const message = refusal.message ?? ''
  if (name === undefined) return sayForm(form, message)
  sayField(form, name, message)
  sayForm(form, uploadWords().words.fixBelow)
  focusFirstError(form)
}

function fieldOf({ code = '', details }: Refusal): string | undefined {
  if (code.startsWith('photo_')) return 'photo_file'
  if (code.startsWith('video_')) return 'video_file'
  if (code === 'order_number_taken') return 'order_number'
  if (code === 'project_not_in_company') return 'project_id'
  const name = details?.field
  return name && document.querySelector(`form[data-upload] [data-field="${CSS.escape(name)}"]`) ? name : undefined
}

function sayForm(form: HTMLFormElement, message: string | null): void {
  const place = form.querySelector<HTMLElement>('[data-form-error]')
  const text = form.querySelector('[data-form-message]')
  if (!place || !text) return
  text.textContent = message ?? ''
  place.hidden = message === null
  if (message !== null) place.scrollIntoView({ block: 'nearest' })
}
