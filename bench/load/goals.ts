import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** One line of `bench/out/NAME.json`. `peer` is the limit case or the other system of the same run, null where there is none. */
export interface Goal {
  name: string
  unit: string
  goal: string
  measured: number
  peer: number | null
  met: boolean
}

/** Named figures beside a goal. */
type Figure = Omit<Goal, 'goal' | 'met' | 'peer'> & { peer?: number | null }

export function atMost(max: number, figure: Figure): Goal {
  return { ...rounded(figure), goal: `≤ ${round(max)}`, met: figure.measured <= max }
}

export function atLeast(min: number, figure: Figure): Goal {
  return { ...rounded(figure), goal: `≥ ${round(min)}`, met: figure.measured >= min }
}

function rounded({ name, unit, measured, peer }: Figure): Pick<Goal, 'name' | 'unit' | 'measured' | 'peer'> {
  return { name, unit, measured: round(measured), peer: peer == null ? null : round(peer) }
}

/**
 * Writes `bench/out/NAME.json`, prints the goals, puts `table` (Markdown) between the markers of NAME in docs/performance.md, and ends
 * the command with an error when a goal is missed.
 */
export async function reportGoals(name: string, result: { quick: boolean; goals: Goal[]; table?: string; more?: object }): Promise<void> {
  const { quick, goals, table, more } = result
  await writeFile(path.join(import.meta.dirname, `../out/${name}.json`), `${JSON.stringify({ benchmark: name, quick, goals, ...more }, null, 1)}\n`)
  for (const goal of goals) console.log(`${goal.met ? 'met   ' : 'MISSED'} ${goal.name}: ${goal.measured} ${goal.unit} (${goal.goal}${goal.peer === null ? '' : `; beside ${goal.peer}`})`)
  // A quick run shows that the command works; only a full one is worth writing down.
  if (table !== undefined && !quick) await writeTable(name, table)
  if (goals.some((goal) => !goal.met)) process.exitCode = 1
}

async function writeTable(name: string, table: string): Promise<void> {
  const file = path.join(import.meta.dirname, '../../docs/performance.md')
  const [begin, end] = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`]
  const text = await readFile(file, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for the table: add the lines ${begin} and ${end}`)
  await writeFile(file, `${text.slice(0, from + begin.length)}\n\n${table.trim()}\n\n${text.slice(to)}`)
}

/** A Markdown table. */
export function markdownTable(heads: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) => `| ${cells.map((cell) => (typeof cell === 'number' ? round(cell) : cell)).join(' | ')} |`
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** The goals as a table. */
export function goalsTable(goals: Goal[]): string {
  return markdownTable(['goal', 'unit', 'wanted', 'measured', 'beside'], goals.map((goal) => [`\`${goal.name}\``, goal.unit, goal.goal, goal.measured, goal.peer ?? '–']))
}

export function percentile(list: readonly number[], share: number): number {
  return list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]
}

export function median(list: readonly number[]): number {
  return percentile(list, 0.5)
}

/** Three digits that mean something. */
export function round(value: number): number {
  return Number(value.toPrecision(3))
}
