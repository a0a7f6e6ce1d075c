/**
 * Stream ids: `<ms>-<seq>`, two unsigned 64-bit numbers, compared part by part as numbers.
 *
 * They are kept as canonical decimal strings (no leading zeros), so that a comparison needs neither BigInt nor a JS
 * number: of two canonical decimals the longer is the larger, and equal lengths compare as text.
 * Source: Redis Streams, "Entry IDs" (https://redis.io/docs/latest/develop/data-types/streams/#entry-ids).
 */
declare const brand: unique symbol

/** A concrete id in canonical form. Never `$`. */
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
  readonly origin: string
  readonly isId: (text: string) => boolean
  /** Negative, zero or positive, as `a` is below, the same as or above `b`. */
  readonly compare: (a: string, b: string) => number
}

/** The order of stream ids. */
export const STREAM_IDS: IdOrder = { origin: ORIGIN, isId: isStreamId, compare: compareIds as IdOrder['compare'] }

/** Is `a` above `b`, compared as `compareIds` does? */
export const isAfter = (a: StreamId, b: StreamId): boolean => compareIds(a, b) > 0

/** The larger of two ids. */
export const maxId = (a: StreamId, b: StreamId): StreamId => (isAfter(a, b) ? a : b)

function compareParts(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
