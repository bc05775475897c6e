/** What the create page says by itself; the server writes it into the page in the reader's language. */
export interface UploadWords {
  language: string
  limits: { photo: number; video: number; side: number; pixels: number }
  words: Record<string, string>
}

let read: UploadWords | undefined

export function uploadWords(): UploadWords {
  read ??= JSON.parse(document.getElementById('upload-words')?.textContent ?? '{}') as UploadWords
  return read
}

/** Puts `values` into the `{name}` places of `text`. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** Bytes for people, e.g. “12.4 MB”. */
export function size(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  const step = Math.min(units.length - 1, Math.max(1, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1000 ** step
  return new Intl.NumberFormat(uploadWords().language, {
    style: 'unit', unit: units[step], maximumFractionDigits: value < 100 ? 1 : 0 }).format(value)
}
