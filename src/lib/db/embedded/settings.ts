/** Small by default: a studio's catalogue fits many times over, and the machine also runs us and ffmpeg. */
const SETTINGS: Record<string, string> = {
  shared_buffers: '48MB',
  // A cluster's processes have a pool each.
  max_connections: '200',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '512MB',
  // Written out although they are PostgreSQL's own defaults: nothing acknowledged is ever lost.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Nobody replicates from this server, so its log carries only what recovery needs.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Reads come from the system's cache; three more processes would only cost memory.
  io_method: 'sync',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  // The key is 32 random bytes, which no number of iterations makes harder to guess.
  scram_iterations: '1',
  listen_addresses: '',
  unix_socket_permissions: '0700',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

/** Passed on every start, so that a new version's settings reach clusters that an older one made. */
export function serverArguments(cluster: string, socketFolder: string): string[] {
  const settings = { ...SETTINGS, unix_socket_directories: socketFolder }
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/**
 * Text is ordered by code point (PostgreSQL's own C.UTF-8, equal on every machine and after every upgrade); the
 * machine's character types are still needed by pg_trgm, which sees only ASCII letters under plain C.
 */
export function initArguments(cluster: string, passwordFile: string): string[] {
  const characterTypes = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  return [
    `--pgdata=${cluster}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256',
    '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C',
    `--lc-ctype=${characterTypes}`, '--data-checksums', `--set=scram_iterations=${SETTINGS.scram_iterations}`,
  ]
}

/**
 * Nothing of our own environment: PG* variables and library paths would mislead the programs, secrets are not theirs.
 * TZ spares initdb a search through every time zone file.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C', TZ: 'UTC' }
}
