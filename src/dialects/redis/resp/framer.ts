/**
 * Cuts a stream of bytes into RESP messages, however the stream is split into chunks.
 *
 * RESP is lines, some of which announce a payload of so many bytes. The framer finds lines and skips payloads without
 * looking into them; a grammar (requests or replies) says what a line means. Bytes are not copied: a message is the
 * pieces of the chunks that it lies in, usually one. Only a line that spans chunks is joined, to be read.
 *
 * Invariant: the pieces of all messages in order, then what is under way, are exactly the bytes that were pushed.
 */
import { CR, LF, shown } from './bytes.js'
import type { Limits } from './limits.js'
import { Malformed, RespError } from './resp-error.js'

/** What comes after a line, where it is not the number of bytes of a payload. */
export const ANOTHER_LINE = -1
export const COMPLETE = -2

export interface Grammar<M> {
  /**
   * A line is `bytes[start, end)`, without its LF. `after` is where the next byte lies in the message.
   * Gives the length of the payload that follows (its CRLF not counted), or one of the two above.
   * @throws Malformed
   */
  line(bytes: Buffer, start: number, end: number, after: number): number
  /** A payload is through. */
  payload(): typeof ANOTHER_LINE | typeof COMPLETE
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
    const messages: M[] = []
    let start = 0
    let at = 0
    // Where the line or the terminator begins that is looked at: a fault has one place, however the stream is split.
    let place = 0
    try {
      while (at < chunk.length) {
        let next: number
        if (this.#payload > 0) {
          place = at + this.#payload - 2
          at = this.#skip(chunk, at)
          if (this.#payload > 0) break
          next = this.#grammar.payload()
        } else {
          place = at - this.#lineSize
          const end = this.#endOfLine(chunk, at)
          if (end < 0) break
          const after = this.#piecesSize + end + 1 - start
          next = this.#read(chunk, at, end, after)
          this.#bounded(after + Math.max(next, 0))
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

  /** Where the line that goes on at `at` has its LF; -1 when that is not in this chunk. */
  #endOfLine(chunk: Buffer, at: number): number {
    let end = at
    while (end < chunk.length && chunk[end] !== LF) end++
    if (this.#lineSize + end - at > this.#limits.line) throw new Malformed(`a line of more than ${this.#limits.line} bytes`)
    if (end < chunk.length) return end
    this.#line.push(chunk.subarray(at))
    this.#lineSize += end - at
    return -1
  }

  #read(chunk: Buffer, at: number, end: number, after: number): number {
    if (this.#line.length === 0) return this.#grammar.line(chunk, at, end, after)
    const line = Buffer.concat([...this.#line, chunk.subarray(at, end)])
    const next = this.#grammar.line(line, 0, line.length, after)
    this.#line = []
    this.#lineSize = 0
    return next
  }

  /** Goes over a payload, and checks that CRLF ends it: both may lie in another chunk than the payload does. */
  #skip(chunk: Buffer, at: number): number {
    const cr = at + this.#payload - 2
    if (cr >= at && cr < chunk.length && chunk[cr] !== CR) throw new Malformed(`expected CR after a bulk, got ${shown(chunk[cr])}`)
    if (cr + 1 < chunk.length && chunk[cr + 1] !== LF) throw new Malformed(`expected LF after a bulk, got ${shown(chunk[cr + 1])}`)
    const taken = Math.min(this.#payload, chunk.length - at)
    this.#payload -= taken
    return at + taken
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

  #bounded(size: number): void {
    if (size > this.#limits.message) throw new Malformed(`a message of more than ${this.#limits.message} bytes`)
  }

  #fail(error: unknown, place: number, before: readonly M[]): unknown {
    if (!(error instanceof Malformed)) return error
    this.#broken = new RespError(error.message, this.#consumed + place)
    return new RespError(error.message, this.#broken.offset, before)
  }
}
