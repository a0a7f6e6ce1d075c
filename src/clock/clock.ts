/**
 * The only module that touches wall time. Everything else takes a `Clock`, so that a run on the stage has no time in it but the
 * virtual one.
 */

/**
 * Time as a consumer or an adapter is handed it, instead of calling `setTimeout` and `Date.now` itself: in a run it is virtual, and a
 * sleep is a gate. `systemClock` and `virtualClock` are two of them.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects: callers look at the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Real time: what production code hands to its consumer where a test hands it a virtual clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    }),
}

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/**
 * Makes a clock of virtual time, which starts at 0 and moves by itself: whenever the event loop has nothing else to do, it jumps to
 * the next deadline. A BLOCK of two seconds takes no time and still comes out empty only after everything that could have served
 * it ran.
 */
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

/** Calls `tick` every `ms` of real time until the returned function is called; the process stays alive until then, unless it need not. */
export function heartbeat(ms: number, tick: () => void, alive = true): () => void {
  const timer = setInterval(tick, ms)
  const over = alive ? ofOurs() : () => undefined
  if (!alive) timer.unref()
  return () => {
    over()
    clearInterval(timer)
  }
}

let ours = 0

/** How many timers of heartbeats and alarms keep the process alive: what else does is somebody else's. */
export const ownTimers = (): number => ours

/** One more. Gives what to call when it is over, once or more often. */
function ofOurs(): () => void {
  let isOver = false
  ours++
  return () => {
    if (!isOver) ours--
    isOver = true
  }
}

/** How often `sharedHeartbeat` beats, in milliseconds. */
export const SHARED_BEAT_MS = 50
/** Those that it beats for. */
const shared = new Set<() => void>()
let isShared = false
/** Not that of somebody who stops time for a while: the heartbeat would stand still ever after. */
const { setInterval: realInterval, clearInterval: clearReal } = globalThis

/**
 * One heartbeat for all who want one of `SHARED_BEAT_MS`, so the first beat may come at once. It goes on until a beat finds nobody left: a
 * schedule on the model takes a tenth of a millisecond, and a timer of its own, made and cleared, would be a twentieth of that.
 */
export function sharedHeartbeat(tick: () => void): () => void {
  shared.add(tick)
  if (!isShared) {
    isShared = true
    const over = ofOurs()
    const timer = realInterval(() => {
      for (const each of shared) each()
      if (shared.size > 0) return
      clearReal(timer)
      over()
      isShared = false
    }, SHARED_BEAT_MS)
  }
  return () => void shared.delete(tick)
}

/** Calls `ring` after `ms` of real time, unless the returned function is called before. */
export function alarm(ms: number, ring: () => void): () => void {
  const over = ofOurs()
  const timer = setTimeout(() => {
    over()
    ring()
  }, ms)
  return () => {
    over()
    clearTimeout(timer)
  }
}

const BEAT_MS = 50

/**
 * What `call` gives, or a rejection with `late` where it has not settled after `ms`. Beats are counted, not seconds: each is a turn of the
 * event loop, so a machine that is too busy to run us does not run the clock either.
 * @param alive does this keep the process alive until then?
 */
export function inTime<T>(ms: number, call: () => T | PromiseLike<T>, late: (after: string) => Error, alive = true): Promise<T> {
  return new Promise((resolve, reject) => {
    let left = Math.ceil(ms / BEAT_MS)
    const stop = heartbeat(
      BEAT_MS,
      () => {
        if (--left > 0) return
        stop()
        reject(late(secondsText(ms)))
      },
      alive,
    )
    Promise.resolve().then(call).finally(stop).then(resolve, reject)
  })
}

/** A bound in words: `5 s`, `0.2 s`. */
export const secondsText = (ms: number): string => `${ms / 1000} s`

/** Who waits, the one that began last at the end. */
const waiting: (() => void)[] = []
const tellLast = (): void => waiting.at(-1)?.()

/**
 * What `call` gives, or a rejection with `idle` once the event loop has run empty: nothing is left then that could settle it, and Node
 * would end the process without a word (exit code 13). Where one waits inside another, the inner one rejects.
 */
export function unlessIdle<T>(call: () => T | PromiseLike<T>, idle: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = () => {
      waiting.splice(waiting.indexOf(tell), 1)
      if (waiting.length === 0) process.off('beforeExit', tellLast)
    }
    const tell = () => {
      over()
      reject(idle())
    }
    if (waiting.length === 0) process.on('beforeExit', tellLast)
    waiting.push(tell)
    Promise.resolve()
      .then(call)
      .finally(() => waiting.includes(tell) && over())
      .then(resolve, reject)
  })
}

/** Elapsed milliseconds of real time, for figures shown to people; never part of a history or a verdict. */
export function stopwatch(): () => number {
  const start = performance.now()
  return () => performance.now() - start
}

/** The day it is, as `2027-01-31`, the same all over the world (UTC). Reports and expiry dates only. */
export const today = (): string => new Date().toISOString().slice(0, 10)

/** Milliseconds since 1970, for formats that want to know when a run was. */
export const wallTime = (): number => Date.now()

/**
 * Gives the event loop a turn where it has had none for `ms`: on the model all is microtasks, and a signal, a key or a line
 * of progress would wait for the end of the run.
 */
export function breather(ms: number): () => Promise<void> | undefined {
  let since = stopwatch()
  return () => {
    if (since() < ms) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        since = stopwatch()
        resolve()
      })
    })
  }
}

/** Timers as a consumer calls them. */
export interface Timers {
  setTimeout(callback: (...args: unknown[]) => void, ms: number, ...args: unknown[]): unknown
  clearTimeout(timer: unknown): void
}

/**
 * From now on the global timers ask `route` at each call whose they are: those that it gives, or, where it gives none,
 * the real ones.
 */
export function routeTimers(route: () => Timers | undefined): void {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const routed = {
    setTimeout: (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => (route() ?? real).setTimeout(callback, ms, ...args),
    clearTimeout: (timer: never) => (route() ?? real).clearTimeout(timer),
  }
  // util.promisify looks for a property of setTimeout.
  Object.assign(globalThis, { setTimeout: Object.assign(routed.setTimeout, real.setTimeout), clearTimeout: routed.clearTimeout })
}

/**
 * Three turns of the event loop, so many times. A server that is awake has answered within the first three. One that has not after some
 * more is busy itself, or has no core to run on: who goes on turning then takes it from the one that is waited for.
 */
const MOMENT = 4

/** Calls the first in the next turn, with the rest: where that is itself, another turn goes by without a call of ours. */
const next = setImmediate as (...then: readonly unknown[]) => unknown

/**
 * Keeps the event loop turning for a moment, instead of letting its core go to sleep between a request and its reply.
 *
 * A schedule on a Redis is a score of short round trips. On a virtual machine a core that went idle takes longer to wake
 * than Redis takes to answer: with nothing else running, a schedule of 15 steps took 4.5 ms, and 2.4 ms awake (2 cores,
 * Node 20). Where other work keeps the cores busy it makes no difference, and a wait that is long is slept through.
 */
export class Awake {
  /** Three turns, so many times more. */
  #left = 0

  /** Something moved, so an answer to it will come soon. */
  stir(): void {
    if (this.#left === 0) next(next, next, this.#turn)
    this.#left = MOMENT
  }

  readonly #turn = (): void => {
    if (--this.#left > 0) next(next, next, this.#turn)
  }
}
