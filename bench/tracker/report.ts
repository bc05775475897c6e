import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isLocked, share, summarise } from './figures.ts'
import type { Figures, SequenceOutcome } from './figures.ts'
import type { Goal, Results } from './goals.ts'

const OUT = fileURLToPath(new URL('../out/', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../../docs/tracker.md', import.meta.url))
const BEGIN = '<!-- bench:tracker begin -->', END = '<!-- bench:tracker end -->'

/** bench/out/tracker.json for machines, bench/out/tracker-cells.json for whoever tunes. */
export async function writeResults(goals: Goal[], results: Results, outcomes: SequenceOutcome[], about: object): Promise<void> {
  await mkdir(OUT, { recursive: true })
  const { browser, ...figures } = results
  const light = browser && { ours: { ...browser.ours, outcomes: undefined }, peer: { ...browser.peer, outcomes: undefined } }
  await writeFile(`${OUT}tracker.json`, JSON.stringify({ ...about, goals, cells: cellsOf(outcomes), ...figures, browser: light }, null, 1))
  await writeFailures(outcomes)
}

/** Films that never locked and poses that were wrong: enough to render each again. */
export async function writeFailures(outcomes: SequenceOutcome[]): Promise<void> {
  await mkdir(OUT, { recursive: true })
  const neverLocked = outcomes.flatMap(({ suite, cell, photo, frames }, film) => frames.some(isLocked) ? [] : [{ film, suite, cell, photo }])
  const wrong = outcomes.flatMap(({ suite, cell, photo, frames }, film) => frames.flatMap((frame, number) =>
    frame.state === 'tracking' && frame.errorMax! > 15 ? [{ film, suite, cell, photo, frame: number, errorMax: frame.errorMax }] : []))
  await writeFile(`${OUT}tracker-failures.json`, JSON.stringify({ neverLocked, wrong }, null, 1))
}

/** Figures of every cell, by suite. */
export function cellsOf(outcomes: SequenceOutcome[]): Record<string, Figures> {
  const groups = Map.groupBy(outcomes, ({ suite, cell }) => `${suite}: ${cell}`)
  return Object.fromEntries([...groups].map(([cell, members]) => [cell, summarise(members)]))
}

/** Writes the table between its markers in docs/tracker.md; makes the document when there is none. */
export async function writeDocument(goals: Goal[], results: Results, outcomes: SequenceOutcome[]): Promise<void> {
  const document = await readFile(DOCUMENT, 'utf8').catch(() => `# The tracker\n\n${BEGIN}\n${END}\n`)
  const before = document.indexOf(BEGIN), after = document.indexOf(END)
  const text = [BEGIN, '', ...goalTable(goals), '', ...suiteTable(results), '', ...interchangeTable(results), '', ...cellTable(outcomes, results), '', END].join('\n')
  const whole = before < 0 || after < 0 ? `${document}\n${text}\n` : document.slice(0, before) + text + document.slice(after + END.length)
  await mkdir(fileURLToPath(new URL('../../docs/', import.meta.url)), { recursive: true })
  await writeFile(DOCUMENT, whole)
}

export function goalTable(goals: Goal[]): string[] {
  return [
    '| what | unit | goal | ARV | MindAR | met |', '|---|---|---|---|---|---|',
    ...goals.map(({ name, unit, goal, measured, peer, met }) => `| ${name} | ${unit} | ${goal} | ${show(measured)} | ${show(peer)} | ${met ? 'yes' : 'no'} |`),
  ]
}

function suiteTable({ suites, shared }: Results): string[] {
  const columns = (figures: Figures | undefined) => figures
    ? `${percent(figures.lockRate)} | ${percent(figures.p5)} | ${show(figures.median)} | ${show(figures.p95)} | ${figures.wrong} | ${figures.held} | ${show(figures.framesToLock)}` : '— | — | — | — | — | — | —'
  const line = (name: string, figures: Figures | undefined) => figures ? [`| ${name} | ${figures.frames} | ${columns(figures)} |`] : []
  return [
    'Every film of ours in Node, then both in Chromium on the same films:', '',
    '| suite | frames | lock rate | p@5 | median px | p95 px | wrong | held | frames to lock |', '|---|---|---|---|---|---|---|---|---|',
    ...Object.entries(suites).flatMap(([suite, figures]) => line(suite, figures)),
    ...Object.keys(shared?.peer ?? {}).flatMap(suite => [...line(`${suite}, browser, ARV`, shared!.ours[suite]), ...line(`${suite}, browser, MindAR`, shared!.peer[suite])]),
  ]
}

/** Who tracks from whose files. */
function interchangeTable({ interchange }: Results): string[] {
  if (!interchange) return []
  const line = (name: string, { frames, lockRate, frameRate, median }: Figures) => `| ${name} | ${frames} | ${percent(lockRate)} | ${percent(frameRate)} | ${show(median)} |`
  return [
    'Target files of both compilers in both trackers, on the easy films:', '',
    '| tracker and file | frames | films locked | frames tracked | median px |', '|---|---|---|---|---|',
    line('MindAR, its own .mind', interchange.mindarFromMindar), line('MindAR, our .mind', interchange.mindarFromOurs),
    line('ARV, its own target', interchange.oursFromOurs), line('ARV, MindAR’s .mind', interchange.oursFromMindar),
  ]
}

/** One line per single condition of the hard suite, both trackers. */
function cellTable(outcomes: SequenceOutcome[], { browser }: Results): string[] {
  const single = [...new Set(outcomes.filter(({ suite, cell }) => suite === 'hard' && !cell.includes(',')).map(({ cell }) => cell))]
  const rate = (list: SequenceOutcome[] | undefined, cell: string) => {
    const members = list?.filter(outcome => outcome.suite === 'hard' && outcome.cell === cell) ?? []
    return members.length ? percent(share(members, ({ frames }) => frames.some(isLocked))) : '—'
  }
  return [
    'Lock rate by single condition of the hard suite:', '',
    '| condition | ARV, all photos | ARV, browser | MindAR, browser |', '|---|---|---|---|',
    ...single.map(cell => `| ${cell} | ${rate(outcomes, cell)} | ${rate(browser?.ours.outcomes, cell)} | ${rate(browser?.peer.outcomes, cell)} |`),
  ]
}

export function show(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '—'
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toPrecision(2)
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`
}
