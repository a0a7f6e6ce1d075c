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

/**
 * Begins where a word does, or directly behind another: tried at each character, a payload of one long word would take the square of
 * its length.
 */
const TOKEN = /(?:(?<!\w)|(?<=@tailrace))(\w+)@tailrace/
const TOKENS = new RegExp(TOKEN, 'g')
/** What entries that do not decode are made of. They are nobody's append: what can still be read of their token says nothing. */
export const POISON = 'poison'

export const tokenOf = (value: string): string => `${value}@tailrace`

export type MakePayload = (token: string, body: Json) => Json

/** What a subject says of its entries: what others are made of, and whose each is. */
export interface Making {
  readonly payload?: MakePayload | undefined
  readonly foreign?: MakePayload | undefined
  readonly owes?: ((entry: { readonly data: Json }, consumer: number) => boolean | undefined) | undefined
}

/** Consumers that an entry is not owed to, where there are any. */
export interface NotOwed {
  readonly withheldFrom?: readonly number[]
  readonly optionalFor?: readonly number[]
}

const defaultPayload: MakePayload = (token, body) => (body === null ? { sentinel: token } : { sentinel: token, body })

export class Values {
  readonly #appended = new Map<string, Json>()
  readonly #idOf = new Map<string, string>()
  readonly #valueAt = new Map<string, string>()
  /** Values that hold the same, by the first of them. */
  readonly #alike = new Map<string, readonly string[]>()
  /** How many of them frames have carried without their ids. */
  readonly #carried = new Map<string, number>()
  /** Whether payloads hold the bodies that they were made with; undefined where none was. */
  #holdsBodies: boolean | undefined

  readonly #notOwed = new Map<string, NotOwed>()

  /** @param consumers how many there are. */
  constructor(
    readonly making: Making = {},
    readonly consumers = 1,
  ) {}

  /** Of every append so far, in that order. */
  get appended(): Iterable<string> {
    return this.#appended.keys()
  }

  get makePayload(): MakePayload {
    return this.making.payload ?? defaultPayload
  }

  /** The payload of a new append. */
  create(value: string, body: Json = null, make = this.makePayload): Json {
    const data = make(tokenOf(value), body)
    if (make !== defaultPayload && findToken(data) !== value)
      throw new Error(lacksToken(make === this.making.foreign ? 'foreign' : 'payload'))
    this.#appended.set(value, data)
    if (body !== null && !this.#holdsBodies) this.#holdsBodies = this.#carries(data, value, body)
    this.#assign(value, data)
    return data
  }

  /** Whom a value is not owed to. */
  notOwed(value: string): NotOwed {
    return this.#notOwed.get(value) ?? OWED_TO_ALL
  }

  owes(value: string, consumer: number): boolean {
    const notOwed = this.#notOwed.get(value)
    return notOwed?.withheldFrom?.includes(consumer) !== true && notOwed?.optionalFor?.includes(consumer) !== true
  }

  #assign(value: string, data: Json): void {
    const { owes } = this.making
    if (owes === undefined) return
    const said = Array.from({ length: this.consumers }, (_, consumer) => owes({ data }, consumer))
    const those = (are: boolean | undefined) => said.flatMap((each, consumer) => (each === are ? [consumer] : []))
    const [withheldFrom, optionalFor] = [those(false), those(undefined)]
    this.#notOwed.set(value, {
      ...(withheldFrom.length === 0 ? {} : { withheldFrom }),
      ...(optionalFor.length === 0 ? {} : { optionalFor }),
    })
  }

  /** Why the payloads of a schedule were not tried after all; undefined where there were none, or they were. */
  get untried(): string | undefined {
    return this.#holdsBodies === false
      ? 'rule 1.5 is not tried: payload(token, body) leaves the body out, and with it every awkward payload'
      : undefined
  }

  /** As it is, or in some other form: then another body makes another payload, and the same body the same. */
  #carries(data: Json, value: string, body: Json): boolean {
    if (isWithin(data, canonical(body))) return true
    const [without, ...again] = [null, body, body].map((each) => canonical(this.makePayload(tokenOf(value), each)))
    return again.every((each) => each === again[0] && each !== without)
  }

  /** The payload of a new append that holds what another one holds, token and all. */
  repeat(value: string, of: string): Json {
    const data = this.#appended.get(of)!
    this.#appended.set(value, data)
    this.#assign(value, data)
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
    const { id, data } = entry
    const token = findToken(data)
    const value = token === undefined ? this.#valueAt.get(id ?? '') : (this.#oneOf(token, id) ?? this.#nextOf(token))
    const same = data === undefined || (value !== undefined && sameData(data, this.#appended.get(value)))
    return this.#identified(entry, value, same)
  }

  /** @param same does it hold what was appended? */
  #identified({ id: given, data }: FrameEntry, value: string | undefined, same: boolean): Identified {
    const id = given ?? (value === undefined ? undefined : this.#idOf.get(value))
    // Member by member: literals that begin with a spread take twenty times as long, and this is done for every entry.
    const identified: { -readonly [K in keyof Identified]: Identified[K] } = {}
    if (id !== undefined) identified.id = id
    if (value !== undefined) identified.value = value
    if (!same) identified.got = text(data)
    return identified
  }

  /** The entries that a frame carries under one name: one, or several that were joined. The last of them has its id. */
  carriedBy(entry: FrameEntry): readonly Identified[] {
    const { id, data } = entry
    const token = findToken(data)
    if (token === undefined) return [this.identify(entry)]
    // What is alike holds the same.
    if (sameData(data, this.#appended.get(token))) return [this.#identified(entry, this.#oneOf(token, id) ?? this.#nextOf(token), true)]
    const tokens = this.#carriedTokens(data)
    return tokens.map((each, i) => this.#joined(each, i === tokens.length - 1 ? id : undefined, data))
  }

  /** Does it hold a payload, unaltered? */
  isWhole(data: unknown): boolean {
    return tokensIn(data).some((token) => this.#holds(data, token))
  }

  /** The same of one that came in parts: what is whole in it, where anything is. A part may have come twice, or been left there by another entry. */
  wholeIn(entry: FrameEntry): readonly Identified[] {
    const carried = this.carriedBy(entry)
    const whole = new Map(carried.flatMap((each) => (each.got === undefined ? [[each.value, each]] : [])))
    return whole.size > 0 ? [...whole.values()] : carried
  }

  /** The token of each payload in it, in order. A payload may hold its token more than once. */
  #carriedTokens(data: unknown): string[] {
    const times = new Map<string, number>()
    return tokensIn(data).filter((token) => {
      const before = times.get(token) ?? 0
      times.set(token, before + 1)
      const inPayload = tokensIn(this.#appended.get(token)).filter((each) => each === token).length
      return before % Math.max(1, inPayload) === 0
    })
  }

  #joined(token: string, named: string | undefined, data: unknown): Identified {
    const known = named === undefined ? undefined : this.#oneOf(token, named)
    const value = known ?? this.#nextOf(token)
    if (known !== undefined) this.#carriedUpTo(token, known)
    const id = named ?? this.#idOf.get(value)
    const same = this.#holds(data, token)
    return { ...(id === undefined ? {} : { id }), value, ...(same ? {} : { got: text(data) }) }
  }

  #holds(data: unknown, token: string): boolean {
    const appended = this.#appended.get(token)
    // A text may show what was appended in a form of the program's own.
    return holds(data, appended, token) || (typeof data === 'string' && leavesOf(appended).every((leaf) => data.includes(leaf)))
  }

  /** Which append raw fields hold. */
  inFields(id: string, fields: RawFields): string | undefined {
    // What stands in the entry goes before what its append was told: an adapter may acknowledge a wrong id.
    for (const field of fields) {
      const token = TOKEN.exec(String(field))?.[1]
      if (token === POISON) return undefined
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
    const alike = this.#alike.get(token)
    if (alike === undefined) return token
    const carried = this.#carried.get(token) ?? 0
    this.#carried.set(token, carried + 1)
    return alike[Math.min(carried, alike.length - 1)]!
  }

  #carriedUpTo(token: string, value: string): void {
    const alike = this.#alike.get(token)
    if (alike !== undefined) this.#carried.set(token, alike.indexOf(value) + 1)
  }
}

// ── What frames carry

/** An entry of which parts have come. */
interface Begun {
  id: string | undefined
  readonly parts: unknown[]
}

/** What the frames of one session carry, as appended entries: one in a frame, several in a frame, or one in several frames. */
export class Frames {
  /** The last one at the end. */
  readonly #begun: Begun[] = []

  constructor(readonly values: Pick<Values, 'carriedBy' | 'wholeIn' | 'isWhole'>) {}

  /** The entries that are whole with this frame. */
  carriedBy(entries: readonly FrameEntry[]): readonly Identified[] {
    const [first] = entries
    if (entries.length === 1) return this.#carriedBy(first!)
    return entries.flatMap((entry) => this.#carriedBy(entry))
  }

  #carriedBy(entry: FrameEntry): readonly Identified[] {
    if (entry.complete === false) {
      this.#add(entry)
      return []
    }
    // Most come whole, and then nothing has begun.
    const completed = this.#begun.length === 0 ? undefined : this.#completed(entry)
    return completed ?? this.values.carriedBy(entry)
  }

  #add({ id, data }: FrameEntry): void {
    let begun = this.#begunOf(id)
    if (begun === undefined) this.#begun.push((begun = { id, parts: [] }))
    begun.id ??= id
    if (data !== undefined) begun.parts.push(data)
  }

  /** Undefined where it is an entry for itself. */
  #completed({ id, data }: FrameEntry): readonly Identified[] | undefined {
    const begun = this.#begunOf(id)
    if (begun === undefined) return undefined
    const isForItself = begun.id !== id && this.values.isWhole(data)
    // What went before it without a name was a preview of it.
    if (!isForItself || begun.id === undefined) this.#begun.splice(this.#begun.indexOf(begun), 1)
    if (isForItself) return undefined
    const parts = data === undefined ? begun.parts : [...begun.parts, data]
    const named = id ?? begun.id
    return this.values.wholeIn({ ...(named === undefined ? {} : { id: named }), ...(parts.length === 0 ? {} : { data: join(parts) }) })
  }

  /** The one that a frame with this id goes on with: of the same id, or the last begun where one of them has none. */
  #begunOf(id: string | undefined): Begun | undefined {
    return this.#begun.findLast((begun) => begun.id === id) ?? this.#begun.findLast((begun) => begun.id === undefined || id === undefined)
  }
}

/** Texts and lists end to end, the members of objects together. */
function join(parts: readonly unknown[]): unknown {
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  if (parts.every(Array.isArray)) return parts.flat()
  if (parts.every((part) => typeof part === 'object' && part !== null && !Array.isArray(part))) return Object.assign({}, ...parts) as object
  return parts.length === 1 ? parts[0] : parts
}

/** In order, and as often as they are there. What members of an object have in common counts once: they show the same thing. */
function tokensIn(data: unknown): string[] {
  if (typeof data === 'string') {
    const parsed = parsedOf(data)
    return parsed === undefined ? Array.from(data.matchAll(TOKENS), ([, token]) => token!) : tokensIn(parsed)
  }
  if (Array.isArray(data)) return data.flatMap(tokensIn)
  if (typeof data !== 'object' || data === null) return []
  return Object.values(data).map(tokensIn).reduce(united, [])
}

/** All of the first, and what the second has more of. */
function united(first: string[], second: readonly string[]): string[] {
  const rest = [...first]
  const more = second.filter((token) => {
    const at = rest.indexOf(token)
    if (at !== -1) rest.splice(at, 1)
    return at === -1
  })
  return [...first, ...more]
}

/** Is what was appended with this token in here, unaltered? */
function holds(data: unknown, appended: unknown, token: string): boolean {
  if (sameData(data, appended)) return true
  if (typeof data === 'string') return holdsInText(data, appended, token)
  if (typeof data !== 'object' || data === null) return false
  return Object.values(data).some((member) => tokensIn(member).includes(token) && holds(member, appended, token))
}

/** As JSON, alone or among others, a line each. */
function holdsInText(data: string, appended: unknown, token: string): boolean {
  const parsed = parsedOf(data)
  if (parsed !== undefined) return holds(parsed, appended, token)
  if (data.includes(typeof appended === 'string' ? appended : JSON.stringify(appended))) return true
  return data.split('\n').some((line) => {
    const json = parsedOf(line.replace(/^data: ?/, ''))
    return json !== undefined && holds(json, appended, token)
  })
}

/** The texts and numbers that it consists of. */
function leavesOf(data: unknown): string[] {
  if (typeof data === 'string') return [data]
  if (typeof data !== 'object') return [canonical(data)]
  return data === null ? [] : Object.values(data).flatMap(leavesOf)
}

/** A list or an object, where it is the JSON text of one. */
function parsedOf(json: string): object | undefined {
  if (!/^\s*[[{]/.test(json)) return undefined
  try {
    return JSON.parse(json) as object
  } catch {
    return undefined
  }
}

const OWED_TO_ALL: NotOwed = {}

const lacksToken = (maker: string): string =>
  `${maker}(token, body) has to hold the token somewhere, whole and before any other, and what it gave does not: no entry could be told from another`

function findToken(data: unknown): string | undefined {
  if (typeof data === 'string') return TOKEN.exec(data)?.[1]
  if (typeof data !== 'object' || data === null) return undefined
  for (const value of Object.values(data)) {
    const found = findToken(value)
    if (found !== undefined) return found
  }
  return undefined
}

const isWithin = (data: unknown, wanted: string): boolean =>
  canonical(data) === wanted || (typeof data === 'object' && data !== null && Object.values(data).some((each) => isWithin(each, wanted)))

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
