/** The content of a reply. Bulks are views into its bytes; numbers of 64 bits are bigints, because ids do not fit a number. */
import { LF, integerIn } from './bytes.js'
import { bigIntOf, doubleOf } from './scalar.js'

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

/** The value that `bytes` hold: one whole message, as a framer cut it. What a framer lets pass is not checked again. */
export function parseValue(bytes: Buffer): RespValue {
  let at = 0

  const line = (): string => {
    const end = bytes.indexOf(LF, at)
    const text = bytes.toString('utf8', at + 1, end - 1)
    at = end + 1
    return text
  }
  const length = (): number => {
    const end = bytes.indexOf(LF, at)
    const count = integerIn(bytes, at + 1, end - 1)
    at = end + 1
    return count
  }
  const payload = (size: number): Buffer => {
    const found = bytes.subarray(at, at + size)
    at += size + 2
    return found
  }
  const value = (): RespValue => {
    const read = next()
    if (read === END) throw new Error('An end marker where the framer saw a value')
    return read
  }
  /** `count` values; NaN: those up to the end marker. */
  const values = (count: number): RespValue[] => {
    const items: RespValue[] = []
    while (!(items.length >= count)) {
      const read = next()
      if (read === END) break
      items.push(read)
    }
    return items
  }
  const pairs = (): Pairs => {
    const flat = values(2 * length())
    return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!])
  }
  const bulk = (): Content => {
    const size = length()
    if (size === -1) return { type: 'null' }
    if (!Number.isNaN(size)) return { type: 'bulk', bytes: payload(size) }
    const parts: Buffer[] = []
    for (let part = length(); part > 0; part = length()) parts.push(payload(part))
    return { type: 'bulk', bytes: Buffer.concat(parts) }
  }
  const verbatim = (): Content => {
    const whole = payload(length())
    return { type: 'verbatim', format: whole.toString('latin1', 0, 3), bytes: whole.subarray(4) }
  }
  const next = (): RespValue | typeof END => {
    const type = String.fromCharCode(bytes[at]!)
    switch (type) {
      case '|': {
        const attributes = pairs()
        const annotated = value()
        return { ...annotated, attributes: [...attributes, ...(annotated.attributes ?? [])] }
      }
      case '.':
        line()
        return END
      case '+':
        return { type: 'simple', text: line() }
      case '-':
        return { type: 'error', text: line() }
      case '!':
        return { type: 'error', text: payload(length()).toString() }
      case '$':
        return bulk()
      case '=':
        return verbatim()
      case ':':
        return { type: 'integer', value: bigIntOf(line()) }
      case '(':
        return { type: 'big-number', value: bigIntOf(line()) }
      case ',':
        return { type: 'double', value: doubleOf(line()) }
      case '#':
        return { type: 'boolean', value: line() === 't' }
      case '%':
        return { type: 'map', entries: pairs() }
      case '*':
      case '~':
      case '>': {
        const count = length()
        return count === -1 ? { type: 'null' } : { type: AGGREGATES[type], items: values(count) }
      }
      default:
        line()
        return { type: 'null' }
    }
  }
  return value()
}
