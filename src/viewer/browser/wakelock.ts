/** Keeps the screen lit while the video plays: nobody touches a phone that is held over a photo. */
export function createWakeLock(): { hold(): Promise<void>; release(): void } {
  let lock: WakeLockSentinel | undefined
  let wanted = false
  return {
    hold: async () => {
      wanted = true
      if (lock !== undefined && !lock.released) return
      lock = await navigator.wakeLock?.request('screen').catch(() => undefined)
      if (!wanted) void lock?.release()
    },
    release: () => {
      wanted = false
      void lock?.release()
    },
  }
}
