import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { AssetEntry } from './entries.ts'

/** A short name for the content of all inputs. Tests' files are left out: no asset is made of them. */
export async function hashInputs(root: string, inputs: readonly string[], entries: readonly AssetEntry[]): Promise<string> {
  const files = (await Promise.all(inputs.map((input) => listFiles(root, input)))).flat().filter((file) => !file.endsWith('.test.ts')).sort()
  const hash = createHash('sha256').update(JSON.stringify(entries)).update(process.versions.node)
  const contents = await Promise.all(files.map((file) => readFile(path.join(root, file))))
  files.forEach((file, index) => hash.update(`${file}\0${contents[index].length}\0`).update(contents[index]))
  return hash.digest('hex').slice(0, 16)
}

async function listFiles(root: string, name: string): Promise<string[]> {
  const found = await stat(path.join(root, name)).catch(() => undefined)
  if (found === undefined) return []
  if (!found.isDirectory()) return [name]
  const entries = await readdir(path.join(root, name), { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
}
