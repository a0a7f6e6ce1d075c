/** Bytes that RESP gives a meaning to, and the few things done to buffers that hold them. */

export const CR = 0x0d
export const LF = 0x0a
export const MINUS = 0x2d

const ZERO = 0x30
const NINE = 0x39
/** Fifteen digits are always a safe integer, and more than any length that a server takes. */
const MAX_DIGITS = 15

/**
 * The decimal number in `bytes[start, end)`, or NaN. As strict as Redis: an optional minus, no plus, no leading zeros,
 * no `-0`.
 */
export function integerIn(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === MINUS
  const first = negative ? start + 1 : start
  const digits = end - first
  if (digits < 1 || digits > MAX_DIGITS) return Number.NaN
  if (bytes[first] === ZERO && (digits > 1 || negative)) return Number.NaN
  let value = 0
  for (let at = first; at < end; at++) {
    const byte = bytes[at]!
    if (byte < ZERO || byte > NINE) return Number.NaN
    value = value * 10 + (byte - ZERO)
  }
  return negative ? -value : value
}

/** The bytes `[from, to)` of what `pieces` hold one after the other. Copied only where they span several. */
export function sliceOf(pieces: readonly Buffer[], from: number, to: number): Buffer {
  if (pieces.length === 1) return pieces[0]!.subarray(from, to)
  const found: Buffer[] = []
  let offset = 0
  for (const piece of pieces) {
    if (offset >= to) break
    const end = offset + piece.length
    if (end > from) found.push(piece.subarray(Math.max(0, from - offset), Math.min(piece.length, to - offset)))
    offset = end
  }
  return found.length === 1 ? found[0]! : Buffer.concat(found)
}

/** A byte, fit for a message to people: `'x'`, or `0x07` where it cannot be printed. */
export function shown(byte: number | undefined): string {
  if (byte === undefined) return 'nothing'
  return byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, '0')}`
}
