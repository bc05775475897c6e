import htmx from 'htmx.org'

/** The part of a task (`GET /api/tasks/{id}`) that moves while one looks on. */
interface Task {
  status: string
  progress: number
  jobs: { id: number; status: string; progress: number }[]
}

const pollMs = 3000

/**
 * `<live-task data-task data-page>`: follows a task by server-sent events. Percentages change in place; when a job
 * starts or ends, the page is fetched and `#order` morphed, so that words, pictures and players come from the server.
 */
class LiveTask extends HTMLElement {
  private source: EventSource | undefined
  private timer: ReturnType<typeof setTimeout> | undefined

  connectedCallback(): void {
    this.source = new EventSource(`/api/tasks/${this.dataset.task}/events`)
    this.source.addEventListener('progress', (event) => this.show(JSON.parse(event.data) as Task))
    // The browser reconnects by itself, except after an answer that is no stream: too many of them, or signed out.
    this.source.addEventListener('error', () => {
      if (this.source?.readyState === EventSource.CLOSED) this.pollLater()
    })
  }

  disconnectedCallback(): void {
    this.source?.close()
    clearTimeout(this.timer)
  }

  private show(task: Task): void {
    setText(this.querySelector('[data-task-percent]'), percent(task.progress))
    const isDone = task.status === 'ready' || task.status === 'failed'
    let isNew = isDone
    for (const job of task.jobs) {
      const row = this.querySelector<HTMLElement>(`[data-job="${job.id}"]`)
      if (!row || row.dataset.status !== job.status) {
        isNew = true
        continue
      }
      setText(row.querySelector('[data-percent]'), percent(job.progress))
      const bar = row.querySelector('progress')
      if (bar && job.status === 'processing') bar.value = percent(job.progress)
    }
    if (isNew) this.refresh(isDone)
  }

  private refresh(isDone = false): void {
    void htmx.ajax('GET', this.dataset.page ?? location.pathname, {
      source: this, target: '#order', select: '#order',
      swap: isDone ? 'outerMorph transition:true' : 'outerMorph' })
  }

  private pollLater(): void {
    this.timer = setTimeout(() => {
      if (!document.hidden) this.refresh()
      this.pollLater()
    }, pollMs)
  }
}

customElements.define('live-task', LiveTask)

function percent(share: number): number {
  return Math.round(share * 100)
}

function setText(element: Element | null, value: number): void {
  if (element) element.textContent = String(value)
}
