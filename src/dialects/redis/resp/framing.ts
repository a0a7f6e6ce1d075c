/**
 * Cuts a stream of bytes into RESP messages, however the stream is split into chunks.
 *
 * RESP is lines, some of which announce a payload of so many bytes. The framer finds lines and skips payloads without
 * looking into them; a grammar (requests or replies) says what a line means. Bytes are not copied: a message is the
 * pieces of the chunks that it lies in, usually one. Only a line that spans chunks is joined, to be read.
 *
 * Invariant: the pieces of all messages in order, then what is under way, are exactly the bytes that were pushed.
 */

export const CR = 0x0d
export const LF = 0x0a
export const MINUS = 0x2d
export const ARRAY = 0x2a
export const BULK = 0x24

const ZERO = 0x30
const NINE = 0x39
/** Fifteen digits are always a safe integer, and more than any length that a server takes. */
const MAX_DIGITS = 15
/** A number of more digits than this is none of the usual kind. */
export const FEW_DIGITS = 7

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

/** A line that is a number, as `readShortNumber` has found it. */
export interface NumberLine {
  number: number
  /** Where the next line begins. */
  end: number
}

/** Reads the number whose line begins at `start`. False where it is not one of few digits, or its CRLF is not there. */
export function readShortNumber(bytes: Buffer, start: number, line: NumberLine): boolean {
  let at = start
  let number = 0
  for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) number = number * 10 + (byte - ZERO)
  line.number = number
  line.end = at + 2
  const digits = at - start
  const few = digits === 1 || (digits > 1 && digits <= FEW_DIGITS && bytes[start] !== ZERO)
  return few && bytes[at] === CR && bytes[at + 1] === LF
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

/**
 * Bounds on what one message may be, so that malformed or hostile bytes cannot make us wait for ever or fill the memory.
 * The defaults are those of Redis where it has one.
 */
export interface Limits {
  /** Longest line: an inline command, a simple string or an error. Redis takes inline commands up to 64 KB. */
  readonly line: number
  /** Longest bulk string (`proto-max-bulk-len`). */
  readonly bulk: number
  /** Most elements of one array, or arguments of one command. */
  readonly elements: number
  /** Deepest nesting of a reply. A flat array is 1 deep. */
  readonly depth: number
  /** Most bytes of one message (`client-query-buffer-limit`). */
  readonly message: number
}

const KIB = 1024
const MIB = KIB * KIB

export const REQUEST_LIMITS: Limits = { line: 64 * KIB, bulk: 512 * MIB, elements: MIB, depth: 1, message: 1024 * MIB }

/** A server may answer with more than a client may ask: `LRANGE` over millions, a long text from a script. */
export const REPLY_LIMITS: Limits = { line: 512 * MIB, bulk: 512 * MIB, elements: 2 ** 32 - 1, depth: 64, message: 1024 * MIB }

/** Bytes that are not RESP. After one, nothing that follows on that connection can be told apart. */
export class RespError extends Error {
  override readonly name = 'RespError'

  constructor(
    /** What is wrong. Never more of the bytes than a single one: they may be secret. */
    readonly what: string,
    /** Where: in bytes since the connection began, at the start of the line that is wrong. */
    readonly offset: number,
    /** The messages of the same chunk that were complete before it. They are as good as any. */
    readonly before: readonly unknown[] = [],
  ) {
    super(`${what} at byte ${offset}`)
  }
}

/** Thrown by a grammar, which does not know where in the stream it is. The framer makes a `RespError` of it. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** What comes after a line, where it is not the number of bytes of a payload. */
export const ANOTHER_LINE = -1
export const COMPLETE = -2

export interface Grammar<M> {
  /**
   * Where the message that begins at `start` ends, if it lies in this chunk as a whole and is of the usual kind: such a one is
   * gone over without a call for each line. -1 for every other; it is then read line by line, which is what says what is wrong.
   */
  whole(bytes: Buffer, start: number): number
  /**
   * A line is `bytes[start, end)`, without its LF. `after` is where the next byte lies in the message.
   * Gives the length of the payload that follows (its CRLF not counted), or one of the two above.
   * @throws Malformed
   */
  line(bytes: Buffer, start: number, end: number, after: number): number
  /** What comes after the payload that the last line has announced. */
  readonly afterPayload: typeof ANOTHER_LINE | typeof COMPLETE
  /** The message that is complete now; the next line begins another. */
  message(raw: readonly Buffer[], size: number): M
}

export class Framer<M> {
  readonly #grammar: Grammar<M>
  readonly #limits: Limits
  /** Bytes of the stream before the chunk in hand. */
  #consumed = 0
  /** The message under way: its pieces in earlier chunks. */
  #pieces: Buffer[] = []
  #piecesSize = 0
  /** The line under way: its pieces in earlier chunks. */
  #line: Buffer[] = []
  #lineSize = 0
  /** Bytes of the payload under way that are still to come, with its CRLF. */
  #payload = 0
  #broken: RespError | undefined

  constructor(grammar: Grammar<M>, limits: Limits) {
    this.#grammar = grammar
    this.#limits = limits
  }

  /** Whether the stream is in the middle of a message. */
  get partial(): boolean {
    return this.#pieces.length > 0
  }

  /**
   * The messages that this chunk completes.
   * @throws RespError with those that were complete before the fault. Every later call throws it again, without them.
   */
  push(chunk: Buffer): M[] {
    if (this.#broken) throw this.#broken
    const grammar = this.#grammar
    const messages: M[] = []
    let start = 0
    let at = 0
    // Where the line or the terminator begins that is looked at: a fault has one place, however the stream is split.
    let place = 0
    try {
      while (at < chunk.length) {
        if (start === at && this.#piecesSize === 0) {
          const end = grammar.whole(chunk, at)
          if (end !== -1) {
            messages.push(this.#complete(chunk, start, end))
            start = at = end
            continue
          }
        }
        let next: number
        if (this.#payload > 0) {
          const last = at + this.#payload - 2
          place = last
          // Its CRLF may lie in another chunk than the payload does.
          if (last >= at && last < chunk.length && chunk[last] !== CR)
            throw new Malformed(`expected CR after a bulk, got ${shown(chunk[last])}`)
          if (last + 1 >= chunk.length) {
            this.#payload -= chunk.length - at
            break
          }
          if (chunk[last + 1] !== LF) throw new Malformed(`expected LF after a bulk, got ${shown(chunk[last + 1])}`)
          this.#payload = 0
          at = last + 2
          next = grammar.afterPayload
        } else {
          place = at - this.#lineSize
          let end = at
          while (end < chunk.length && chunk[end] !== LF) end++
          if (this.#lineSize + end - at > this.#limits.line) throw new Malformed(`a line of more than ${this.#limits.line} bytes`)
          if (end === chunk.length) {
            this.#keepLine(chunk, at)
            break
          }
          const after = this.#piecesSize + end + 1 - start
          next = this.#lineSize === 0 ? grammar.line(chunk, at, end, after) : this.#joinedLine(chunk, at, end, after)
          if (after + (next > 0 ? next : 0) > this.#limits.message)
            throw new Malformed(`a message of more than ${this.#limits.message} bytes`)
          at = end + 1
        }
        if (next === COMPLETE) {
          messages.push(this.#complete(chunk, start, at))
          start = at
        } else if (next !== ANOTHER_LINE) {
          this.#payload = next + 2
        }
      }
    } catch (error) {
      throw this.#fail(error, place, messages)
    }
    if (start < chunk.length) {
      this.#pieces.push(start === 0 ? chunk : chunk.subarray(start))
      this.#piecesSize += chunk.length - start
    }
    this.#consumed += chunk.length
    return messages
  }

  /** The rest of the line that begins at `at` is in a later chunk. */
  #keepLine(chunk: Buffer, at: number): void {
    this.#line.push(chunk.subarray(at))
    this.#lineSize += chunk.length - at
  }

  #joinedLine(chunk: Buffer, at: number, end: number, after: number): number {
    const line = Buffer.concat([...this.#line, chunk.subarray(at, end)])
    const next = this.#grammar.line(line, 0, line.length, after)
    this.#line = []
    this.#lineSize = 0
    return next
  }

  #complete(chunk: Buffer, start: number, end: number): M {
    const last = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end)
    const size = this.#piecesSize + last.length
    if (this.#pieces.length === 0) return this.#grammar.message([last], size)
    const raw = [...this.#pieces, last]
    this.#pieces = []
    this.#piecesSize = 0
    return this.#grammar.message(raw, size)
  }

  #fail(error: unknown, place: number, before: readonly M[]): unknown {
    if (!(error instanceof Malformed)) return error
    this.#broken = new RespError(error.message, this.#consumed + place)
    return new RespError(error.message, this.#broken.offset, before)
  }
}
