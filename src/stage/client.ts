/**
 * The client of a consumer that comes back: what it has kept of the frames that it was handed, in all of its sessions, and sends back, as
 * a browser does with `Last-Event-ID`; or, where it is set back, what it had kept some time before.
 *
 * The last id counts, on whatever frame it came. Where the subject does not say which ids frames have (`resumeIdOf`), the `id` of a
 * frame counts as that of a server-sent event does, and without one the id of the entry that it carries.
 */
import type { IdOrder, StreamId } from '../contract/stream-id.js'
import type { SessionStart } from '../sources/source.js'

/** Sent back, both mean that nothing has been read. */
const ZERO = '0'

/** An id that a client is handed: that of an entry, or of the frame around it. */
export interface HandedId {
  readonly of: 'entry' | 'frame'
  /** An empty one leaves the client without any. */
  readonly id: string
}

export class Client {
  /** What it sends back. Undefined where it has nothing to send. */
  #id: string | undefined
  /** The highest id of the store that it has had. */
  #highest: StreamId | undefined
  #hadId = false
  /** The ids of its entries, where no other can be told from a text that is none. */
  readonly #ofEntries = new Set<string>()
  /** Every id that it has kept, and after how many frames. */
  readonly #kept: { readonly id: string; readonly frames: number }[] = []
  #frames = 0
  /** What it would have without the last 0: its consumer may count its frames, which the next one shows. */
  #beforeZero: { readonly id: string | undefined; readonly highest: StreamId | undefined; readonly hadId: boolean } | undefined
  #counts = false

  /**
   * @param isTold its subject says which ids frames have.
   * @param handed in their order.
   */
  constructor(
    readonly ids: IdOrder,
    readonly isTold: boolean,
    readonly handed: readonly HandedId[],
  ) {
    for (const { of, id } of handed) {
      this.#frames++
      if (of === 'entry') this.#took(id)
      else this.#heard(id)
    }
  }

  #took(id: string): void {
    if (this.isTold || !this.ids.isId(id)) return
    if (this.ids.anyText) this.#ofEntries.add(id)
    this.#keep(id)
  }

  #heard(id: string): void {
    if (id === '' || this.isTold || this.#isOfStore(id)) this.#keep(id)
    else if (id !== ZERO) this.#sees()
    else if (!this.#counts) {
      this.#beforeZero = { id: this.#id, highest: this.#highest, hadId: this.#hadId }
      this.#keep(this.ids.origin)
    }
  }

  #isOfStore(id: string): boolean {
    return this.ids.anyText ? this.#ofEntries.has(id) : this.ids.isId(id)
  }

  /** An id that is none of the store's: a 0 before it was none either. */
  #sees(): void {
    if (this.#beforeZero !== undefined && this.#id === this.ids.origin) {
      ;({ id: this.#id, highest: this.#highest, hadId: this.#hadId } = this.#beforeZero)
      this.#kept.pop()
    }
    this.#counts = true
  }

  #keep(id: string): void {
    this.#id = id === '' ? undefined : id
    this.#hadId ||= id !== ''
    if (id !== '') this.#kept.push({ id, frames: this.#frames })
    const { isId, compare } = this.ids
    if (id !== '' && isId(id) && (this.#highest === undefined || compare(id, this.#highest) > 0)) this.#highest = id
  }

  /** How many ids it could come back with that are older than the one it would send, each counted once. */
  get olderIds(): number {
    return this.#older.length
  }

  /**
   * The same client at the time when it was first given another id: the one so many before that which it would send now, the latest first and
   * each counted once. Undefined where it had not so many.
   */
  before(back: number): Client | undefined {
    const id = this.#older[back - 1]
    const given = this.#kept.find((each) => each.id === id)
    return given && new Client(this.ids, this.isTold, this.handed.slice(0, given.frames))
  }

  get #older(): readonly string[] {
    const latestFirst = this.#kept.map(({ id }) => id).toReversed()
    return [...new Set(latestFirst)].filter((id) => id !== this.#id)
  }

  /**
   * The highest id that it had when it was given the text before this one, which says nothing itself of how far it has come. Not when it was
   * given this one: a frame may carry the place before its own entry.
   */
  #knownAt(text: string): { readonly known?: StreamId } {
    const first = this.#kept.findIndex(({ id }) => id === text)
    const before = this.#kept[this.#kept.findIndex(({ id }) => id === this.#kept[first - 1]?.id)]
    if (before === undefined) return {}
    const { isId, compare } = this.ids
    const had = this.handed.slice(0, before.frames).flatMap(({ of, id }) => (of === 'entry' && isId(id) ? [id] : []))
    const known = had.sort(compare).at(-1)
    return known === undefined ? {} : { known }
  }

  /** How its next session begins. @param anew where one begins whose client sends nothing. */
  comesBack(anew: 'tail' | 'beginning'): SessionStart {
    const { ids } = this
    const from = this.#id
    const highest = this.#highest
    const isBelow = highest !== undefined && (from === undefined || (ids.isId(from) && ids.compare(from, highest) < 0))
    const forgot = isBelow ? { forgot: highest } : {}
    if (from !== undefined) return { start: 'id', from, ...forgot, ...(ids.isId(from) ? {} : this.#knownAt(from)) }
    // Nobody knows what a client sends back whose frames never had an id: it may have its place from somewhere else.
    return { start: anew, ...(this.isTold || this.#hadId ? { returns: true } : {}), ...forgot }
  }
}
