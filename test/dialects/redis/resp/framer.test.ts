import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replyFramer } from '../../../../src/dialects/redis/resp/reply.js'
import { requestFramer } from '../../../../src/dialects/redis/resp/request.js'
import { RespError } from '../../../../src/dialects/redis/resp/framing.js'
import { chunksOf, framed, reply, request, splits } from './messages.js'

const RUNS = { numRuns: 500 }

describe.each([
  ['requests', requestFramer, request],
  ['replies', replyFramer, reply],
] as const)('a framer of %s', (_, framer, message) => {
  it('gives the same messages with the same bytes, however they are split', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), splits, (messages, lengths) => {
        const bytes = Buffer.concat(messages)
        expect(framed<never>(framer() as never, [bytes])).toEqual(messages)
        expect(framed<never>(framer() as never, chunksOf(bytes, [1]))).toEqual(messages)
        expect(framed<never>(framer() as never, chunksOf(bytes, lengths))).toEqual(messages)
      }),
      RUNS,
    )
  })

  it('finds the same fault at the same place after the same messages, however the bytes are split', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.uint8Array({ minLength: 1, maxLength: 30 }),
        splits,
        (messages, noise, lengths) => {
          const bytes = Buffer.concat([...messages, noise])
          const whole = outcome(framer(), [bytes])
          expect(outcome(framer(), chunksOf(bytes, [1]))).toEqual(whole)
          expect(outcome(framer(), chunksOf(bytes, lengths))).toEqual(whole)
        },
      ),
      RUNS,
    )
  })

  it('survives any bytes with one byte changed', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(255), splits, (messages, place, byte, lengths) => {
        const bytes = Buffer.concat(messages)
        bytes[place % bytes.length] = byte
        expect(outcome(framer(), chunksOf(bytes, lengths))).toEqual(outcome(framer(), [bytes]))
      }),
      RUNS,
    )
  })
})

/** The messages, and the fault that ended them. */
function outcome(framer: ReturnType<typeof requestFramer> | ReturnType<typeof replyFramer>, chunks: readonly Buffer[]) {
  const messages: string[] = []
  const add = (found: readonly { readonly raw: readonly Buffer[] }[]) =>
    messages.push(...found.map(({ raw }) => Buffer.concat(raw).toString('latin1')))
  try {
    for (const chunk of chunks) add(framer.push(chunk))
    return { messages }
  } catch (error) {
    if (!(error instanceof RespError)) throw error
    add(error.before as never)
    return { messages, what: error.what, offset: error.offset }
  }
}

describe('a message', () => {
  it('in one chunk is a view of it', () => {
    const chunk = Buffer.from('+OK\r\n$3\r\nabc\r\n')
    const [, second] = replyFramer().push(chunk)
    expect(second!.raw).toHaveLength(1)
    expect(second!.raw[0]!.buffer).toBe(chunk.buffer)
  })

  it('over several chunks is its pieces, not copied', () => {
    const chunks = [Buffer.from('$6\r\nab'), Buffer.from('cd'), Buffer.from('ef\r\n+')]
    const framer = replyFramer()
    const messages = chunks.flatMap((chunk) => framer.push(chunk))
    expect(messages.map(({ raw }) => raw.map(String))).toEqual([['$6\r\nab', 'cd', 'ef\r\n']])
    expect(framer.partial).toBe(true)
  })

  it('of 100 MB costs no copy of it', () => {
    const framer = replyFramer()
    const chunk = Buffer.alloc(1 << 20)
    framer.push(Buffer.from(`$${100 << 20}\r\n`))
    for (let i = 0; i < 100; i++) expect(framer.push(chunk)).toEqual([])
    const [message] = framer.push(Buffer.from('\r\n'))
    expect(message!.raw[50]).toBe(chunk)
    expect(message!.size).toBe((100 << 20) + 14)
  })
})

describe('after a fault', () => {
  it('nothing else is read', () => {
    const framer = replyFramer()
    expect(() => framer.push(Buffer.from('+OK\r\n?\r\n'))).toThrow("expected the type of a reply, got '?' at byte 5")
    expect(() => framer.push(Buffer.from('+OK\r\n'))).toThrow(RespError)
  })
})
