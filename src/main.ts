import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'
import { FolderTakenError } from './lib/ownership.ts'
import { StartError } from './lib/starting.ts'
import type { Role } from './serve.ts'

/** What `npm run arv -- COMMAND` can do; each module is loaded only when it is asked for. */
const commands: Record<string, { help: string; run: (config: Config, args: string[]) => Promise<void> }> = {
  serve: {
    help: 'serve [--lan] [--cluster] start everything; --lan serves HTTPS to phones in this network, --cluster uses every core',
    run: async (config, args) => await serveAs('all', config, args),
  },
  web: {
    help: 'web [--cluster]          answer requests, beside other processes on the same DATABASE_URL',
    run: async (config, args) => await serveAs('web', sharedBy('web', config), args),
  },
  worker: {
    help: 'worker                   work on photos and videos, beside other processes on the same DATABASE_URL',
    run: async (config, args) => await serveAs('worker', sharedBy('worker', config), args),
  },
  scale: {
    help: 'scale                    two web processes behind nginx, a worker, PostgreSQL and Redis on this machine',
    run: async (config) => (await import('./scale.ts')).runScale(config),
  },
  migrate: {
    help: 'migrate                  bring the database up to date and stop',
    run: async (config) => (await import('./commands.ts')).migrate(config),
  },
  'check-storage': {
    help: 'check-storage            store, read and remove a little file, and say what is wrong',
    run: async (config) => (await import('./commands.ts')).checkStorageNow(config),
  },
  generate: {
    help: 'generate                 write schema.sql and the tables’ types from the migrations',
    run: async () => (await import('./commands.ts')).generate(),
  },
  seed: {
    help: 'seed --contents N --visits N   fill the database for trials',
    run: async (config, args) => (await import('./commands.ts')).seedDatabase(config, args),
  },
  'reset-password': {
    help: 'reset-password EMAIL     give an account a new password, shown once',
    run: async (config, args) => (await import('./commands.ts')).resetPassword(config, args),
  },
}

/** One process, or several that share a port, when asked to. */
async function serveAs(role: Role, config: Config, args: string[]): Promise<void> {
  const lan = args.includes('--lan')
  const webs = args.includes('--cluster') && config.webConcurrency === 1 ? availableParallelism() : config.webConcurrency
  if (role === 'worker' || (webs === 1 && !args.includes('--cluster'))) return await (await import('./serve.ts')).serve(config, { lan, role, sharePort: args.includes('--share-port') })
  await (await import('./cluster.ts')).superviseCluster(config, { lan, webs, role })
}

/** Parts that run beside each other need a database that all of them reach. */
function sharedBy(role: string, config: Config): Config {
  if (config.databaseUrl !== undefined) return config
  throw new ConfigError([`DATABASE_URL: ${role} runs beside other processes, so it needs a PostgreSQL that all of them reach; without one, npm start does everything`])
}

async function main(): Promise<void> {
  const [name = 'help', ...args] = process.argv.slice(2)
  const command = commands[name]
  if (command === undefined) {
    console.log(`npm run arv -- COMMAND\n\n${Object.values(commands).map((entry) => `  ${entry.help}`).join('\n')}`)
    process.exitCode = name === 'help' || name === '--help' ? 0 : 2
    return
  }
  const settings = path.resolve('.env')
  if (existsSync(settings)) process.loadEnvFile(settings)
  await command.run(readConfig(process.env), args)
}

main().catch((error: unknown) => {
  const isExpected = error instanceof ConfigError || error instanceof FolderTakenError || error instanceof StartError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  if (error instanceof Error && isExpected) console.error(`\n${explain(error)}\n`)
  else console.error(error)
  process.exit(1)
})

function explain(error: Error & { port?: number }): string {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error.message
  return `Port ${error.port} is taken by another program. Stop that one, or choose another: PORT=${(error.port ?? 8000) + 1} npm start`
}
