/** Faults on demand: a repository whose next calls of a kind fail, as if the store had. */
import { type ReadOptions, type StreamEntry, type StreamRepository, UnknownOutcomeError } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'

export type Fallible = 'read' | 'append' | 'tail'

/** What a faulted call throws. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault'
}

export class Faults {
  readonly #armed: { what: Fallible; times: number; after: number }[] = []

  arm(what: Fallible, times: number, after = 0): void {
    this.#armed.push({ what, times, after })
  }

  /** Faults that no call has met. */
  get pending(): readonly Fallible[] {
    return this.#armed.map(({ what }) => what)
  }

  /** After how many entries the call that begins now is to fail; undefined where it is not. */
  take(what: Fallible): number | undefined {
    const fault = this.#armed.find((armed) => armed.what === what)
    if (fault === undefined) return undefined
    fault.times--
    if (fault.times === 0) this.#armed.splice(this.#armed.indexOf(fault), 1)
    return fault.after
  }
}

export function withFaults<R extends StreamRepository>(repository: R, faults: Faults): R {
  const fault = (what: Fallible) => new InjectedFault(`injected by the schedule: this ${what} fails`)
  async function* failing(topic: string, lastId: string, options: ReadOptions, after: number): AsyncGenerator<StreamEntry> {
    let handedOut = 0
    if (after > 0) {
      for await (const entry of repository.readMessages(topic, lastId, options)) {
        yield entry
        if (++handedOut === after) break
      }
    }
    throw fault('read')
  }
  return withMembers(repository, {
    readMessages: (topic: string, lastId: string, options: ReadOptions) => {
      const after = faults.take('read')
      return after === undefined ? repository.readMessages(topic, lastId, options) : failing(topic, lastId, options, after)
    },
    sendData: async (topic: string, data: Parameters<StreamRepository['sendData']>[1]) => {
      const after = faults.take('append')
      if (after === 0) throw fault('append')
      const id = await repository.sendData(topic, data)
      if (after !== undefined) throw new UnknownOutcomeError('injected by the schedule: the reply of this append is lost')
      return id
    },
    getStreamTailId: async (topic: string) => {
      if (faults.take('tail') !== undefined) throw fault('tail')
      return repository.getStreamTailId(topic)
    },
  })
}
