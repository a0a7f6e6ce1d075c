import { describe, expect, it } from 'vitest'
import { FOR_EVER } from '../../../../src/history/event.js'
import { encodeCommand, requestFramer } from '../../../../src/dialects/redis/resp/request.js'
import { ALL, type ReadRequest, classify } from '../../../../src/dialects/redis/wire/classification.js'

/** As it comes through the probe. */
function meant(...words: readonly string[]) {
  const [request] = requestFramer().push(encodeCommand(...words))
  return classify(request!)
}

const of = (line: string) => meant(...line.split(' '))
const read = (more: Partial<ReadRequest>): ReadRequest => ({ kind: 'read', keys: ['k'], cursors: ['$'], count: ALL, timeoutMs: 0, ...more })

describe('XREAD', () => {
  it.each<[string, ReadRequest]>([
    ['XREAD STREAMS k $', read({})],
    ['xread count 10 block 2000 streams k 5-1', read({ count: 10, timeoutMs: 2000, cursors: ['5-1'] })],
    ['XREAD BLOCK 2000 COUNT 10 STREAMS k 5-1', read({ count: 10, timeoutMs: 2000, cursors: ['5-1'] })],
    ['XREAD BLOCK 0 STREAMS k $', read({ timeoutMs: FOR_EVER })],
    ['XREAD COUNT 0 STREAMS k $', read({ count: ALL })],
    ['XREAD COUNT -1 STREAMS k $', read({ count: ALL })],
    ['XREAD COUNT 2 STREAMS a b 1-0 $', read({ count: 2, keys: ['a', 'b'], cursors: ['1-0', '$'] })],
    ['XREAD STREAMS streams block', read({ keys: ['streams'], cursors: ['block'] })],
  ])('%s', (line, request) => {
    expect(of(line)).toEqual(request)
  })

  it.each(['XREAD', 'XREAD COUNT 1', 'XREAD STREAMS', 'XREAD STREAMS k', 'XREAD STREAMS a b $', 'XREAD STREAMS a b 1-0'])(
    'is nothing of interest where the server refuses it: %s',
    (line) => {
      expect(of(line)).toBeUndefined()
    },
  )
})

describe('XREAD from "+", of Redis 7.4', () => {
  it.each([
    ['XREAD STREAMS k +', ['k']],
    ['xread count 5 streams k +', ['k']],
    ['XREAD STREAMS a b + +', ['a', 'b']],
  ])('asks for the tail: %s', (line, keys) => {
    expect(of(line)).toEqual({ kind: 'tail', keys, read: true })
  })

  it.each<[string, ReadRequest]>([
    ['XREAD BLOCK 100 STREAMS k +', read({ timeoutMs: 100, cursors: ['+'] })],
    ['XREAD STREAMS a b + 5-0', read({ keys: ['a', 'b'], cursors: ['+', '5-0'] })],
    ['XREAD STREAMS + $', read({ keys: ['+'] })],
  ])('is a read where it may wait, or reads on: %s', (line, request) => {
    expect(of(line)).toEqual(request)
  })
})

describe('XREADGROUP', () => {
  const group = { group: 'g', cursors: ['>'] }

  it.each<[string, ReadRequest]>([
    ['XREADGROUP GROUP g c STREAMS k >', read(group)],
    ['XREADGROUP GROUP g c COUNT 5 BLOCK 100 NOACK STREAMS k >', read({ ...group, count: 5, timeoutMs: 100, noAck: true })],
    ['xreadgroup group g c block 0 streams k >', read({ ...group, timeoutMs: FOR_EVER })],
    ['XREADGROUP GROUP g c BLOCK 100 STREAMS k 0', read({ ...group, cursors: ['0'] })],
    ['XREADGROUP GROUP g c BLOCK 100 STREAMS a b > 5-0', read({ ...group, keys: ['a', 'b'], cursors: ['>', '5-0'] })],
    ['XREADGROUP COUNT 5 GROUP g c STREAMS k >', read({ ...group, count: 5 })],
    ['XREADGROUP GROUP g c CLAIM 5000 BLOCK 100 STREAMS k >', read({ ...group, timeoutMs: 100, claims: true })],
    [
      'xreadgroup group CLAIM c count 5 noack claim 0 streams k >',
      read({ group: 'CLAIM', cursors: ['>'], count: 5, claims: true, noAck: true }),
    ],
    ['XREADGROUP GROUP g CLAIM STREAMS k >', read(group)],
    ['XREADGROUP GROUP g STREAMS STREAMS a b > >', read({ ...group, keys: ['a', 'b'], cursors: ['>', '>'] })],
  ])('%s', (line, request) => {
    expect(of(line)).toEqual(request)
  })
})

describe('a look back', () => {
  const back = (cursor: string, count = ALL) => read({ cursors: [cursor], count, range: true })
  const MAX = '18446744073709551615'

  it.each<[string, ReadRequest]>([
    ['XRANGE k - +', back('0-0')],
    ['XRANGE k - + COUNT 100', back('0-0', 100)],
    ['XRANGE k 5-3 +', back('5-2')],
    ['XRANGE k (5-3 +', back('5-3')],
    ['XRANGE k (5 +', back('5-0')],
    ['XRANGE k 5-0 +', back(`4-${MAX}`)],
    ['XRANGE k 5 +', back(`4-${MAX}`)],
    ['XRANGE k 0-0 +', back('0-0')],
    ['XRANGE k 0-1 +', back('0-0')],
    ['XRANGE k 0 +', back('0-0')],
    [`XRANGE k ${MAX}-${MAX} +`, back(`${MAX}-18446744073709551614`)],
    [`XRANGE k ${MAX}-0 +`, back(`18446744073709551614-${MAX}`)],
    ['XRANGE k 9007199254740993-0 +', back(`9007199254740992-${MAX}`)],
    ['XRANGE k + -', back('$')],
    ['XREVRANGE k + -', back('0-0')],
    ['XREVRANGE k + 5-3 COUNT 10', back('5-2', 10)],
    ['XREVRANGE k 9-0 - COUNT 1', back('0-0', 1)],
  ])('%s', (line, request) => {
    expect(of(line)).toEqual(request)
  })
})

describe('a question for the tail', () => {
  it.each(['XREVRANGE k + - COUNT 1', 'xrevrange k + - count 1', 'XINFO STREAM k', 'xinfo stream k FULL'])('%s', (line) => {
    expect(of(line)).toEqual({ kind: 'tail', keys: ['k'] })
  })
})

describe('everything else', () => {
  it.each(['PING', 'GET k', 'XADD k * a 1', 'XLEN k', 'XACK k g 1-0', 'XINFO GROUPS k', 'XGROUP CREATE k g $ MKSTREAM', 'HELLO 3'])(
    'is no read, and no question for the tail: %s',
    (line) => {
      expect(of(line)?.kind ?? 'command').toBe('command')
    },
  )

  it('takes keys that are not words as they are', () => {
    expect(meant('XREAD', 'STREAMS', 'täsk:\r\n 1', '$')).toEqual(read({ keys: ['täsk:\r\n 1'] }))
    expect(classify({ name: '', args: [] })).toBeUndefined()
  })
})

describe('a command of its own on the topic', () => {
  it.each([
    ['XADD k * a 1', { name: 'XADD', keys: ['k'], channels: [] }],
    ['xack k g 1-0 2-0', { name: 'XACK', keys: ['k'], channels: [] }],
    ['SUBSCRIBE a b', { name: 'SUBSCRIBE', keys: [], channels: ['a', 'b'] }],
    ['psubscribe a*', { name: 'PSUBSCRIBE', keys: [], channels: ['a*'] }],
    ['SSUBSCRIBE a', { name: 'SSUBSCRIBE', keys: [], channels: ['a'] }],
    ['PUBLISH a text', { name: 'PUBLISH', keys: [], channels: ['a'] }],
    ['SPUBLISH a text', { name: 'SPUBLISH', keys: [], channels: ['a'] }],
  ])('%s', (line, request) => {
    expect(of(line)).toEqual({ kind: 'command', ...request })
  })

  it.each(['UNSUBSCRIBE', 'XLEN k', 'PUBSUB CHANNELS', 'PING', 'GET k', 'XINFO GROUPS k', 'HELLO 3'])('is none: %s', (line) => {
    expect(of(line)).toBeUndefined()
  })
})
