/**
 * The reads of one subject that block in a Redis: found, and ended by hand.
 *
 * A client of the subject that has flag `b` is a blocked read. It is *claimed* when it is reported, so that of several
 * the newly blocked one can be told; the claim is dropped as soon as the read is known to have ended. That must be known
 * before the same connection can block again, hence `settled()`, which goes before every answer to the subject.
 */
import { systemClock } from '../../clock/clock.js'
import type { StreamId } from '../../contract/stream-id.js'
import { isBlocked } from './client-list.js'
import type { BlockedReader, RawCommand } from '../store.js'
import { type SubjectClients, turn } from './subject-clients.js'

/** Back to back at first: most reads block within a few round trips. Then with pauses, for those that take their time. */
const BUSY_POLLS = 50
const MAX_PAUSE_MS = 5

/** Runs commands in one transaction after those given first. */
export type Transact = (first: readonly string[], commands: readonly RawCommand[]) => Promise<readonly (StreamId | undefined)[]>

export class BlockedReaders {
  /** The end of a wait that we are bringing about. Its answer tells as much as a look at the server would. */
  #ending: Promise<unknown> | undefined

  constructor(
    readonly clients: SubjectClients,
    readonly transact: Transact,
  ) {}

  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void {
    const watch = { over: false }
    this.#follow(watch, onBlocked).catch((error: unknown) => {
      if (!watch.over) onError(error)
    })
    return () => {
      watch.over = true
    }
  }

  /** A read of the subject came back: lets its connection block anew. */
  async settled(): Promise<void> {
    // Where the store is gone, whoever uses it next says so; the subject's own answer stays as it is.
    await this.#ending?.catch(() => undefined)
    await this.clients.refreshClaims().catch(() => undefined)
  }

  async queuedBehindRead(): Promise<string | undefined> {
    const stuck = (await this.clients.blocked()).find(({ waiting }) => waiting > 0)
    return (
      stuck &&
      `client id=${stuck.id} (${stuck.addr}) is blocked in ${stuck.cmd} with ${stuck.waiting} bytes of further commands waiting behind it`
    )
  }

  async #follow(watch: { readonly over: boolean }, onBlocked: (reader: BlockedReader) => void): Promise<void> {
    if (this.clients.book.recognition.by === 'nothing') return
    for (let polls = 0; !watch.over; polls++) {
      // Mostly the answer is on its way already, and then there is nothing to look for.
      if (this.#ending !== undefined) await this.#ending.catch(() => undefined)
      await turn()
      if (watch.over) return
      const found = await this.clients.newlyBlocked(() => !watch.over)
      if (watch.over) return
      if (found) {
        this.clients.claimed.add(found.id)
        return onBlocked(this.#reader(found.id))
      }
      const pause = polls < BUSY_POLLS ? 0 : Math.min(MAX_PAUSE_MS, 1 + Math.floor((polls - BUSY_POLLS) / BUSY_POLLS))
      // Without a connection there is nothing to ask the server for: at least a turn of the event loop, then.
      if (pause > 0 || this.clients.ids.length === 0) await systemClock.sleep(pause || 1)
    }
  }

  #reader(id: string): BlockedReader {
    const { book, claimed } = this.clients
    return {
      stillBlocked: async () => {
        const blocked = claimed.has(id) && (await book.list([id])).some(isBlocked)
        if (!blocked) claimed.delete(id)
        return blocked
      },
      expire: async () => {
        const ending = book.client.call('client', 'unblock', id, 'TIMEOUT').then(() => claimed.delete(id))
        this.#ending = ending
        await ending.finally(() => (this.#ending = undefined))
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
