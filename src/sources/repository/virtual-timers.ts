/**
 * For consumers that call `setTimeout` themselves: inside their calls the global timers are virtual ones, and each is a
 * pause, held at its gate. Everything else in the process keeps the real timers, Redis clients above all: faked, they
 * would break.
 *
 * Who is calling is told by the asynchronous context: the consumer runs in one, and its calls into the repository leave
 * it. The timers are those of @sinonjs/fake-timers, loaded on use.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock as FakeClock } from '@sinonjs/fake-timers'
import { type Timers, routeTimers } from '../../clock/clock.js'
import type { Holder } from '../source.js'

interface Inside {
  readonly timers: Timers
}

const inside = new AsyncLocalStorage<Inside | undefined>()
let installed = false

/** Runs a consumer with its timers under control. */
export async function* withVirtualTimers<Frame>(holder: Holder, consume: () => AsyncIterable<Frame>): AsyncGenerator<Frame> {
  const { createClock } = await import('@sinonjs/fake-timers')
  install()
  const context: Inside = { timers: pausing(holder, createClock(0)) }
  const iterator = inside.run(context, () => consume()[Symbol.asyncIterator]())
  try {
    for (;;) {
      const result = await inside.run(context, () => iterator.next())
      if (result.done) return
      yield result.value
    }
  } finally {
    await inside.run(context, () => iterator.return?.())
  }
}

/** Runs what the harness does on behalf of a consumer with real timers. */
export const outsideVirtualTimers = <T>(fn: () => T): T => inside.run(undefined, fn)

/** Once for the process. It is left in place, for a consumer may outlive its run. */
function install(): void {
  if (installed) return
  installed = true
  routeTimers(() => inside.getStore()?.timers)
}

function pausing(holder: Holder, clock: FakeClock): Timers {
  return {
    setTimeout: (callback, ms, ...args) => {
      const timer = clock.setTimeout(callback, ms, ...args)
      void holder.pause(ms).then(() => clock.tick(ms))
      return timer
    },
    clearTimeout: (timer) => clock.clearTimeout(timer as never),
  }
}
