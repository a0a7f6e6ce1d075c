/**
 * What a client sends: an array of bulk strings, or a line of words (an inline command).
 *
 * As Redis reads it: an empty line, `*0` and `*-1` are requests without arguments, which are never answered. An inline
 * command may end in a bare LF. Unlike Redis, the CRLF after a bulk is checked.
 */
import { CR, integerIn, shown, sliceOf } from './bytes.js'
import { ANOTHER_LINE, COMPLETE, Framer, type Grammar } from './framer.js'
import { inlineArguments } from './inline.js'
import { type Limits, REQUEST_LIMITS } from './limits.js'
import { Malformed } from './resp-error.js'

const ARRAY = 0x2a
const BULK = 0x24

export class Request {
  #name: string | undefined
  #args: readonly Buffer[] | undefined
  readonly #positions: readonly number[]

  constructor(
    /** The exact bytes, to be forwarded one after the other. */
    readonly raw: readonly Buffer[],
    readonly size: number,
    /** Start and end of each argument in those bytes; or the arguments, where they are not there as they are meant. */
    arguments_: { readonly positions: readonly number[] } | { readonly inline: readonly Buffer[] },
  ) {
    this.#positions = 'positions' in arguments_ ? arguments_.positions : []
    if ('inline' in arguments_) this.#args = arguments_.inline
  }

  get argCount(): number {
    return this.#args?.length ?? this.#positions.length / 2
  }

  /** One argument, the name being 0. Empty where there is none. */
  arg(index: number): Buffer {
    if (this.#args) return this.#args[index] ?? Buffer.alloc(0)
    return sliceOf(this.raw, this.#positions[2 * index] ?? 0, this.#positions[2 * index + 1] ?? 0)
  }

  /** All arguments, the name included. */
  get args(): readonly Buffer[] {
    this.#args ??= Array.from({ length: this.argCount }, (_, index) => this.arg(index))
    return this.#args
  }

  /** The command in capitals; empty where there are no arguments. */
  get name(): string {
    this.#name ??= this.#readName().toUpperCase()
    return this.#name
  }

  #readName(): string {
    // Most commands lie in one chunk: no view is made of what is read once.
    if (this.raw.length === 1 && this.#positions.length > 0) return this.raw[0]!.toString('latin1', this.#positions[0], this.#positions[1])
    return this.arg(0).toString('latin1')
  }
}

class RequestGrammar implements Grammar<Request> {
  readonly #limits: Limits
  #left = 0
  #positions: number[] = []
  #inline: readonly Buffer[] | undefined

  constructor(limits: Limits) {
    this.#limits = limits
  }

  line(bytes: Buffer, start: number, end: number, after: number): number {
    if (this.#left > 0) return this.#bulk(bytes, start, end, after)
    return bytes[start] === ARRAY && end > start ? this.#array(bytes, start, end) : this.#words(bytes, start, end)
  }

  payload(): typeof ANOTHER_LINE | typeof COMPLETE {
    return --this.#left === 0 ? COMPLETE : ANOTHER_LINE
  }

  message(raw: readonly Buffer[], size: number): Request {
    const inline = this.#inline
    if (inline) {
      this.#inline = undefined
      return new Request(raw, size, { inline })
    }
    const positions = this.#positions
    this.#positions = []
    return new Request(raw, size, { positions })
  }

  #array(bytes: Buffer, start: number, end: number): number {
    const count = bytes[end - 1] === CR ? integerIn(bytes, start + 1, end - 1) : Number.NaN
    if (Number.isNaN(count)) throw new Malformed('invalid number of arguments')
    if (count > this.#limits.elements) throw new Malformed(`a command of ${count} arguments, more than ${this.#limits.elements}`)
    if (count <= 0) return COMPLETE
    this.#left = count
    return ANOTHER_LINE
  }

  #bulk(bytes: Buffer, start: number, end: number, after: number): number {
    if (end === start || bytes[start] !== BULK) throw new Malformed(`expected '$', got ${shown(bytes[start])}`)
    const length = bytes[end - 1] === CR ? integerIn(bytes, start + 1, end - 1) : Number.NaN
    if (Number.isNaN(length) || length < 0) throw new Malformed('invalid length of an argument')
    if (length > this.#limits.bulk) throw new Malformed(`an argument of ${length} bytes, more than ${this.#limits.bulk}`)
    this.#positions.push(after, after + length)
    return length
  }

  #words(bytes: Buffer, start: number, end: number): number {
    const words = inlineArguments(bytes.subarray(start, end > start && bytes[end - 1] === CR ? end - 1 : end))
    if (words === undefined) throw new Malformed('unbalanced quotes in an inline command')
    this.#inline = words
    return COMPLETE
  }
}

export function requestFramer(limits: Partial<Limits> = {}): Framer<Request> {
  const all = { ...REQUEST_LIMITS, ...limits }
  return new Framer(new RequestGrammar(all), all)
}
