/**
 * What a client sends: an array of bulk strings, or a line of words (an inline command).
 *
 * As Redis reads it: an empty line, `*0` and `*-1` are requests without arguments, which are never answered. An inline
 * command may end in a bare LF. Unlike Redis, the CRLF after a bulk is checked.
 */
import {
  ANOTHER_LINE,
  ARRAY,
  BULK,
  COMPLETE,
  CR,
  FEW_DIGITS,
  Framer,
  type Grammar,
  LF,
  type Limits,
  Malformed,
  REQUEST_LIMITS,
  type NumberLine,
  integerIn,
  readShortNumber,
  shown,
  sliceOf,
} from './framing.js'

export class Request {
  /** The command in capitals; empty where there are no arguments. */
  readonly name: string
  readonly argCount: number
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
    this.argCount = this.#args?.length ?? this.#positions.length / 2
    // Most commands lie in one chunk: no view is made of what is read once.
    const [start, end] = this.#positions
    const name = raw.length === 1 && end !== undefined ? raw[0]!.toString('latin1', start, end) : this.arg(0).toString('latin1')
    this.name = name.toUpperCase()
  }

  /** One argument, the name being 0. Empty where there is none. */
  arg(index: number): Buffer {
    if (this.#args) return this.#args[index] ?? Buffer.alloc(0)
    return sliceOf(this.raw, this.#positions[2 * index] ?? 0, this.#positions[2 * index + 1] ?? 0)
  }

  /** All arguments, the name included. */
  get args(): readonly Buffer[] {
    if (this.#args) return this.#args
    const { raw } = this
    const positions = this.#positions
    const args: Buffer[] = []
    for (let at = 0; at < positions.length; at += 2) {
      const [start, end] = [positions[at]!, positions[at + 1]!]
      args.push(raw.length === 1 ? raw[0]!.subarray(start, end) : sliceOf(raw, start, end))
    }
    this.#args = args
    return args
  }
}

class RequestGrammar implements Grammar<Request> {
  readonly #limits: Limits
  afterPayload: typeof ANOTHER_LINE | typeof COMPLETE = COMPLETE
  /** The line in hand, of a request that is gone over as a whole. */
  readonly #line: NumberLine = { number: 0, end: 0 }
  #left = 0
  #positions: number[] = []
  #inline: readonly Buffer[] | undefined

  constructor(limits: Limits) {
    this.#limits = limits
  }

  whole(bytes: Buffer, start: number): number {
    if (bytes[start] !== ARRAY || this.#limits.line < FEW_DIGITS + 2) return -1
    const positions: number[] = []
    let at = start + 1
    for (let left = -1; left !== 0; ) {
      if (!readShortNumber(bytes, at, this.#line)) return -1
      const { number, end } = this.#line
      at = end
      if (left === -1) {
        if (number === 0 || number > this.#limits.elements) return -1
        left = number
      } else {
        if (number > this.#limits.bulk || bytes[at + number] !== CR || bytes[at + number + 1] !== LF) return -1
        positions.push(at - start, at - start + number)
        at += number + 2
        left--
      }
      if (left > 0 && bytes[at++] !== BULK) return -1
    }
    if (at - start > this.#limits.message) return -1
    this.#positions = positions
    return at
  }

  line(bytes: Buffer, start: number, end: number, after: number): number {
    if (this.#left === 0) return bytes[start] === ARRAY && end > start ? this.#array(bytes, start, end) : this.#words(bytes, start, end)
    if (end === start || bytes[start] !== BULK) throw new Malformed(`expected '$', got ${shown(bytes[start])}`)
    const length = bytes[end - 1] === CR ? integerIn(bytes, start + 1, end - 1) : Number.NaN
    if (Number.isNaN(length) || length < 0) throw new Malformed('invalid length of an argument')
    if (length > this.#limits.bulk) throw new Malformed(`an argument of ${length} bytes, more than ${this.#limits.bulk}`)
    this.#positions.push(after, after + length)
    this.afterPayload = --this.#left === 0 ? COMPLETE : ANOTHER_LINE
    return length
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

/** A command as clients send it. */
export function encodeCommand(...args: readonly (string | number | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) parts.push(encodeBulk(typeof arg === 'number' ? String(arg) : arg))
  return Buffer.concat(parts)
}

export function encodeBulk(content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
}

const DOUBLE = 0x22
const SINGLE = 0x27
const BACKSLASH = 0x5c
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d])
const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 }

/**
 * The words of an inline command, quoted as Redis takes them (`sdssplitargs`). Undefined where quotes are not balanced,
 * or something other than a space follows a closing one.
 */
export function inlineArguments(line: Buffer): readonly Buffer[] | undefined {
  const words: Buffer[] = []
  let at = 0
  for (;;) {
    while (at < line.length && SPACES.has(line[at]!)) at++
    // Redis handles the line as a C string.
    if (at >= line.length || line[at] === 0) return words
    const word: number[] = []
    let quote: number | undefined
    for (; ; at++) {
      const byte = line[at]
      if (quote === undefined) {
        if (byte === undefined || byte === 0 || SPACES.has(byte)) break
        if (byte === DOUBLE || byte === SINGLE) quote = byte
        else word.push(byte)
      } else if (byte === undefined || byte === 0) return undefined
      else if (byte === quote) {
        const next = line[at + 1]
        if (next !== undefined && next !== 0 && !SPACES.has(next)) return undefined
        at++
        break
      } else if (byte === BACKSLASH) at = escaped(line, at, quote, word)
      else word.push(byte)
    }
    words.push(Buffer.from(word))
  }
}

/** Reads what follows a backslash inside of quotes. Gives the index of the last byte that belongs to it. */
function escaped(line: Buffer, at: number, quote: number, word: number[]): number {
  const next = line[at + 1]
  if (quote === SINGLE) {
    word.push(next === SINGLE ? SINGLE : BACKSLASH)
    return next === SINGLE ? at + 1 : at
  }
  const hex = line.toString('latin1', at + 1, at + 4)
  if (/^x[\da-f]{2}$/i.test(hex)) {
    word.push(Number.parseInt(hex.slice(1), 16))
    return at + 3
  }
  // The closing quotes are missing: the caller finds that out at the end of the line.
  if (next === undefined || next === 0) return at
  word.push(ESCAPES[String.fromCharCode(next)] ?? next)
  return at + 1
}
