import { describe, expect, it } from 'vitest'
import { encodeBulk } from '../../../../src/dialects/redis/resp/request.js'
import { encodeError, encodeNullArray, encodeSimple, replyFramer } from '../../../../src/dialects/redis/resp/reply.js'
import { chunksOf } from './messages.js'

const replies = (text: string | Buffer, limits = {}) => replyFramer(limits).push(Buffer.from(text))
const one = (text: string | Buffer) => {
  const found = replies(text)
  expect(found).toHaveLength(1)
  return found[0]!.value()
}
const bulk = (text: string) => ({ type: 'bulk', bytes: Buffer.from(text) })

describe('a reply', () => {
  it.each([
    ['+OK\r\n', { type: 'simple', text: 'OK' }],
    ['-ERR no\r\n', { type: 'error', text: 'ERR no' }],
    ['!6\r\nERR\r\nx\r\n', { type: 'error', text: 'ERR\r\nx' }],
    [':-9223372036854775808\r\n', { type: 'integer', value: -(2n ** 63n) }],
    [':18446744073709551615\r\n', { type: 'integer', value: 2n ** 64n - 1n }],
    ['(-3492890328409238509324850943850943825024385\r\n', { type: 'big-number', value: -3492890328409238509324850943850943825024385n }],
    [',1.5\r\n', { type: 'double', value: 1.5 }],
    [',-inf\r\n', { type: 'double', value: Number.NEGATIVE_INFINITY }],
    [',nan\r\n', { type: 'double', value: Number.NaN }],
    ['#t\r\n', { type: 'boolean', value: true }],
    ['_\r\n', { type: 'null' }],
    ['$-1\r\n', { type: 'null' }],
    ['*-1\r\n', { type: 'null' }],
    ['$0\r\n\r\n', bulk('')],
    ['=7\r\ntxt:a\r\n\r\n', { type: 'verbatim', format: 'txt', bytes: Buffer.from('a\r\n') }],
    ['*0\r\n', { type: 'array', items: [] }],
    ['~2\r\n$1\r\na\r\n*1\r\n:1\r\n', { type: 'set', items: [bulk('a'), { type: 'array', items: [{ type: 'integer', value: 1n }] }] }],
    ['%1\r\n+k\r\n$1\r\nv\r\n', { type: 'map', entries: [[{ type: 'simple', text: 'k' }, bulk('v')]] }],
    ['>2\r\n+a\r\n_\r\n', { type: 'push', items: [{ type: 'simple', text: 'a' }, { type: 'null' }] }],
    ['$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n', bulk('abc')],
    ['$?\r\n;0\r\n', bulk('')],
    [
      '*?\r\n*?\r\n.\r\n#f\r\n.\r\n',
      {
        type: 'array',
        items: [
          { type: 'array', items: [] },
          { type: 'boolean', value: false },
        ],
      },
    ],
    ['%?\r\n+a\r\n_\r\n.\r\n', { type: 'map', entries: [[{ type: 'simple', text: 'a' }, { type: 'null' }]] }],
    [
      '|1\r\n+ttl\r\n:5\r\n#t\r\n',
      {
        type: 'boolean',
        value: true,
        attributes: [
          [
            { type: 'simple', text: 'ttl' },
            { type: 'integer', value: 5n },
          ],
        ],
      },
    ],
    ['|0\r\n#t\r\n', { type: 'boolean', value: true, attributes: [] }],
    [
      '*2\r\n|1\r\n+a\r\n_\r\n#t\r\n#f\r\n',
      {
        type: 'array',
        items: [
          { type: 'boolean', value: true, attributes: [[{ type: 'simple', text: 'a' }, { type: 'null' }]] },
          { type: 'boolean', value: false },
        ],
      },
    ],
  ])('%j', (text, value) => {
    expect(one(text)).toEqual(value)
    const framer = replyFramer()
    expect(
      chunksOf(Buffer.from(text), [1])
        .flatMap((byte) => framer.push(byte))
        .map((reply) => reply.value()),
    ).toEqual([value])
  })

  it('tells its type behind its attributes, and errors from the rest', () => {
    expect(replies('|1\r\n+a\r\n+b\r\n>1\r\n+c\r\n-ERR\r\n!3\r\nERR\r\n+OK\r\n').map(({ type, isError }) => [type, isError])).toEqual([
      ['>', false],
      ['-', true],
      ['!', true],
      ['+', false],
    ])
  })

  it.each([
    ['\r\n', 'expected the type of a reply, got 0x0d at byte 0'],
    ['\n', 'a line that does not end with CRLF at byte 0'],
    ['+OK\n', 'a line that does not end with CRLF at byte 0'],
    ['+OK\r\nhello\r\n', "expected the type of a reply, got 'h' at byte 5"],
    [':1x\r\n', 'invalid integer at byte 0'],
    [',one\r\n', 'invalid double at byte 0'],
    ['#y\r\n', 'invalid boolean at byte 0'],
    ['_x\r\n', 'invalid null at byte 0'],
    ['(1.5\r\n', 'invalid big number at byte 0'],
    ['$-2\r\n', 'invalid length of a bulk at byte 0'],
    ['!-1\r\n', 'invalid length of a bulk at byte 0'],
    ['=3\r\nabc\r\n', 'a verbatim string without its format at byte 0'],
    ['*-2\r\n', 'invalid number of elements at byte 0'],
    ['%-1\r\n', 'invalid number of elements at byte 0'],
    ['*4294967296\r\n', '4294967296 elements, more than 4294967295 at byte 0'],
    ['$?\r\n$1\r\n', "expected a part of a streamed string, got '$' at byte 4"],
    [';1\r\n', 'a part of a streamed string outside of one at byte 0'],
    ['.\r\n', 'an end of a streamed aggregate outside of one at byte 0'],
    ['*1\r\n.\r\n', 'an end of a streamed aggregate outside of one at byte 4'],
    ['%?\r\n+a\r\n.\r\n', 'a key without a value at byte 8'],
    ['*?\r\n|0\r\n.\r\n', 'an attribute that belongs to no value at byte 8'],
    ['*1\r\n'.repeat(65), 'nested more than 64 deep at byte 256'],
    ['$536870913\r\n', 'a bulk of 536870913 bytes, more than 536870912 at byte 0'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => replies(text)).toThrow(why)
  })

  it('is bounded as the limits say', () => {
    expect(() => replies('*3\r\n', { elements: 2 })).toThrow('3 elements, more than 2')
    expect(() => replies('$?\r\n;3\r\nabc\r\n;3\r\n', { bulk: 5 })).toThrow('a bulk of 6 bytes, more than 5 at byte 13')
    expect(replies('*1\r\n'.repeat(65) + ':1\r\n', { depth: 65 })).toHaveLength(1)
  })
})

describe('what the probe answers itself', () => {
  it('is one message each', () => {
    expect(one(encodeNullArray(2))).toEqual({ type: 'null' })
    expect(one(encodeNullArray(3))).toEqual({ type: 'null' })
    expect(one(encodeError('LOADING not\r\nyet'))).toEqual({ type: 'error', text: 'LOADING not yet' })
    expect(one(encodeSimple('OK'))).toEqual({ type: 'simple', text: 'OK' })
    expect(one(encodeBulk('a\r\n'))).toEqual(bulk('a\r\n'))
  })
})
