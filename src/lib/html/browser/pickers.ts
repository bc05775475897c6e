/** From so many options on, a field above the list narrows it down; the rest is asked for as it is typed. */
const optionsMin = 20

interface Named {
  id: number
  name: string
}

for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-picker]')) preparePicker(select)

function preparePicker(select: HTMLSelectElement): void {
  const input = document.createElement('input')
  input.className = 'input picker'
  input.type = 'search'
  input.maxLength = 100
  input.autocomplete = 'off'
  input.placeholder = document.querySelector<HTMLElement>('[data-search-word]')?.dataset.searchWord ?? ''
  input.setAttribute('aria-label', `${input.placeholder}: ${select.labels[0]?.textContent ?? ''}`)
  input.hidden = true
  select.closest('.field-box')?.before(input)
  const show = () => {
    if (select.options.length >= optionsMin) input.hidden = false
  }
  show()
  new MutationObserver(show).observe(select, { childList: true })
  let timer = 0
  let asked = 0
  input.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void search(select, input.value.trim(), ++asked, () => asked), 200)
  })
  // Enter chooses the first that was found, and sends no form.
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    select.focus()
  })
}

/** Keeps what has no number (“all”, “none”) and what is chosen; the newest question wins when answers overtake each other. */
async function search(select: HTMLSelectElement, words: string, mine: number, latest: () => number): Promise<void> {
  const address = new URL(select.dataset.picker ?? '', location.href)
  address.searchParams.set('search', words)
  address.searchParams.set('limit', '50')
  const found = await fetch(address).then(async (response) => (response.ok ? (await response.json() as { items: Named[] }).items : undefined)).catch(() => undefined)
  if (found === undefined || mine !== latest()) return
  const kept = [...select.options].filter((option) => option.selected || !/^\d+$/.test(option.value))
  const known = new Set(kept.map((option) => option.value))
  select.replaceChildren(...kept, ...found.filter(({ id }) => !known.has(String(id))).map(({ id, name }) => new Option(name, String(id))))
  if (words !== '' && found.length > 0 && !found.some(({ id }) => String(id) === select.value)) {
    select.value = String(found[0].id)
    select.dispatchEvent(new Event('change', { bubbles: true }))
  }
}
