import type { ViewerWords } from '../contract.ts'

export interface Hints {
  /** Nothing to say: the video plays. */
  found(): void
  searching(): void
  say(text: string): void
  stop(): void
}

const firstTipMs = 5000
const tipMs = 5000

/** Says what to do, and after some seconds of searching gives one tip after the other. `show` gets null for silence. */
export function createHints(words: ViewerWords, show: (text: string | null, tip: boolean) => void): Hints {
  let timer: number | undefined
  let tip = 0
  const quiet = () => {
    clearTimeout(timer)
    timer = undefined
  }
  const nextTip = () => {
    show(words.tips[tip++ % words.tips.length], true)
    timer = setTimeout(nextTip, tipMs)
  }
  return {
    found: () => {
      quiet()
      show(null, false)
    },
    searching: () => {
      quiet()
      show(words.searching, false)
      timer = setTimeout(nextTip, firstTipMs)
    },
    say: (text) => {
      quiet()
      show(text, false)
    },
    stop: quiet,
  }
}
