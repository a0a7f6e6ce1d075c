/** Seeded streams of commands whose replies depend on nothing but the stream. */
import fc from 'fast-check'
import { encodeCommand } from '../../../../src/dialects/redis/resp/request.js'

const key = fc.constantFrom('a', 'b', 'c', 'd')
const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('\r\n', '', '*1\r\n$4\r\nPING\r\n').map((text) => Buffer.from(text)),
)
const number = fc.integer({ min: -3, max: 5 }).map(String)
const channel = fc.constantFrom('x', 'y')

type Words = readonly (string | Buffer)[]

const words = (...parts: readonly (string | fc.Arbitrary<string | Buffer>)[]): fc.Arbitrary<Words> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))

const ordinary = fc.oneof(
  words('SET', key, value),
  words('GET', key),
  words('get', key),
  words('DEL', key),
  words('INCR', key),
  words('APPEND', key, value),
  words('LPUSH', key, value, value),
  words('LRANGE', key, number, number),
  words('HSET', key, value, value),
  words('HGETALL', key),
  words('SADD', key, value),
  words('SMISMEMBER', key, value, value),
  words('ZADD', key, number, value),
  words('ZRANGE', key, number, number, 'WITHSCORES'),
  words('ZINCRBY', key, 'inf', value),
  words(
    'XADD',
    key,
    fc.nat(9).map((part) => `${part}-1`),
    value,
    value,
  ),
  words('XRANGE', key, '-', '+', 'COUNT', number),
  words('XREAD', 'COUNT', number, 'STREAMS', key, '0'),
  words('XREAD', 'BLOCK', '1', 'STREAMS', key, '9-9'),
  words('BLPOP', key, '0.01'),
  words('EVAL', 'return {1,"a",{},false,{err="ERR mine"}}', '0'),
  words('EVAL', 'redis.setresp(3); return redis.call("HGETALL", KEYS[1])', '1', key),
  words('ECHO', value),
  words('TYPE', key),
  words('NOSUCH', value),
  words('GET'),
  words('SELECT', fc.constantFrom('0', '1', '99')),
  words('PUBLISH', channel, value),
)
const stateful = fc.oneof(
  words('MULTI'),
  words('EXEC'),
  words('DISCARD'),
  words('WATCH', key),
  words('HELLO', '9'),
  words('CLIENT', 'SETNAME', fc.constantFrom('me', 'not me')),
  words('CLIENT', 'GETNAME'),
  words('SUBSCRIBE', channel),
  words('UNSUBSCRIBE', channel),
  words('RESET'),
  words('PING'),
)
/** Within MULTI these make Redis answer EXEC with too many elements, or too few. */
const outsideOfMulti = fc.oneof(
  words('CLIENT', 'REPLY', fc.constantFrom('ON', 'OFF', 'SKIP', 'NO')),
  words('SUBSCRIBE', 'x', 'y'),
  words('PSUBSCRIBE', 'x*'),
  words('UNSUBSCRIBE'),
  words('PUNSUBSCRIBE'),
)

/** As bytes; now and then empty, or inline. */
const command = fc.oneof(
  { weight: 30, arbitrary: ordinary.map((args) => encodeCommand(...args)) },
  { weight: 4, arbitrary: stateful.map((args) => encodeCommand(...args)) },
  { weight: 2, arbitrary: outsideOfMulti.map((args) => Buffer.concat([encodeCommand('DISCARD'), encodeCommand(...args)])) },
  { weight: 1, arbitrary: fc.constantFrom('\r\n', '*0\r\n', 'PING\r\n', 'set a "b c"\n').map((text) => Buffer.from(text)) },
)

/** Made regular at its end, so that a last ECHO is answered whatever came before. */
export function randomCommands(seed: number, count: number): Buffer {
  const commands = fc.sample(fc.array(command, { minLength: count, maxLength: count, size: 'max' }), { seed, numRuns: 1 })[0]!
  return Buffer.concat([...commands, encodeCommand('RESET'), encodeCommand('ECHO', END)])
}

export const END = 'the end of the stream'
