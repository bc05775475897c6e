import { sayField } from './fields.ts'
import { uploadWords } from './words.ts'

interface Named {
  id: number
  name: string
}

/** Choosing a company fills the list of its projects. */
document.addEventListener('change', (event) => {
  const select = event.target
  if (!(select instanceof HTMLSelectElement) || select.name !== 'company_id') return
  if (select.form?.matches('[data-upload]')) void listProjects(select.value)
})

/** The two small dialogs: make a company or a project, and choose it. */
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!(form instanceof HTMLFormElement) || !form.dataset.make) return
  event.preventDefault()
  void make(form, form.dataset.make as 'company_id' | 'project_id')
})

document.addEventListener('input', (event) => {
  const input = event.target as HTMLInputElement
  if (input.form?.dataset.make) sayField(input.form, input.name, null)
})

async function make(form: HTMLFormElement, into: 'company_id' | 'project_id'): Promise<void> {
  const values = Object.fromEntries(new FormData(form))
  if (!String(values.name).trim()) return sayField(form, 'name', uploadWords().words.nameMissing)
  sayField(form, 'name', null)
  const button = form.querySelector<HTMLButtonElement>('[type=submit]')
  if (button) button.disabled = true
  const address = into === 'company_id' ? '/api/companies' : `/api/companies/${selectNamed('company_id').value}/projects`
  const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(values) })
    .then(async (response) => ({ ok: response.ok, body: await response.json() as Named & { error?: { message: string } } }))
    .catch(() => undefined)
  if (button) button.disabled = false
  const problem = form.querySelector<HTMLElement>('[data-form-error]')
  if (problem) {
    problem.hidden = answer?.ok === true
    problem.textContent = answer?.ok ? '' : (answer?.body.error?.message ?? uploadWords().words.offline)
  }
  if (!answer?.ok) return
  addOption(selectNamed(into), answer.body)
  if (into === 'company_id') {
    document.querySelector<HTMLElement>('[data-no-company]')?.remove()
    fillProjects([], true)
  }
  form.reset()
  form.closest('dialog')?.close()
  if (into === 'company_id') document.querySelector<HTMLElement>('.field-box [data-dialog="new-project"]')?.focus()
  else selectNamed(into).focus()
}

/** The newest choice wins when answers overtake each other. */
let asked = 0

async function listProjects(companyId: string): Promise<void> {
  const mine = ++asked
  selectNamed('project_id').dataset.picker = `/api/companies/${companyId}/projects`
  if (companyId === '') return fillProjects([], false)
  const projects = await fetch(`/api/companies/${companyId}/projects?limit=100`)
    .then(async (response) => (response.ok ? (await response.json() as { items: Named[] }).items : []))
    .catch(() => [])
  if (mine === asked) fillProjects(projects, true)
}

function fillProjects(projects: Named[], hasCompany: boolean): void {
  const { words } = uploadWords()
  const select = selectNamed('project_id')
  select.replaceChildren(new Option(hasCompany ? words.chooseProject : words.chooseCompanyFirst, ''))
  for (const project of projects) select.add(new Option(project.name, String(project.id)))
  if (projects.length === 1) select.selectedIndex = 1
  select.disabled = !hasCompany
  select.dispatchEvent(new Event('change', { bubbles: true }))
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-dialog="new-project"]')) button.disabled = !hasCompany
}

function addOption(select: HTMLSelectElement, made: Named): void {
  select.add(new Option(made.name, String(made.id), true, true))
  // What else follows the project's choice hears of it; a company just made has no projects to ask for.
  if (select.name === 'project_id') select.dispatchEvent(new Event('change', { bubbles: true }))
  if (select.form) sayField(select.form, select.name, null)
}

function selectNamed(name: string): HTMLSelectElement {
  return document.querySelector<HTMLSelectElement>(`form[data-upload] select[name="${name}"]`) as HTMLSelectElement
}
