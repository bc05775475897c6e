import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** The lines of docs/api.md from signing in to `ready`, as one shell script. Throws when the marks are gone. */
export async function readApiScript(root: string): Promise<string> {
  const text = await readFile(path.join(root, 'docs/api.md'), 'utf8')
  const marked = /<!-- script -->([\s\S]*)<!-- end of script -->/.exec(text)?.[1]
  const fences = [...(marked ?? '').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1])
  if (fences.length < 5) throw new Error('docs/api.md has lost its script')
  return fences.join('\n')
}
