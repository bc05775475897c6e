import { notice, progressBar } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import type { IconName } from '../../lib/html/icons.ts'
import { wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { ContentView, JobView } from '../schema.ts'

/**
 * How far the preparing is, or why it failed; nothing once all is done. Also what `/admin/content/{id}/progress`
 * answers. `<live-task>` listens to `/api/tasks/{id}/events` and fills the bars between two renderings.
 */
export function contentProgressFragment(language: Language, content: ContentView): Html {
  const jobs = content.task?.jobs ?? []
  const isOpen = content.task !== null && content.task.status !== 'ready' && content.task.status !== 'failed'
  return html`<div id="progress">
    ${content.status === 'failed' && failure(language, content)}
    ${isOpen && html`<live-task class="panel" id="task-${content.task_id}" data-task="${content.task_id}"
      data-page="/admin/content/${content.id}">
      <div class="progress-head">${icon('spinner', 'spin')}<h2>${wordsIn(language).order.progressTitle}</h2>
        <strong class="progress-all"><span data-task-percent>${Math.round((content.task?.progress ?? 0) * 100)}</span> %</strong></div>
      <p class="hint">${wordsIn(language).order.progressLead}</p>
      <ul class="jobs">${jobs.map((job) => jobRow(language, job))}</ul>
    </live-task>`}
  </div>`
}

const jobIcons: Record<JobView['status'], IconName> = { pending: 'clock', processing: 'spinner', ready: 'check', failed: 'warning' }

function jobRow(language: Language, job: JobView): Html {
  const words = wordsIn(language).admin
  const percent = Math.round(job.progress * 100)
  return html`<li class="job job-${job.status}" id="job-${job.id}" data-job="${job.id}" data-status="${job.status}">
    ${icon(jobIcons[job.status], job.status === 'processing' ? 'spin' : '')}
    <span class="job-name">${words.jobs[job.kind]}</span>
    <span class="job-state">${job.status === 'processing'
      ? html`<span data-percent>${percent}</span> %`
      : words.jobStatuses[job.status]}</span>
    ${progressBar({ id: `job-${job.id}-bar`, share: job.status === 'ready' ? 1 : job.progress, label: words.jobs[job.kind] })}
    ${job.failure && html`<p class="field-error">${job.failure.message}</p>`}
  </li>`
}

function failure(language: Language, content: ContentView): Html {
  const words = wordsIn(language)
  const failed = (content.task?.jobs ?? []).filter((job) => job.failure !== null)
  const reasons = failed.length > 0
    ? failed.map((job) => html`<p>${job.failure?.message}</p>`)
    : html`<p>${content.failure?.message}</p>`
  return notice('problem', html`<strong>${words.order.failedTitle}</strong>${reasons}
    <p class="notice-action"><a class="button button-primary" href="/admin/content/new?${again(content)}">${words.order.failedNext}</a>
    <span class="hint">${words.order.failedNextHint}</span></p>`)
}

/** The query of a new order with the same customer; not the number, which this order keeps. */
function again(content: ContentView): string {
  const query = new URLSearchParams({ company_id: String(content.company_id), project_id: String(content.project_id) })
  for (const name of ['customer_name', 'customer_phone', 'customer_email', 'duration_years'] as const) {
    if (content[name] !== null) query.set(name, String(content[name]))
  }
  return query.toString()
}
