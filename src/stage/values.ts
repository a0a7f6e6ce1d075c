/**
 * Tells entries apart: every append has a token of its own in its payload, so that a value is recognised wherever it
 * turns up: in what a read returned, in a frame, and in the raw fields of the witness.
 */
import type { Json } from '../contract/stream-repository.js'
import type { RawFields } from '../dialects/store.js'
import type { FrameEntry } from '../subject/subject.js'

/** What an entry turns out to be: which append, and its data where that is not what was appended. */
export interface Identified {
  readonly id?: string
  readonly value?: string
  readonly got?: string
}

/** Begins where a word does: tried at each character, a payload of one long word would take the square of its length. */
const TOKEN = /(?<!\w)(\w+)@tailrace/
export const tokenOf = (value: string): string => `${value}@tailrace`

export type MakePayload = (token: string, body: Json) => Json

const defaultPayload: MakePayload = (token, body) => (body === null ? { sentinel: token } : { sentinel: token, body })

export class Values {
  readonly #appended = new Map<string, Json>()
  readonly #idOf = new Map<string, string>()
  readonly #valueAt = new Map<string, string>()
  /** Values that hold the same, by the first of them. */
  readonly #alike = new Map<string, readonly string[]>()
  /** How many of them frames have carried without their ids. */
  readonly #carried = new Map<string, number>()

  constructor(readonly makePayload: MakePayload = defaultPayload) {}

  /** The payload of a new append. */
  create(value: string, body: Json = null): Json {
    const data = this.makePayload(tokenOf(value), body)
    this.#appended.set(value, data)
    return data
  }

  /** The payload of a new append that holds what another one holds, token and all. */
  repeat(value: string, of: string): Json {
    const data = this.#appended.get(of)!
    this.#appended.set(value, data)
    this.#alike.set(of, [...(this.#alike.get(of) ?? [of]), value])
    return data
  }

  acknowledged(value: string, id: string): void {
    this.#idOf.set(value, id)
    const before = this.#valueAt.get(id)
    // An adapter that takes the second of two alike for the first gives it the id of the first, whose entry it stays.
    const stays = before !== undefined && this.#appended.get(before) === this.#appended.get(value)
    if (!stays) this.#valueAt.set(id, value)
  }

  /** The id that an append was acknowledged with. */
  idOf(value: string): string | undefined {
    return this.#idOf.get(value)
  }

  identify(entry: FrameEntry): Identified {
    const token = entry.data === undefined ? undefined : findToken(entry.data)
    const value = token === undefined ? this.#valueAt.get(entry.id ?? '') : (this.#oneOf(token, entry.id) ?? this.#nextOf(token))
    const id = entry.id ?? (value === undefined ? undefined : this.#idOf.get(value))
    const same = entry.data === undefined || (value !== undefined && sameData(entry.data, this.#appended.get(value)))
    // Member by member: literals that begin with a spread take twenty times as long, and this is done for every entry.
    const identified: { -readonly [K in keyof Identified]: Identified[K] } = {}
    if (id !== undefined) identified.id = id
    if (value !== undefined) identified.value = value
    if (!same) identified.got = text(entry.data)
    return identified
  }

  /** Which append raw fields hold. */
  inFields(id: string, fields: RawFields): string | undefined {
    // What stands in the entry goes before what its append was told: an adapter may acknowledge a wrong id.
    for (const field of fields) {
      const token = TOKEN.exec(String(field))?.[1]
      if (token !== undefined) return this.#oneOf(token, id) ?? token
    }
    return this.#valueAt.get(id)
  }

  /** Whose token it is: of several that are alike, the one at this id. */
  #oneOf(token: string, id: string | undefined): string | undefined {
    const alike = this.#alike.get(token)
    if (alike === undefined) return token
    const value = this.#valueAt.get(id ?? '')
    return value !== undefined && alike.includes(value) ? value : undefined
  }

  /** Frames without ids carry entries that are alike in their order; what comes after the last is the last again. */
  #nextOf(token: string): string {
    const alike = this.#alike.get(token)!
    const carried = this.#carried.get(token) ?? 0
    this.#carried.set(token, carried + 1)
    return alike[Math.min(carried, alike.length - 1)]!
  }
}

function findToken(data: unknown): string | undefined {
  if (typeof data === 'string') return TOKEN.exec(data)?.[1]
  if (typeof data !== 'object' || data === null) return undefined
  for (const value of Object.values(data)) {
    const found = findToken(value)
    if (found !== undefined) return found
  }
  return undefined
}

function sameData(got: unknown, appended: unknown): boolean {
  // Most are equal member by member; their text, which tells about the others, costs far more.
  if (isCopy(got, appended)) return true
  if (canonical(got) === canonical(appended)) return true
  // A frame may carry the data as JSON text.
  return typeof got === 'string' && typeof appended !== 'string' && canonicalText(got) === canonical(appended)
}

/** Plain data with the same members in the same order. False says nothing. */
function isCopy(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b && typeof a !== 'bigint'
  if (Array.isArray(a) !== Array.isArray(b) || (a as { length?: number }).length !== (b as { length?: number }).length) return false
  const keys = Object.keys(a)
  const others = Object.keys(b)
  return keys.length === others.length && keys.every((key, i) => key === others[i] && isCopy(a[key as never], b[key as never]))
}

function canonicalText(json: string): string | undefined {
  try {
    return canonical(JSON.parse(json))
  } catch {
    return undefined
  }
}

/** JSON with sorted keys, so that only the content counts. */
function canonical(data: unknown): string {
  if (Array.isArray(data)) return `[${data.map(canonical).join(',')}]`
  if (typeof data !== 'object' || data === null) return JSON.stringify(data) ?? 'undefined'
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join(',')}}`
}

/** Data as evidence: short enough to read. */
function text(data: unknown): string {
  const json = canonical(data)
  return json.length <= 200 ? json : `${json.slice(0, 200)}… (${json.length} characters)`
}
