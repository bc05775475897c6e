import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** The lines of docs/api.md from signing in to `ready`, as one shell script. Throws when the marks are gone. */
export async function readApiScript(root: string): Promise<string> {
  const { script } = await readApiFences(root)
  return script
}

/** That script, and the other lines of docs/api.md, which go on where it ends. */
export async function readApiFences(root: string): Promise<{ script: string; more: string }> {
  const text = await readFile(path.join(root, 'docs/api.md'), 'utf8')
  const [, marked, rest] = /<!-- script -->([\s\S]*)<!-- end of script -->([\s\S]*)/.exec(text) ?? []
  const [script, more] = [marked, rest].map((part) => [...(part ?? '').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1]))
  if (script.length < 5) throw new Error('docs/api.md has lost its script')
  return { script: script.join('\n'), more: more.join('\n') }
}
