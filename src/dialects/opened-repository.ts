/** A subject's repository as it is opened and closed: what `open` gives is looked at before anything is asked of it, and neither may take for ever. */
import type { StreamRepository } from '../contract/stream-repository.js'
import { inTime } from '../clock/clock.js'
import { messageOf } from './store-error.js'

/** What the harness calls. */
const CALLED = ['sendData', 'readMessages', 'getStreamTailId'] as const

/** How long `open` and `close` may take, where nobody says. */
export const SETTLES_MS = 20_000

/**
 * @param patienceMs how long it may take.
 * @throws where `open` fails, does not settle, or gives something else: each call would fail on its own, and a consumer may go on for ever.
 */
export async function openedRepository(
  open: () => StreamRepository | Promise<StreamRepository>,
  patienceMs = SETTLES_MS,
): Promise<StreamRepository> {
  let repository: Partial<StreamRepository> | undefined
  try {
    repository = await inTime(patienceMs, open, unsettled)
  } catch (error) {
    throw new Error(`open() failed: ${messageOf(error)}`, { cause: error })
  }
  const missing = CALLED.filter((name) => typeof repository?.[name] !== 'function')
  if (missing.length === 0) return repository as StreamRepository
  const gave =
    repository === undefined || repository === null ? `it gave ${String(repository)}` : `what it gave has no ${missing.join(', no ')}`
  throw new Error(`open() has to give a repository: ${gave}`)
}

/**
 * Gives what went wrong, in words.
 * @throws where it does not settle: nothing can be said then of what is still open.
 */
export async function closedRepository(close: () => Promise<void>, patienceMs = SETTLES_MS): Promise<string | undefined> {
  let late: Error | undefined
  try {
    await inTime(patienceMs, close, (after) => (late = unsettled(after)))
    return undefined
  } catch (error) {
    if (error === late) throw new Error(`close() failed: ${messageOf(error)}`, { cause: error })
    return `close() threw: ${messageOf(error)}`
  }
}

/** `open() failed: it had not settled after 20 s (…)`. */
const unsettled = (after: string): Error => new Error(`it had not settled after ${after} (watchdogMs gives it longer)`)
