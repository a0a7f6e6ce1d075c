/**
 * The only module that touches wall time. Everything else takes a `Clock`, so that a run under the conductor has no
 * time in it but the virtual one.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects: callers look at the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Real time. */
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

/** Calls `tick` every `ms` of real time until the returned function is called; the process stays alive until then. */
export function heartbeat(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms)
  return () => clearInterval(timer)
}

/** Calls `ring` after `ms` of real time, unless the returned function is called before. */
export function alarm(ms: number, ring: () => void): () => void {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
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
