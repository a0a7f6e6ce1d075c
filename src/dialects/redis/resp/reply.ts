/**
 * What a server sends, in RESP2 and RESP3: the grammar that finds its end, and the message, whose content is parsed only
 * when somebody asks for it.
 *
 * An attribute (`|`) belongs to the value after it, and is no element of the aggregate that it stands in. A push (`>`)
 * inside of an aggregate is not forbidden here: Redis answers SUBSCRIBE within MULTI that way.
 */
import { CR, integerIn, shown } from './bytes.js'
import { ANOTHER_LINE, COMPLETE, Framer, type Grammar } from './framer.js'
import { type Limits, REPLY_LIMITS } from './limits.js'
import { Malformed } from './resp-error.js'
import { checkScalar } from './scalar.js'
import { type RespValue, parseValue } from './value.js'

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
  #value: RespValue | undefined

  constructor(
    /** The exact bytes, to be forwarded one after the other. */
    readonly raw: readonly Buffer[],
    readonly size: number,
    /** The first byte of the value, behind its attributes: `*`, `>`, `-` … */
    readonly type: string,
  ) {}

  get isError(): boolean {
    return this.type === '-' || this.type === '!'
  }

  value(): RespValue {
    this.#value ??= parseValue(this.raw.length === 1 ? this.raw[0]! : Buffer.concat(this.raw))
    return this.#value
  }
}

class ReplyGrammar implements Grammar<Reply> {
  readonly #limits: Limits
  readonly #open: Open[] = []
  /** An attribute is through, and the value it belongs to has not begun. */
  #attributed = false
  #type = ''

  constructor(limits: Limits) {
    this.#limits = limits
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

  payload(): Next {
    return this.#open.at(-1)?.type === '$' ? ANOTHER_LINE : this.#done()
  }

  message(raw: readonly Buffer[], size: number): Reply {
    return new Reply(raw, size, this.#type)
  }

  /** A value is complete, and so may be the aggregates that it is the last element of. */
  #done(): Next {
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
    if (type === '$' && isQuestionMark(bytes, start, end)) return this.#push({ type, left: Number.NaN, count: 0 })
    const length = integerIn(bytes, start, end)
    if (length === -1 && type === '$') return this.#done()
    // Three letters and a colon tell its format.
    if (type === '=' && length < 4) throw new Malformed('a verbatim string without its format')
    return this.#payloadOf(length)
  }

  #part(top: Open | undefined, bytes: Buffer, start: number, end: number): number {
    if (top?.type !== '$') throw new Malformed('a part of a streamed string outside of one')
    const length = integerIn(bytes, start, end)
    if (length !== 0) {
      top.count += length
      return this.#payloadOf(top.count <= this.#limits.bulk ? length : top.count)
    }
    this.#open.pop()
    return this.#done()
  }

  #payloadOf(length: number): number {
    if (Number.isNaN(length) || length < 0) throw new Malformed('invalid length of a bulk')
    if (length > this.#limits.bulk) throw new Malformed(`a bulk of ${length} bytes, more than ${this.#limits.bulk}`)
    return length
  }

  #aggregate(type: string, bytes: Buffer, start: number, end: number): Next {
    if (isQuestionMark(bytes, start, end)) return this.#push({ type, left: Number.NaN, count: 0 })
    const count = integerIn(bytes, start, end)
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
