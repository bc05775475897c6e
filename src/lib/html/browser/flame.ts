import type { Frame } from './frames.ts'
import { svg } from './units.ts'

const rowPixels = 20
const narrowestPixels = 2
const textPixelsPerLetter = 6.4

export interface FlameOptions {
  /** Called for the frame that is read now. */
  onRead: (frame: Frame) => void
}

/** A flame graph of `root` in `box`: callers above what they called, width is time. Pointer and keys walk it and enlarge. */
export function drawFlame(box: HTMLElement, root: Frame, options: FlameOptions): void {
  let zoomed = root
  let chosen = root
  const rects = new Map<Frame, SVGRectElement>()

  function draw(): void {
    const width = Math.max(280, box.clientWidth)
    rects.clear()
    const drawing = svg('svg', { 'aria-hidden': 'true' })
    let depth = 0
    const row = (frame: Frame, left: number, frameWidth: number, level: number, children: readonly Frame[]) => {
      if (frameWidth < narrowestPixels) return
      depth = Math.max(depth, level + 1)
      const rect = svg('rect', { class: `flame-${frame.kind}`, x: left.toFixed(1), y: level * rowPixels, width: frameWidth.toFixed(1), height: rowPixels })
      rects.set(frame, rect)
      drawing.append(rect)
      const letters = Math.floor((frameWidth - 8) / textPixelsPerLetter)
      if (letters >= 3) drawing.append(svg('text', { x: (left + 4).toFixed(1), y: level * rowPixels + 14 }, frame.name.length <= letters ? frame.name : `${frame.name.slice(0, letters - 1)}…`))
      // Not `pointerenter`: that also comes when a new drawing appears under a pointer at rest, while keys are walking.
      rect.addEventListener('pointermove', ({ movementX, movementY }) => {
        if (movementX !== 0 || movementY !== 0) options.onRead(frame)
      })
      rect.addEventListener('click', () => enlarge(frame))
      let at = left
      for (const child of children) {
        const childWidth = frame.totalMs === 0 ? 0 : (frameWidth * child.totalMs) / frame.totalMs
        row(child, at, childWidth, level + 1, child.children)
        at += childWidth
      }
    }
    const callers = findCallers(zoomed)
    for (const [level, caller] of callers.entries()) row(caller, 0, width, level, [])
    row(zoomed, 0, width, callers.length, zoomed.children)
    drawing.setAttribute('viewBox', `0 0 ${width} ${depth * rowPixels}`)
    box.replaceChildren(drawing)
    mark()
  }

  function mark(): void {
    for (const rect of rects.values()) rect.classList.remove('is-chosen')
    rects.get(chosen)?.classList.add('is-chosen')
    rects.get(chosen)?.scrollIntoView({ block: 'nearest' })
    options.onRead(chosen)
  }

  function enlarge(frame: Frame): void {
    zoomed = frame
    chosen = frame
    draw()
  }

  function walk(key: string): Frame | undefined {
    const beside = chosen.parent?.children ?? [chosen]
    const index = beside.indexOf(chosen)
    if (key === 'ArrowUp') return chosen.parent ?? undefined
    if (key === 'ArrowDown') return chosen.children[0]
    if (key === 'ArrowLeft') return beside[index - 1]
    return beside[index + 1]
  }

  box.onkeydown = (event) => {
    if (event.key === 'Escape') enlarge(root)
    else if (event.key === 'Enter' || event.key === ' ') enlarge(chosen)
    else if (event.key.startsWith('Arrow')) {
      const next = walk(event.key)
      if (next !== undefined) {
        chosen = next
        // What is too narrow to be seen, or lies outside, is brought in by enlarging its caller.
        if (!rects.has(next)) zoomed = next.parent ?? root
        draw()
      }
    } else return
    event.preventDefault()
  }
  draw()
}

function findCallers(frame: Frame): Frame[] {
  const callers: Frame[] = []
  for (let at = frame.parent; at !== null; at = at.parent) callers.unshift(at)
  return callers
}
