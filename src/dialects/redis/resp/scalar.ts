/** Values that fit on a line of their own, other than texts: what they may look like. */
import { integerIn } from './bytes.js'
import { Malformed } from './resp-error.js'

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
