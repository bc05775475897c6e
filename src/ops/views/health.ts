import { notice, progressBar } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { HealthDetails } from '../performance/details.ts'
import { bytesWords, numberWords, performancePage } from './frame.ts'

const badges = { ok: 'ready', degraded: 'careful', failed: 'failed' } as const
const notices = { ok: 'done', degraded: 'warning', failed: 'problem' } as const

/** `/admin/performance/health`. */
export function healthPage(context: PageContext, details: HealthDetails): Html {
  const { language } = context
  const words = wordsIn(language).performance.health
  return performancePage(context, 'health', html`<p class="lead">${fill(words.lead, { instance: details.instance, uptime: uptimeWords(language, details.uptime_seconds) })}</p>
    ${notice(notices[details.status], html`<p>${words.all[details.status]}</p>`)}
    <ul class="checks">${details.checks.map((check) => html`<li class="panel check">
      <h2>${words.checks[check.name]}</h2>
      <span class="badge badge-${badges[check.status]}">${icon(check.status === 'ok' ? 'check' : 'warning')}${words.statuses[check.status]}</span>
      <p class="hint" lang="en">${check.detail} · ${numberWords(language, check.ms, 1)} ms</p></li>`)}</ul>
    <div class="charts charts-wide">${circuits(context, details)}${resources(context, details)}</div>`)
}

function circuits(context: PageContext, details: HealthDetails): Html {
  const { language } = context
  const words = wordsIn(language).performance.health
  return html`<section class="panel"><h2>${words.circuits}</h2>${details.circuits.length === 0 ? html`<p class="hint">${words.circuitsEmpty}</p>` : html`
    <ul class="shares">${details.circuits.map((circuit) => html`<li class="share"><span class="share-name"><code>${circuit.name}</code>
      <span class="badge badge-${circuit.state === 'closed' ? 'ready' : circuit.state === 'open' ? 'failed' : 'careful'}">${fill(words.circuitStates[circuit.state], { seconds: circuit.retry_in_seconds })}</span></span>
      <span class="hint">${fill(words.circuitLine, { calls: numberWords(language, circuit.calls), failed: numberWords(language, circuit.failed), rejected: numberWords(language, circuit.rejected) })}</span></li>`)}</ul>`}
  </section>`
}

function resources(context: PageContext, details: HealthDetails): Html {
  const { language } = context
  const words = wordsIn(language).performance.health
  const bytes = (value: number) => bytesWords(language, value)
  const { pool, database, memory, versions } = details
  return html`<section class="panel"><h2>${words.pool}</h2>
    <p>${fill(words.poolLine, {
      used: pool.in_use, max: pool.max, waiting: pool.waiting, all: database?.connections ?? '–', allowed: database?.connections_max ?? '–',
      size: database === null ? '–' : bytes(database.size_bytes),
    })}</p>
    ${progressBar({ id: 'pool', share: pool.in_use / pool.max, label: words.pool })}
    ${details.disks.map((disk) => html`<h2>${words.disks}</h2><p>${fill(words.diskLine, { free: bytes(disk.free_bytes), size: bytes(disk.size_bytes) })}</p>
      ${progressBar({ id: `disk-${disk.folder}`, share: 1 - disk.free_bytes / disk.size_bytes, label: words.disks })}`)}
    <h2>${words.memory}</h2>
    <p>${fill(words.memoryLine, { resident: bytes(memory.resident_bytes), heap: bytes(memory.heap_used_bytes), max: bytes(memory.heap_bytes_max) })}</p>
    ${progressBar({ id: 'heap', share: memory.heap_used_bytes / memory.heap_bytes_max, label: words.memory })}
    <h2>${words.versions}</h2>
    <p>ARV ${versions.arv} · Node ${versions.node} · PostgreSQL ${versions.postgresql ?? '–'} · ${versions.platform}</p>
  </section>`
}

function uptimeWords(language: 'en' | 'ru', seconds: number): string {
  const [unit, size] = ([['day', 86_400], ['hour', 3600], ['minute', 60]] as const).find(([, length]) => seconds >= length) ?? ['second', 1]
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(Math.floor(seconds / size))
}
