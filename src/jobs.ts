import { accountJobs } from './accounts/accounts.ts'
import { analyticsJobs } from './analytics/analytics.ts'
import type { App } from './app.ts'
import { contentJobs } from './content/content.ts'
import type { Job } from './lib/queue/queue.ts'

/** Every job there is. */
export const jobs: readonly Job<App, never>[] = [...contentJobs, ...analyticsJobs, ...accountJobs]
