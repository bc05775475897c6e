// Runs the database in the folder of the first argument and says its pid and URL, until it is killed or its input ends.
import { startEmbeddedPostgres } from './embedded.ts'

if (process.argv[3]) process.umask(Number.parseInt(process.argv[3], 8))
let way: unknown
const server = await startEmbeddedPostgres({
  dataDir: process.argv[2],
  log: (level, message, fields) => {
    way = (fields as { way?: string } | undefined)?.way ?? way
    if (level !== 'info') console.error(level, message, fields)
  },
})
console.log(JSON.stringify({ pid: server.pid, url: server.url, way }))
process.stdin.on('end', () => server.stop()).resume()
