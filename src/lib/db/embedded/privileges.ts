import { execFile } from 'node:child_process'
import { lchown, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serverEnvironment } from './settings.ts'

const PROBE_TIMEOUT_MS = 10_000

/** How PostgreSQL's programs are started: what goes before their command line, and whose files they then own. */
export type Way = { name: string; prefix: string[]; fileOwner: { uid: number; gid: number } }

type Account = { name: string; uid: number; gid: number }

/**
 * Picks how to run PostgreSQL in `folder`: as ourselves, or, since it refuses to run as root, as somebody less. Two
 * ways are known and some machines forbid either, so the first that works in a trial is taken.
 */
export async function chooseWay(folder: string, cluster: string, bin: string): Promise<Way> {
  const ways = await possibleWays(await ownerOf(cluster))
  const problems: string[] = []
  for (const way of ways) {
    const problem = await tryWay(way, folder, bin)
    if (problem === undefined) return way
    problems.push(`${way.name}: ${problem}`)
  }
  throw new Error(
    'The database that ARV brings cannot start as this user on this machine; run ARV as an ordinary user, or set ' +
      `DATABASE_URL to a PostgreSQL of your own. (${problems.join('; ')})`,
  )
}

/** Gives the cluster to the way's user when an earlier start went another way. Only root ever needs it. */
export async function takeOver(cluster: string, way: Way): Promise<void> {
  if (process.getuid!() !== 0) return
  const owner = await ownerOf(cluster)
  if (!owner || owner.uid === way.fileOwner.uid) return
  const { uid, gid } = way.fileOwner
  for (const name of await readdir(cluster, { recursive: true })) await lchown(join(cluster, name), uid, gid)
  // The folder itself last: a take-over that was cut short is begun again.
  await lchown(cluster, uid, gid)
}

async function possibleWays(clusterOwner: { uid: number; gid: number } | undefined): Promise<Way[]> {
  const self = { uid: process.getuid!(), gid: process.getgid!() }
  const accounts = await readAccounts()
  const direct: Way = { name: 'as this user', prefix: [], fileOwner: self }
  // initdb insists on a name for its user; a container may run us under a number that has none.
  const hasName = accounts.length === 0 || accounts.some(({ uid }) => uid === self.uid)
  if (self.uid !== 0) return hasName ? [direct] : [userNamespace(self, accounts), direct]

  const namespace = userNamespace(self, accounts)
  const nobody = accounts.find(({ name }) => name === 'nobody') ?? { uid: 65534, gid: 65534 }
  if (!clusterOwner || clusterOwner.uid === 0) return [namespace, otherUser(nobody)]
  // A cluster that an ordinary user made stays that user's: he may start it again later.
  return [otherUser(clusterOwner), namespace, otherUser(nobody)]
}

/** Inside, we are an ordinary user; outside, and on disk, still ourselves. */
function userNamespace(self: { uid: number; gid: number }, accounts: Account[]): Way {
  const inside = accounts.find(({ uid }) => uid > 0 && uid < 65534) ?? { uid: 1, gid: 1 }
  return {
    name: 'user namespace',
    prefix: ['unshare', '--user', `--map-user=${inside.uid}`, `--map-group=${inside.gid}`, '--'],
    fileOwner: self,
  }
}

/**
 * Another user with one power left: to pass folders such as /root that only root may enter. no_setuid_fixup keeps
 * that power in access(2) too, with which the programs look for each other.
 */
function otherUser(user: { uid: number; gid: number }): Way {
  const only = '-all,+dac_override'
  return {
    name: `user ${user.uid}`,
    prefix: [
      'setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--securebits=+no_setuid_fixup',
      `--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`, '--',
    ],
    fileOwner: { uid: user.uid, gid: user.gid },
  }
}

/** Does what PostgreSQL will do: enter, write, look at its own program, run it. Returns what went wrong. */
async function tryWay(way: Way, folder: string, bin: string): Promise<string | undefined> {
  const [command, ...args] = [...way.prefix, '/bin/sh', '-c', ': > "$1/trial" && exec "$2" --version', 'sh']
  const trial = join(folder, 'trial')
  await rm(trial, { recursive: true, force: true })
  await mkdir(trial, { mode: 0o700 })
  try {
    const options = { cwd: folder, env: serverEnvironment(), timeout: PROBE_TIMEOUT_MS }
    await promisify(execFile)(command, [...args, trial, join(bin, 'postgres')], options)
    return undefined
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    return (stderr || message).trim().split('\n').at(-1)
  } finally {
    await rm(trial, { recursive: true, force: true })
  }
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  return stat(path).catch(() => undefined)
}

/** The machine's accounts; none where they are kept elsewhere (macOS). */
async function readAccounts(): Promise<Account[]> {
  if (process.platform !== 'linux') return []
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
}
