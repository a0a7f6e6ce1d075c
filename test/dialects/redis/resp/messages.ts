/** Random messages as bytes, and ways to split bytes into chunks. */
import fc from 'fast-check'
import type { Framer } from '../../../../src/dialects/redis/resp/framing.js'

const bulk = (sign: string, bytes: Uint8Array) => Buffer.concat([Buffer.from(`${sign}${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
const line = (text: string) => Buffer.from(`${text}\r\n`)

/** Payloads that look like RESP are the ones that a framer may stumble over. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom('', '\r\n', '\r', '\n', '$3\r\nabc\r\n', '*2\r\n', '.\r\n', ';0\r\n').map((text) => Buffer.from(text)),
)
const text = fc.stringMatching(/^[ -~]{0,30}$/)

export const command = fc
  .array(payload, { minLength: 1, maxLength: 6 })
  .map((args) => Buffer.concat([line(`*${args.length}`), ...args.map((arg) => bulk('$', arg))]))

export const inline = fc
  .tuple(fc.stringMatching(/^[A-Za-z]{1,10}( [a-z0-9]{0,8}){0,3}$/), fc.constantFrom('\r\n', '\n'))
  .map(([words, end]) => Buffer.from(words + end))

export const request = fc.oneof(command, command, inline, fc.constantFrom('*0\r\n', '*-1\r\n', '\r\n').map(Buffer.from))

const { value } = fc.letrec<{ value: Buffer; plain: Buffer }>((tie) => {
  const aggregate = (sign: string) =>
    fc
      .tuple(fc.array(tie('value'), { maxLength: sign === '%' ? 2 : 4 }), fc.boolean())
      .map(([items, streamed]) =>
        Buffer.concat([
          line(`${sign}${streamed ? '?' : items.length}`),
          ...(sign === '%' ? items.flatMap((item) => [line('+key'), item]) : items),
          ...(streamed ? [line('.')] : []),
        ]),
      )
  return {
    plain: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      text.map((content) => line(`+${content}`)),
      text.map((content) => line(`-ERR ${content}`)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((number) => line(`:${number}`)),
      fc.bigInt().map((number) => line(`(${number}`)),
      fc
        .oneof(fc.double({ noDefaultInfinity: true, noNaN: true }).map(String), fc.constantFrom('inf', '-inf', 'nan', '1e5'))
        .map((number) => line(`,${number}`)),
      fc.constantFrom('_', '#t', '#f', '$-1', '*-1').map(line),
      payload.map((bytes) => bulk('$', bytes)),
      payload.map((bytes) => bulk('!', bytes)),
      payload.map((bytes) => bulk('=', Buffer.concat([Buffer.from('txt:'), bytes]))),
      fc
        .array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 3 })
        .map((parts) => Buffer.concat([line('$?'), ...parts.map((part) => bulk(';', part)), line(';0')])),
      aggregate('*'),
      aggregate('~'),
      aggregate('%'),
    ),
    value: fc
      .tuple(fc.boolean(), tie('plain'))
      .map(([annotated, of]) => (annotated ? Buffer.concat([line('|1'), line('+ttl'), line(':5'), of]) : of)),
  }
})

const push = fc
  .array(value, { minLength: 1, maxLength: 3 })
  .map((items) => Buffer.concat([line(`>${items.length + 1}`), bulk('$', Buffer.from('message')), ...items]))

export const reply = fc.oneof({ weight: 8, arbitrary: value }, { weight: 1, arbitrary: push })

/** Lengths of chunks, used round and round. */
export const splits = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })

export function chunksOf(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return chunks
}

/** All messages, as their exact bytes. */
export const framed = <M extends { readonly raw: readonly Buffer[] }>(framer: Framer<M>, chunks: readonly Buffer[]): Buffer[] =>
  chunks.flatMap((chunk) => framer.push(chunk)).map(({ raw }) => Buffer.concat(raw))
