/** Which entry holds which token. */
import type { Json } from '../../contract/stream-repository.js'
import type { StreamId } from '../../contract/stream-id.js'
import { FENCE } from '../../history/event.js'
import type { RawCommand, RawEntry, RawFields } from '../../dialects/store.js'

/**
 * What a delivery is recognised by. It begins where a word does, or directly behind another: tried at each character, one
 * long word would take the square of its length.
 */
export const TOKEN = /(?:(?<!\w)|(?<=@tailrace))\w+@tailrace/g

/** Of an entry in another topic, which is nobody's business here. */
export const isElsewhere = (token: string): boolean => /^x\d/.test(token)

export const isFence = (token: string): boolean => token.startsWith(`${FENCE}@`)

export class Sentinels {
  readonly #idOf = new Map<string, StreamId>()
  readonly #tokenAt = new Map<string, string>()
  readonly #data = new Map<string, Json>()

  set(token: string, id: StreamId, data?: Json): void {
    if (data !== undefined) this.#data.set(token, data)
    this.#idOf.set(token, id)
    this.#tokenAt.set(id, token)
  }

  /** Entries that were added as they are, `ids` being those of each add. */
  added(commands: readonly RawCommand[], ids: readonly (StreamId | undefined)[]): void {
    for (const [index, command] of commands.entries()) {
      const id = ids[index]
      const token = command.kind === 'add' ? tokenIn(command.fields) : undefined
      if (token !== undefined && id !== undefined) this.set(token, id)
    }
  }

  /** The id of the entry that holds this token. */
  idOf(token: string): StreamId | undefined {
    return this.#idOf.get(token)
  }

  /** What was appended under this id. */
  dataAt(id: string): { readonly token: string; readonly data: Json } | undefined {
    const token = this.#tokenAt.get(id)
    return token === undefined ? undefined : { token, data: this.#data.get(token) ?? { sentinel: token } }
  }

  /** The tokens of those of the entries that hold one. */
  at(ids: readonly string[]): readonly string[] {
    return ids.flatMap((id) => this.#tokenAt.get(id) ?? [])
  }
}

const tokenIn = (fields: RawFields): string | undefined => fields.join('\n').match(TOKEN)?.[0]

/** Where the publisher does not tell: of the first entry that holds the token. */
export function idWith(token: string, key: string, entries: readonly RawEntry[]): StreamId {
  const found = entries.find(({ fields }) => fields.some((field) => field.includes(token)))
  if (found !== undefined) return found.id
  throw new Error(`publish has returned, and no entry of the stream ${key} holds ${token}`)
}
