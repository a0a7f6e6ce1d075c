/** What a subject's `open` gives, looked at before anything is asked of it. */
import type { StreamRepository } from '../contract/stream-repository.js'
import { messageOf } from './store-error.js'

/** What the harness calls. */
const CALLED = ['sendData', 'readMessages', 'getStreamTailId'] as const

/** @throws where `open` fails, or gives something else: each call would fail on its own, and a consumer may go on for ever. */
export async function openedRepository(open: () => StreamRepository | Promise<StreamRepository>): Promise<StreamRepository> {
  let repository: Partial<StreamRepository> | undefined
  try {
    repository = await open()
  } catch (error) {
    throw new Error(`open() failed: ${messageOf(error)}`, { cause: error })
  }
  const missing = CALLED.filter((name) => typeof repository?.[name] !== 'function')
  if (missing.length === 0) return repository as StreamRepository
  const gave =
    repository === undefined || repository === null ? `it gave ${String(repository)}` : `what it gave has no ${missing.join(', no ')}`
  throw new Error(`open() has to give a repository: ${gave}`)
}
