/**
 * What a server sends, in RESP2 and RESP3: the grammar that finds its end, and the message, whose content is parsed only
 * when somebody asks for it.
 *
 * An attribute (`|`) belongs to the value after it, and is no element of the aggregate that it stands in. A push (`>`)
 * inside of an aggregate is not forbidden here: Redis answers SUBSCRIBE within MULTI that way.
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
  MINUS,
  Malformed,
  REPLY_LIMITS,
  type NumberLine,
  integerIn,
  readShortNumber,
  shown,
} from './framing.js'

export type Protocol = 2 | 3

const PLUS = 0x2b
const COLON = 0x3a
const NULL = 0x5f
const MAP = 0x25
const PUSH = 0x3e
const SET = 0x7e

type Next = typeof ANOTHER_LINE | typeof COMPLETE

/** An aggregate that is not complete. */
interface Open {
  readonly type: string
  /** Elements still to come; NaN where they end with a `.`, or, of a streamed string, with `;0`. */
  left: number
  /** Elements so far: a map has keys and values. Counted where the end is not known. */
  count: number
}

export class Reply {
  readonly isError: boolean
  #value: RespValue | undefined

  constructor(
    /** The exact bytes, to be forwarded one after the other. */
    readonly raw: readonly Buffer[],
    readonly size: number,
    /** The first byte of the value, behind its attributes: `*`, `>`, `-` … */
    readonly type: string,
  ) {
    this.isError = type === '-' || type === '!'
  }

  value(): RespValue {
    this.#value ??= new Parser(this.raw.length === 1 ? this.raw[0]! : Buffer.concat(this.raw)).value()
    return this.#value
  }
}

class ReplyGrammar implements Grammar<Reply> {
  afterPayload: Next = COMPLETE
  readonly #limits: Limits
  /** The line in hand, of a reply that is gone over as a whole. */
  readonly #line: NumberLine = { number: 0, end: 0 }
  readonly #open: Open[] = []
  /** An attribute is through, and the value it belongs to has not begun. */
  #attributed = false
  #type = ''

  constructor(limits: Limits) {
    this.#limits = limits
  }

  whole(bytes: Buffer, start: number): number {
    const { line, bulk, elements, depth, message } = this.#limits
    if (line < FEW_DIGITS + 2) return -1
    let at = start
    // Values still to come, and aggregates so far: they cannot be nested deeper than there are of them.
    let left = 1
    for (let aggregates = 0; left > 0; left--) {
      const type = bytes[at]
      if (type === PLUS || type === MINUS) {
        const end = bytes.indexOf(LF, at)
        if (end === -1 || bytes[end - 1] !== CR || end - at > line) return -1
        at = end + 1
        continue
      }
      if (type === NULL) {
        if (bytes[at + 1] !== CR || bytes[at + 2] !== LF) return -1
        at += 3
        continue
      }
      const isAggregate = type === ARRAY || type === MAP || type === PUSH || type === SET
      if (!isAggregate && type !== BULK && type !== COLON) return -1
      if (!readShortNumber(bytes, at + 1, this.#line)) return -1
      const { number, end } = this.#line
      at = end
      if (isAggregate) {
        if (++aggregates > depth || number > elements) return -1
        left += type === MAP ? 2 * number : number
      } else if (type === BULK) {
        if (number > bulk || bytes[at + number] !== CR || bytes[at + number + 1] !== LF) return -1
        at += number + 2
      }
    }
    if (at - start > message) return -1
    this.#type = String.fromCharCode(bytes[start]!)
    return at
  }

  line(bytes: Buffer, start: number, end: number): number {
    if (end === start || bytes[end - 1] !== CR) throw new Malformed('a line that does not end with CRLF')
    const type = String.fromCharCode(bytes[start]!)
    const top = this.#open.at(-1)
    if (top?.type === '$' && type !== ';') throw new Malformed(`expected a part of a streamed string, got ${shown(bytes[start])}`)
    if (this.#open.length === 0 && type !== '|') this.#type = type
    if (type === '|') return this.#aggregate(type, bytes, start + 1, end - 1)
    if (type === '.') return this.#end(top, end - start)
    this.#attributed = false
    switch (type) {
      case '+':
      case '-':
        return this.#done()
      case ':':
      case '_':
      case '#':
      case ',':
      case '(':
        checkScalar(type, bytes, start + 1, end - 1)
        return this.#done()
      case '$':
      case '!':
      case '=':
        return this.#bulk(type, bytes, start + 1, end - 1)
      case ';':
        return this.#part(top, bytes, start + 1, end - 1)
      case '*':
      case '%':
      case '~':
      case '>':
        return this.#aggregate(type, bytes, start + 1, end - 1)
      default:
        throw new Malformed(`expected the type of a reply, got ${shown(bytes[start])}`)
    }
  }

  message(raw: readonly Buffer[], size: number): Reply {
    return new Reply(raw, size, this.#type)
  }

  /** A value is complete, and so may be the aggregates that it is the last element of. */
  #done(): Next {
    if (this.#open.length === 0) return COMPLETE
    for (let top = this.#open.at(-1); top; top = this.#open.at(-1)) {
      top.count++
      // Not a number where only its end marker ends it.
      if (!(--top.left <= 0)) return ANOTHER_LINE
      this.#open.pop()
      if (top.type === '|') return this.#awaitAttributed()
    }
    return COMPLETE
  }

  #bulk(type: string, bytes: Buffer, start: number, end: number): number {
    const length = integerIn(bytes, start, end)
    if (length === -1 && type === '$') return this.#done()
    if (Number.isNaN(length) && type === '$' && isQuestionMark(bytes, start, end)) return this.#push({ type, left: Number.NaN, count: 0 })
    // Three letters and a colon tell its format.
    if (type === '=' && length < 4) throw new Malformed('a verbatim string without its format')
    if (!(length >= 0 && length <= this.#limits.bulk)) this.#refuse(length)
    this.afterPayload = this.#done()
    return length
  }

  #part(top: Open | undefined, bytes: Buffer, start: number, end: number): number {
    if (top?.type !== '$') throw new Malformed('a part of a streamed string outside of one')
    const length = integerIn(bytes, start, end)
    if (length !== 0) {
      top.count += length
      if (!(length >= 0 && top.count <= this.#limits.bulk)) this.#refuse(top.count <= this.#limits.bulk ? length : top.count)
      this.afterPayload = ANOTHER_LINE
      return length
    }
    this.#open.pop()
    return this.#done()
  }

  #refuse(length: number): never {
    if (Number.isNaN(length) || length < 0) throw new Malformed('invalid length of a bulk')
    throw new Malformed(`a bulk of ${length} bytes, more than ${this.#limits.bulk}`)
  }

  #aggregate(type: string, bytes: Buffer, start: number, end: number): Next {
    const count = integerIn(bytes, start, end)
    if (Number.isNaN(count) && isQuestionMark(bytes, start, end)) return this.#push({ type, left: Number.NaN, count: 0 })
    if (count === -1 && type === '*') return this.#done()
    if (Number.isNaN(count) || count < 0) throw new Malformed('invalid number of elements')
    if (count > this.#limits.elements) throw new Malformed(`${count} elements, more than ${this.#limits.elements}`)
    if (count === 0) return type === '|' ? this.#awaitAttributed() : this.#done()
    return this.#push({ type, left: isPaired(type) ? 2 * count : count, count: 0 })
  }

  #push(open: Open): Next {
    this.#attributed = false
    this.#open.push(open)
    if (this.#open.length > this.#limits.depth) throw new Malformed(`nested more than ${this.#limits.depth} deep`)
    return ANOTHER_LINE
  }

  #end(top: Open | undefined, length: number): Next {
    if (!top || !Number.isNaN(top.left) || length !== 2) throw new Malformed('an end of a streamed aggregate outside of one')
    if (this.#attributed) throw new Malformed('an attribute that belongs to no value')
    if (isPaired(top.type) && top.count % 2 === 1) throw new Malformed('a key without a value')
    this.#open.pop()
    return top.type === '|' ? this.#awaitAttributed() : this.#done()
  }

  #awaitAttributed(): Next {
    this.#attributed = true
    return ANOTHER_LINE
  }
}

const isPaired = (type: string) => type === '%' || type === '|'

const isQuestionMark = (bytes: Buffer, start: number, end: number) => end - start === 1 && bytes[start] === 0x3f

export function replyFramer(limits: Partial<Limits> = {}): Framer<Reply> {
  const all = { ...REPLY_LIMITS, ...limits }
  return new Framer(new ReplyGrammar(all), all)
}

// ── The content: bulks are views into the bytes; numbers of 64 bits are bigints, because ids do not fit a number

export type Pairs = readonly (readonly [RespValue, RespValue])[]

type Content =
  | { readonly type: 'simple'; readonly text: string }
  | { readonly type: 'error'; readonly text: string }
  | { readonly type: 'bulk'; readonly bytes: Buffer }
  | { readonly type: 'verbatim'; readonly format: string; readonly bytes: Buffer }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'big-number'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly RespValue[] }
  | { readonly type: 'map'; readonly entries: Pairs }

export type RespValue = Content & { readonly attributes?: Pairs }

const AGGREGATES = { '*': 'array', '~': 'set', '>': 'push' } as const
const END = Symbol('end of a streamed aggregate')

/** Of one whole message, as a framer cut it. What a framer lets pass is not checked again. */
class Parser {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  value(): RespValue {
    const read = this.#next()
    if (read === END) throw new Error('An end marker where the framer saw a value')
    return read
  }

  /** Each begins with a line. */
  #next(): RespValue | typeof END {
    const bytes = this.#bytes
    const type = String.fromCharCode(bytes[this.#at]!)
    const start = this.#at + 1
    const end = bytes.indexOf(LF, start)
    this.#at = end + 1
    switch (type) {
      case '*':
      case '~':
      case '>': {
        const count = integerIn(bytes, start, end - 1)
        return count === -1 ? { type: 'null' } : { type: AGGREGATES[type], items: this.#values(count) }
      }
      case '$': {
        const size = integerIn(bytes, start, end - 1)
        if (size === -1) return { type: 'null' }
        return { type: 'bulk', bytes: Number.isNaN(size) ? this.#parts() : this.#payload(size) }
      }
      case '%':
        return { type: 'map', entries: this.#pairs(integerIn(bytes, start, end - 1)) }
      case '|': {
        const attributes = this.#pairs(integerIn(bytes, start, end - 1))
        const annotated = this.value()
        return { ...annotated, attributes: [...attributes, ...(annotated.attributes ?? [])] }
      }
      case '!':
        return { type: 'error', text: this.#payload(integerIn(bytes, start, end - 1)).toString() }
      case '=': {
        const whole = this.#payload(integerIn(bytes, start, end - 1))
        return { type: 'verbatim', format: whole.toString('latin1', 0, 3), bytes: whole.subarray(4) }
      }
      default:
        return onOneLine(type, bytes.toString('utf8', start, end - 1))
    }
  }

  /** `count` values; NaN: those up to the end marker. */
  #values(count: number): RespValue[] {
    const items: RespValue[] = []
    while (!(items.length >= count)) {
      const read = this.#next()
      if (read === END) break
      items.push(read)
    }
    return items
  }

  #pairs(count: number): Pairs {
    const flat = this.#values(2 * count)
    return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!])
  }

  /** Of a streamed string, up to the empty one. */
  #parts(): Buffer {
    const parts: Buffer[] = []
    for (;;) {
      const end = this.#bytes.indexOf(LF, this.#at)
      const size = integerIn(this.#bytes, this.#at + 1, end - 1)
      this.#at = end + 1
      if (!(size > 0)) return Buffer.concat(parts)
      parts.push(this.#payload(size))
    }
  }

  #payload(size: number): Buffer {
    const found = this.#bytes.subarray(this.#at, this.#at + size)
    this.#at += size + 2
    return found
  }
}

function onOneLine(type: string, text: string): RespValue | typeof END {
  switch (type) {
    case '+':
      return { type: 'simple', text }
    case '-':
      return { type: 'error', text }
    case ':':
      return { type: 'integer', value: bigIntOf(text) }
    case '(':
      return { type: 'big-number', value: bigIntOf(text) }
    case ',':
      return { type: 'double', value: doubleOf(text) }
    case '#':
      return { type: 'boolean', value: text === 't' }
    case '.':
      return END
    default:
      return { type: 'null' }
  }
}

// ── Values that fit on a line of their own, other than texts: what they may look like

const INTEGER = /^[+-]?\d{1,20}$/
const BIG_NUMBER = /^[+-]?\d+$/
const DOUBLE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf|-?nan)$/i

/** @throws Malformed. */
export function checkScalar(type: ':' | '_' | '#' | ',' | '(', bytes: Buffer, start: number, end: number): void {
  if (!isScalar(type, bytes, start, end)) throw new Malformed(`invalid ${NAMES[type]}`)
}

const NAMES = { ':': 'integer', _: 'null', '#': 'boolean', ',': 'double', '(': 'big number' } as const

function isScalar(type: keyof typeof NAMES, bytes: Buffer, start: number, end: number): boolean {
  if (type === '_') return end === start
  if (type === '#') return end - start === 1 && (bytes[start] === 0x74 || bytes[start] === 0x66)
  if (type === ':' && !Number.isNaN(integerIn(bytes, start, end))) return true
  const text = bytes.toString('latin1', start, end)
  return (type === ':' ? INTEGER : type === ',' ? DOUBLE : BIG_NUMBER).test(text)
}

export function doubleOf(text: string): number {
  const plain = text.toLowerCase()
  if (plain.endsWith('inf')) return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return plain.endsWith('nan') ? Number.NaN : Number(plain)
}

/** `BigInt` takes no plus. */
export const bigIntOf = (text: string): bigint => BigInt(text.startsWith('+') ? text.slice(1) : text)

// ── What the probe says in a server's place

/** `encodeError('LOADING Redis is loading the dataset in memory')`: the code is the first word. */
export function encodeError(message: string): Buffer {
  return Buffer.from(`-${message.replaceAll(/[\r\n]+/g, ' ')}\r\n`)
}

export const encodeSimple = (text: string): Buffer => Buffer.from(`+${text.replaceAll(/[\r\n]+/g, ' ')}\r\n`)

/** What a blocking command answers when its time is over. */
export const encodeNullArray = (protocol: Protocol): Buffer => Buffer.from(protocol === 2 ? '*-1\r\n' : '_\r\n')
