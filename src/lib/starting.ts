/** Why ARV cannot start here, in one sentence that says what to do. Nobody needs a stack for it. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StartError'
  }
}

interface Coded {
  code?: string
  message?: string
  cause?: unknown
}

const folderProblems: Record<string, string | undefined> = {
  EACCES: 'this user may not write there', EPERM: 'this user may not write there', EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full', EDQUOT: 'the disk quota is used up', ENOTDIR: 'part of the path is a file', EEXIST: 'it is a file, not a folder',
}

/** Says what is wrong with the data folder, or hands back `error` when that is not it. */
export function explainFolder(error: unknown, folder: string): unknown {
  const problem = folderProblems[(error as Coded).code ?? '']
  return problem === undefined ? error : new StartError(`ARV cannot keep its data in ${folder}: ${problem}. Mend that, or choose another folder with ARV_DATA.`, error)
}

/** The same for listening at `host` and `port`. A taken port is told elsewhere. */
export function explainAddress(error: unknown, host: string, port: number): unknown {
  const { code } = error as Coded
  if (code === 'EACCES') return new StartError(`This user may not listen on port ${port}. Choose one above 1023 with PORT, and let a proxy take port ${port}.`, error)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL') {
    return new StartError(`HOST=${host} is no address of this computer. Use 127.0.0.1 for this computer alone, 0.0.0.0 for every network it is in.`, error)
  }
  return error
}

const databaseProblems: Record<string, string | undefined> = {
  ECONNREFUSED: 'nothing answers there. Is PostgreSQL running, and is the port right?',
  ECONNRESET: 'the connection was cut. Is it a PostgreSQL, and may we connect to it?',
  ENOTFOUND: 'there is no host of that name.',
  EAI_AGAIN: 'the host’s name could not be looked up. Is the network there?',
  EHOSTUNREACH: 'the host cannot be reached. Is the network there?',
  ENETUNREACH: 'the host cannot be reached. Is the network there?',
  ETIMEDOUT: 'the host did not answer in time. Does a firewall stand in the way?',
  CONNECT_TIMEOUT: 'the host did not answer in time. Does a firewall stand in the way?',
  CONNECTION_CLOSED: 'the connection was closed. Is it a PostgreSQL?',
  CONNECTION_ENDED: 'the connection was closed. Is it a PostgreSQL?',
  '28P01': 'the password is wrong.',
  '28000': 'the role may not sign in. Check the role, the password and pg_hba.conf.',
  '3D000': 'there is no database of that name. Make it: createdb -O ROLE NAME',
  '42501': 'the role may not make tables there. It must own its database.',
  '53300': 'the server allows no more connections. Raise max_connections.',
  '57P03': 'the server is still starting. Try again in a moment.',
  ENOENT: 'there is no socket there. Is PostgreSQL running?',
}

/** The same for a database of one's own. Passwords in `url` are not told. */
export function explainDatabase(error: unknown, url: string): unknown {
  for (let at: Coded | undefined = error as Coded; at !== undefined && at !== null; at = at.cause as Coded | undefined) {
    const problem = databaseProblems[at.code ?? '']
    if (problem !== undefined) return new StartError(`The database of DATABASE_URL (${hidePassword(url)}) cannot be used: ${problem}`, error)
  }
  return error
}

function hidePassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:…@')
}
