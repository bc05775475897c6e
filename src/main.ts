import { existsSync } from 'node:fs'
import path from 'node:path'
import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'
import { FolderTakenError } from './lib/ownership.ts'

/** What `npm run arv -- COMMAND` can do; each module is loaded only when it is asked for. */
const commands: Record<string, { help: string; run: (config: Config, args: string[]) => Promise<void> }> = {
  serve: {
    help: 'serve [--lan]            start everything; --lan serves HTTPS to phones in this network',
    run: async (config, args) => (await import('./serve.ts')).serve(config, { lan: args.includes('--lan') }),
  },
  migrate: {
    help: 'migrate                  bring the database up to date and stop',
    run: async (config) => (await import('./commands.ts')).migrate(config),
  },
  generate: {
    help: 'generate                 write schema.sql and the tables’ types from the migrations',
    run: async () => (await import('./commands.ts')).generate(),
  },
  'reset-password': {
    help: 'reset-password EMAIL     give an account a new password, shown once',
    run: async (config, args) => (await import('./commands.ts')).resetPassword(config, args),
  },
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
  const isExpected = error instanceof ConfigError || error instanceof FolderTakenError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  if (error instanceof Error && isExpected) console.error(`\n${explain(error)}\n`)
  else console.error(error)
  process.exit(1)
})

function explain(error: Error & { port?: number }): string {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error.message
  return `Port ${error.port} is taken by another program. Stop that one, or choose another: PORT=${(error.port ?? 8000) + 1} npm start`
}
