/**
 * Stream ids: `<ms>-<seq>`, two unsigned 64-bit numbers, compared part by part as numbers.
 *
 * They are kept as canonical decimal strings (no leading zeros), so that a comparison needs neither BigInt nor a JS
 * number: of two canonical decimals the longer is the larger, and equal lengths compare as text.
 * Source: Redis Streams, "Entry IDs" (https://redis.io/docs/latest/develop/data-types/streams/#entry-ids).
 */
declare const brand: unique symbol

/** A concrete id in the form that its store gives, here canonical. Never `$`. */
export type StreamId = string & { readonly [brand]: 'StreamId' }

/** Before every entry: what a cursor is when it has read nothing, and the tail of an empty or missing topic. */
export const ORIGIN = '0-0' as StreamId

/** `$`, Redis's "whatever is last at the time of the call". A sentinel, not an id: it may never come out of a repository. */
export const LATEST = '$'

const MAX_PART = '18446744073709551615'
const FORM = /^(0|[1-9]\d{0,19})-(0|[1-9]\d{0,19})$/

/** Is `text` a concrete id in canonical form, both parts within 64 bits? */
export function isStreamId(text: unknown): text is StreamId {
  if (typeof text !== 'string') return false
  // Too short for either part to reach 64 bits.
  if (text.length <= 20) return FORM.test(text)
  const parts = FORM.exec(text)
  return parts !== null && compareParts(parts[1]!, MAX_PART) <= 0 && compareParts(parts[2]!, MAX_PART) <= 0
}

/** `text` as a `StreamId`. @throws RangeError when it is not a concrete id in canonical form: `$`, `01-0`, a part beyond 64 bits. */
export function parseStreamId(text: string): StreamId {
  if (!isStreamId(text)) throw new RangeError(`"${text}" is not a stream id: expected <ms>-<seq>, both unsigned 64-bit`)
  return text
}

/** Compares two ids part by part as numbers: negative, zero or positive, as `a` is below, equal to or above `b`. */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a === b) return 0
  const dashA = a.indexOf('-')
  const dashB = b.indexOf('-')
  // Of one shape, as neighbours mostly are: they compare as they stand.
  if (a.length === b.length && dashA === dashB) return a < b ? -1 : 1
  return compareParts(a.slice(0, dashA), b.slice(0, dashB)) || compareParts(a.slice(dashA + 1), b.slice(dashB + 1))
}

/** What ids of a store look like, and how they are ordered. Whoever judges by it takes ids for opaque text. */
export interface IdOrder {
  /** Before every entry: the tail of an empty topic. */
  readonly origin: StreamId
  /** A cursor that stands for whatever is the last id when a read arrives. Missing where there is none. */
  readonly latest?: string
  /** Is this an id of an entry, or the origin? */
  readonly isId: (text: unknown) => text is StreamId
  /** Negative, zero or positive, as `a` is below, the same as or above `b`. */
  readonly compare: (a: StreamId, b: StreamId) => number
  /** How histories name ids that are others in each run. Missing where a schedule is always given the same ids. */
  readonly renaming?: IdRenaming
  /**
   * It is the order in which a read gave them, and nothing else is known of it: an append that got a lower id cannot be told from a
   * read in the wrong order.
   */
  readonly asRead?: true
  /** Any text may be an id, so that one which is none cannot be told from one that is. */
  readonly anyText?: true
}

/** Ids that are others in each run, and the names which take their places in a history: the same in every run, and in the same order. */
export interface IdRenaming {
  /** Could this be such an id? Asked first, of every id: where none is, nothing is renamed. */
  readonly concerns: (id: string) => boolean
  /** The new names of those that have one. */
  readonly names: (ids: NamedIds) => ReadonlyMap<string, string>
}

/** The ids that a history names. */
export interface NamedIds {
  /** All of them, in order. */
  readonly inOrder: readonly StreamId[]
  /** Those that an entry was given. */
  readonly assigned: ReadonlySet<string>
  /** Those that a schedule chose itself. */
  readonly chosen: ReadonlySet<string>
}

/** Stream ids from this many digits of milliseconds on came from a clock: the year 2001 and later. */
const CLOCK_DIGITS = 13

/**
 * Ids that a server assigned hold its wall time, so two runs of one schedule would differ in nothing else. They are replaced by their
 * rank: the first is `1-0`, the next `2-0`, counting on from whatever id the schedule chose itself. An id that was never assigned keeps
 * its place between its neighbours (`7-1` is the first one seen above `7-0`).
 */
const BY_RANK: IdRenaming = {
  concerns: (id) => id.indexOf('-') >= CLOCK_DIGITS,
  names: ({ inOrder, assigned, chosen }) => {
    const chosenMs = new Set([...chosen].map(msOf))
    const names = new Map<string, string>()
    let ms = 0n
    let seq = 0n
    for (const id of inOrder) {
      if (msOf(id).length < CLOCK_DIGITS || chosenMs.has(msOf(id))) {
        // The order of all of them is kept.
        ms = BigInt(msOf(id))
        seq = BigInt(id.slice(id.indexOf('-') + 1))
        continue
      }
      ms = assigned.has(id) ? ms + 1n : ms
      seq = assigned.has(id) ? 0n : seq + 1n
      names.set(id, `${ms}-${seq}`)
    }
    return names
  },
}

const msOf = (id: string): string => id.slice(0, id.indexOf('-'))

/** The order of stream ids. */
export const STREAM_IDS: IdOrder = {
  origin: ORIGIN,
  latest: LATEST,
  isId: isStreamId,
  compare: compareIds,
  renaming: BY_RANK,
}

/**
 * The order of ids of which nothing is known but that they are text: numbers part by part as numbers, and behind them whatever else there
 * is, as text. Ids of Redis, positions in a log, and most ids that are made to be sorted come out right.
 */
export const OPAQUE_IDS: IdOrder = {
  origin: '' as StreamId,
  anyText: true,
  isId: (text): text is StreamId => typeof text === 'string',
  compare: (a, b) => {
    const [isA, isB] = [NUMBERS.test(a), NUMBERS.test(b)]
    if (isA && isB) return compareNumbers(a, b)
    // The origin is no number, and comes first all the same.
    if (isA !== isB && a !== '' && b !== '') return isA ? -1 : 1
    return compareText(a, b)
  },
}

const NUMBERS = /^\d+(?:\D\d+)*$/

function compareNumbers(a: string, b: string): number {
  const [ofA, ofB] = [a, b].map((id) => id.match(/\d+/g)!.map((part) => part.replace(/^0+(?=\d)/, '')))
  for (const [at, part] of ofA!.entries()) {
    const order = compareParts(part, ofB![at] ?? '')
    if (order !== 0) return order
  }
  return ofA!.length - ofB!.length
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Is `a` above `b`, compared as `compareIds` does? */
export const isAfter = (a: StreamId, b: StreamId): boolean => compareIds(a, b) > 0

/** The larger of two ids. */
export const maxId = (a: StreamId, b: StreamId, { compare }: Pick<IdOrder, 'compare'> = STREAM_IDS): StreamId => (compare(a, b) > 0 ? a : b)

function compareParts(a: string, b: string): number {
  return a.length === b.length ? compareText(a, b) : a.length - b.length
}
