import type { Visits } from './analytics/analytics.ts'
import type { Config } from './config.ts'
import type { Assets } from './lib/assets/assets.ts'
import type { Cache } from './lib/cache/cache.ts'
import type { Answers } from './lib/http/answered.ts'
import type { Database, Db } from './lib/db/db.ts'
import type { Log } from './lib/log.ts'
import type { Mailer } from './lib/mail.ts'
import type { Programs } from './lib/process.ts'
import type { Storage } from './lib/storage/storage.ts'
import type { Telemetry } from './lib/telemetry/telemetry.ts'
import type { Ops } from './ops/ops.ts'

/** What routes and jobs are given; `main.ts` builds it once, by hand. */
export interface App {
  config: Config
  /** Where guests and studios reach us; no trailing slash. */
  publicUrl: string
  database: Database
  db: Db
  cache: Cache
  visits: Visits
  storage: Storage
  mail: Mailer
  programs: Programs
  assets: Assets
  /** Tells whoever listens of every HTTP answer. */
  answers: Answers
  /** What happens here, counted. */
  telemetry: Telemetry
  /** What operators are shown of it. */
  ops: Ops
  log: Log
}
