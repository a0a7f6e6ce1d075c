import { describe, expect, it } from 'vitest'
import { replyFramer } from '../../../../src/dialects/redis/resp/reply.js'
import { ALL, answerTo, type StreamRequest } from '../../../../src/dialects/redis/wire/classification.js'

const READ: StreamRequest = { kind: 'read', keys: ['k'], cursors: ['$'], count: ALL, timeoutMs: 0 }
const RANGE: StreamRequest = { ...READ, range: true }
const TAIL: StreamRequest = { kind: 'tail', keys: ['k'] }

/** Cut out of a stream of bytes by the framer, byte by byte, as a network may deliver it. Blanks stand for CRLF. */
function answered(request: StreamRequest, bytes: string) {
  const framer = replyFramer()
  const replies = [...Buffer.from(`${bytes} `.replaceAll(' ', '\r\n'))].flatMap((byte) => framer.push(Buffer.from([byte])))
  expect(replies).toHaveLength(1)
  return answerTo(request, replies[0]!.value())
}

const ENTRY = '*2 $3 7-1 *2 $4 data $2 hi'
const TWO = `*2 ${ENTRY} *2 $3 8-0 *2 $4 data $2 ho`
const entry = (key: string, id: string, ...fields: string[]) => ({ key, id, fields: fields.map((field) => Buffer.from(field)) })

describe('the answer to a read', () => {
  it('is in arrays in RESP2', () => {
    expect(answered(READ, `*1 *2 $1 k ${TWO}`)).toEqual({
      kind: 'entries',
      entries: [entry('k', '7-1', 'data', 'hi'), entry('k', '8-0', 'data', 'ho')],
    })
  })

  it('is a map in RESP3', () => {
    expect(answered(READ, `%2 $1 k *1 ${ENTRY} $1 l ${TWO}`)).toEqual({
      kind: 'entries',
      entries: [entry('k', '7-1', 'data', 'hi'), entry('l', '7-1', 'data', 'hi'), entry('l', '8-0', 'data', 'ho')],
    })
  })

  it.each(['*-1', '_', '$-1', '*0', '%0'])('is empty as %s', (bytes) => {
    expect(answered(READ, bytes)).toEqual({ kind: 'entries', entries: [] })
  })

  it('may hold entries of a group that are deleted', () => {
    expect(answered(READ, '*1 *2 $1 k *1 *2 $3 7-1 *-1')).toEqual({ kind: 'entries', entries: [entry('k', '7-1')] })
    expect(answered(READ, '%1 $1 k *1 *2 $3 7-1 _')).toEqual({ kind: 'entries', entries: [entry('k', '7-1')] })
  })

  it('keeps ids of 64 bits', () => {
    const id = '18446744073709551615-18446744073709551615'
    expect(answered(READ, `*1 *2 $1 k *1 *2 $${id.length} ${id} *0`)).toMatchObject({ entries: [{ id }] })
  })

  it('of a look back has no streams around the entries', () => {
    expect(answered(RANGE, TWO)).toMatchObject({ entries: [{ key: 'k', id: '7-1' }, { id: '8-0' }] })
    expect(answered(RANGE, '*0')).toEqual({ kind: 'entries', entries: [] })
  })
})

describe('the answer to a question for the tail', () => {
  it('is the last entry of XREVRANGE, or the origin', () => {
    expect(answered(TAIL, `*1 ${ENTRY}`)).toEqual({ kind: 'tail', id: '7-1' })
    expect(answered(TAIL, '*0')).toEqual({ kind: 'tail', id: '0-0' })
  })

  it('is the last id of XINFO, in both protocols', () => {
    const fields = '$6 length :1 $17 last-generated-id $3 9-4 $6 groups :0'
    expect(answered(TAIL, `*6 ${fields}`)).toEqual({ kind: 'tail', id: '9-4' })
    expect(answered(TAIL, `%3 ${fields}`)).toEqual({ kind: 'tail', id: '9-4' })
  })
})

describe('an error', () => {
  it.each([READ, RANGE, TAIL])('is one', (request) => {
    expect(answered(request, '-NOGROUP')).toEqual({ kind: 'error', message: 'NOGROUP' })
    expect(answered(request, '!3 ERR')).toEqual({ kind: 'error', message: 'ERR' })
  })
})

describe('the answer to a question for the tail by XREAD from "+"', () => {
  const PLUS: StreamRequest = { kind: 'tail', keys: ['k'], read: true }

  it.each([
    ['in arrays', `*1 *2 $1 k *1 ${ENTRY}`],
    ['as a map', `%1 $1 k *1 ${ENTRY}`],
  ])('is the id of the one entry, %s', (_, bytes) => {
    expect(answered(PLUS, bytes)).toEqual({ kind: 'tail', id: '7-1' })
  })

  it.each(['*-1', '_', '$-1'])('is the origin where there is none: %s', (bytes) => {
    expect(answered(PLUS, bytes)).toEqual({ kind: 'tail', id: '0-0' })
  })

  it('is that of the stream that is asked for', () => {
    const [reply] = replyFramer().push(Buffer.from(`%2 $1 a *1 ${ENTRY} $1 k ${TWO} `.replaceAll(' ', '\r\n')))
    const both: StreamRequest = { ...PLUS, keys: ['a', 'k'] }
    expect(answerTo(both, reply!.value(), 'k')).toEqual({ kind: 'tail', id: '8-0' })
    expect(answerTo(both, reply!.value(), 'a')).toEqual({ kind: 'tail', id: '7-1' })
  })
})

it('of a read that claims, how long an entry was pending stands behind it', () => {
  expect(answered(READ, '*1 *2 $1 k *1 *4 $3 7-1 *2 $4 data $2 hi :5000 :2')).toEqual({
    kind: 'entries',
    entries: [entry('k', '7-1', 'data', 'hi')],
  })
  expect(answered({ ...READ, script: true }, '*1 *2 $1 k *1 *4 $3 7-1 *2 $4 data $2 hi :5000 :2')).toEqual({
    kind: 'entries',
    entries: [entry('k', '7-1', 'data', 'hi')],
  })
})
