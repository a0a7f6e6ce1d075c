import { describe, expect, it } from 'vitest'
import { encodeCommand, requestFramer } from '../../../../src/dialects/redis/resp/request.js'
import { chunksOf } from './messages.js'

const parse = (text: string, limits = {}) =>
  requestFramer(limits)
    .push(Buffer.from(text, 'latin1'))
    .map(({ args }) => args.map((arg) => arg.toString('latin1')))

describe('a request', () => {
  it('has the arguments that were encoded, in one chunk or byte by byte', () => {
    const args = [Buffer.from('set'), Buffer.from('k\r\n'), Buffer.from([0, 255, 13, 10])]
    const bytes = encodeCommand(...args)
    for (const chunks of [[bytes], chunksOf(bytes, [1])]) {
      const framer = requestFramer()
      const [request] = chunks.flatMap((chunk) => framer.push(chunk))
      expect(request!.args).toEqual(args)
      expect(request!.arg(2)).toEqual(args[2])
      expect(request!.arg(3)).toHaveLength(0)
      expect(request!.name).toBe('SET')
      expect(request!.argCount).toBe(3)
    }
  })

  it.each([
    ['PING\r\n', ['PING']],
    ['PING\n', ['PING']],
    ['  set  key\tvalue \r\n', ['set', 'key', 'value']],
    [String.raw`set k "a\x00\xfFb\n\"c\q"` + '\r\n', ['set', 'k', 'a\0\u00FFb\n"cq']],
    [String.raw`set k 'it\'s \n'` + '\r\n', ['set', 'k', String.raw`it's \n`]],
    ['set k ""\r\n', ['set', 'k', '']],
    ['set pre"fix"\r\n', ['set', 'prefix']],
    ['\r\n', []],
    ['\n', []],
    ['*0\r\n', []],
    ['*-1\r\n', []],
  ])('%j is %j', (text, args) => {
    expect(parse(text)).toEqual([args])
  })

  it.each([
    ['*1\r\n+PING\r\n', "expected '$', got '+' at byte 4"],
    ['*1\r\n\r\n', "expected '$', got 0x0d at byte 4"],
    ['*x\r\n', 'invalid number of arguments at byte 0'],
    ['*01\r\n', 'invalid number of arguments at byte 0'],
    ['*1\n', 'invalid number of arguments at byte 0'],
    ['*1\r\n$-1\r\n', 'invalid length of an argument at byte 4'],
    ['*1\r\n$4\r\nPINGxx', "expected CR after a bulk, got 'x' at byte 12"],
    ['*1\r\n$4\r\nPING\rx', "expected LF after a bulk, got 'x' at byte 12"],
    ['PING\r\nset "k\r\n', 'unbalanced quotes in an inline command at byte 6'],
    ['set "k"v\r\n', 'unbalanced quotes in an inline command at byte 0'],
    ['*1048577\r\n', 'a command of 1048577 arguments, more than 1048576 at byte 0'],
    ['*1\r\n$536870913\r\n', 'an argument of 536870913 bytes, more than 536870912 at byte 4'],
    [`x${'y'.repeat(65_536)}`, 'a line of more than 65536 bytes at byte 0'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parse(text)).toThrow(why)
  })

  it('is refused when it is too large as a whole', () => {
    expect(() => parse('*3\r\n$3\r\nabc\r\n$3\r\nabc\r\n$3\r\n', { message: 25 })).toThrow('a message of more than 25 bytes at byte 22')
  })
})
