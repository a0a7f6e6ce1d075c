/**
 * The reads of one subject that block in a Redis: found, and ended by hand.
 *
 * A client of the subject that has flag `b` is a blocked read. It is *claimed* when it is reported, so that of several
 * the newly blocked one can be told; the claim is dropped as soon as the read is known to have ended. That must be known
 * before the same connection can block again, hence `settled()`, which goes before every answer to the subject.
 */
import { systemClock } from '../clock/clock.js'
import type { StreamId } from '../contract/stream-id.js'
import { isBlocked } from './client-list.js'
import type { BlockedReader, RawCommand } from './store.js'
import type { SubjectClients } from './subject-clients.js'

/** Back to back at first: most reads block within a few round trips. Then with pauses, for those that take their time. */
const BUSY_POLLS = 50
const MAX_PAUSE_MS = 5

/** Runs commands in one transaction after those given first. */
export type Transact = (first: readonly string[], commands: readonly RawCommand[]) => Promise<readonly (StreamId | undefined)[]>

export class BlockedReaders {
  constructor(
    readonly clients: SubjectClients,
    readonly transact: Transact,
  ) {}

  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void {
    const stop = new AbortController()
    this.#follow(stop.signal, onBlocked).catch((error: unknown) => {
      if (!stop.signal.aborted) onError(error)
    })
    return () => stop.abort()
  }

  /** A read of the subject came back: lets its connection block anew. */
  async settled(): Promise<void> {
    // Where the store is gone, whoever uses it next says so; the subject's own answer stays as it is.
    await this.clients.refreshClaims().catch(() => undefined)
  }

  async queuedBehindRead(): Promise<string | undefined> {
    const stuck = (await this.clients.blocked()).find(({ waiting }) => waiting > 0)
    return (
      stuck &&
      `client id=${stuck.id} (${stuck.addr}) is blocked in ${stuck.cmd} with ${stuck.waiting} bytes of further commands waiting behind it`
    )
  }

  async #follow(stop: AbortSignal, onBlocked: (reader: BlockedReader) => void): Promise<void> {
    if (this.clients.book.recognition.by === 'nothing') return
    for (let polls = 0; !stop.aborted; polls++) {
      const found = await this.clients.newlyBlocked()
      if (stop.aborted) return
      if (found) {
        this.clients.claimed.add(found.id)
        return onBlocked(this.#reader(found.id))
      }
      const pause = polls < BUSY_POLLS ? 0 : Math.min(MAX_PAUSE_MS, 1 + Math.floor((polls - BUSY_POLLS) / BUSY_POLLS))
      // Without a connection there is nothing to ask the server for: at least a turn of the event loop, then.
      if (pause > 0 || this.clients.ids.length === 0) await systemClock.sleep(pause || 1, stop)
    }
  }

  #reader(id: string): BlockedReader {
    const { book, claimed } = this.clients
    return {
      stillBlocked: async () => {
        const blocked = (await book.list([id])).some(isBlocked)
        if (!blocked) claimed.delete(id)
        return blocked
      },
      expire: async () => {
        await book.client.call('client', 'unblock', id, 'TIMEOUT')
        claimed.delete(id)
      },
      disconnect: async (commands) => {
        // Atomic, so neither the reader, come back, nor anybody else is served between the cut and the commands.
        const ids = await this.transact(['client', 'kill', 'id', id], commands)
        claimed.delete(id)
        return ids
      },
    }
  }
}
