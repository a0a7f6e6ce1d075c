/**
 * Virtual time that moves by itself: whenever the event loop has nothing else to do, it jumps to the next deadline.
 * A BLOCK of two seconds takes no time and still comes out empty only after everything that could have served it ran.
 */
import type { Clock } from './clock.js'

interface Timer {
  readonly at: number
  readonly fire: () => void
}

export function virtualClock(): Clock {
  let now = 0
  let ticking = false
  const timers: Timer[] = []

  const tick = () => {
    ticking = false
    const next = timers.shift()
    if (next === undefined) return
    now = Math.max(now, next.at)
    next.fire()
    schedule()
  }
  const schedule = () => {
    if (ticking || timers.length === 0) return
    ticking = true
    setImmediate(tick)
  }

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const timer: Timer = { at: now + ms, fire: () => finish() }
        const finish = () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }
        const onAbort = () => {
          timers.splice(timers.indexOf(timer), 1)
          finish()
        }
        signal?.addEventListener('abort', onAbort)
        const index = timers.findIndex((other) => other.at > timer.at)
        timers.splice(index === -1 ? timers.length : index, 0, timer)
        schedule()
      }),
  }
}
