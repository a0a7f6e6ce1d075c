import { expect, it } from 'vitest'
import { claimedByRead, claimedIn, lookBackOf, makeOld, pendingIn } from '../../../../src/dialects/redis/wire/claims.js'
import { parseStreamId } from '../../../../src/contract/stream-id.js'
import type { RespValue } from '../../../../src/dialects/redis/resp/reply.js'

const command = (line: string) => {
  const args = line.split(' ').map((word) => Buffer.from(word))
  return { name: String(args[0]).toUpperCase(), args }
}

it.each([
  ['XAUTOCLAIM tasks g c 5000 0-0 COUNT 10', { idleMs: 5000, claims: true }],
  ['xautoclaim tasks g c 0 0-0 JUSTID', { idleMs: 0, claims: true }],
  ['XCLAIM tasks g c 60000 1-0 2-0', { idleMs: 60_000, claims: true }],
  ['XPENDING tasks g IDLE 9000 - + 10', { idleMs: 9000, claims: false }],
  ['XPENDING tasks g - + 10 c', { idleMs: undefined, claims: false }],
])('%s looks for what is pending', (line, seen) => {
  expect(lookBackOf(command(line))).toEqual({ key: 'tasks', group: 'g', ...seen })
})

it.each(['XPENDING tasks g', 'XREADGROUP GROUP g c STREAMS tasks >', 'XACK tasks g 1-0', 'XADD tasks * f v'])('%s does not', (line) => {
  expect(lookBackOf(command(line))).toBeUndefined()
})

it('a read may claim, whatever its group and its streams are called', () => {
  expect(claimedByRead(command('XREADGROUP GROUP g c COUNT 1 CLAIM 700 STREAMS tasks >'))).toBe(700)
  expect(claimedByRead(command('XREADGROUP GROUP CLAIM 9 STREAMS CLAIM >'))).toBeUndefined()
  expect(claimedByRead(command('XREADGROUP GROUP g CLAIM BLOCK 5 STREAMS tasks >'))).toBeUndefined()
  expect(claimedByRead(command('XREAD STREAMS CLAIM 0'))).toBeUndefined()
})

const bulk = (text: string): RespValue => ({ type: 'bulk', bytes: Buffer.from(text) })
const array = (...items: RespValue[]): RespValue => ({ type: 'array', items })
const entry = array(bulk('1-0'), array(bulk('f'), bulk('v')))

it('a claim is answered with entries, or, where it asks for ids alone, with none', () => {
  const ids = (line: string, reply: RespValue) => claimedIn(command(line), 'tasks', reply).map(({ id }) => id)
  expect(ids('XAUTOCLAIM tasks g c 0 0', array(bulk('0-0'), array(entry), array()))).toEqual(['1-0'])
  expect(ids('XAUTOCLAIM tasks g c 0 0 JUSTID', array(bulk('0-0'), array(bulk('1-0')), array()))).toEqual([])
  expect(ids('XCLAIM tasks g c 0 1-0', array(entry))).toEqual(['1-0'])
  expect(ids('XCLAIM tasks g c 0 1-0 JUSTID', array(bulk('1-0')))).toEqual([])
})

it('all that is pending is told, page by page, and nothing where the group is gone', async () => {
  const asked: string[] = []
  const all = Array.from({ length: 501 }, (_, i) => [`${i + 1}-0`, 'c', 5, 1])
  const call = async (...words: readonly unknown[]) => {
    asked.push(words.join(' '))
    return asked.length === 1 ? all.slice(0, 500) : all.slice(500)
  }
  expect(await pendingIn(call, 'tasks', 'g')).toHaveLength(501)
  expect(asked).toEqual(['xpending tasks g - + 500', 'xpending tasks g (500-0 + 500'])
  const gone = () => Promise.reject(new Error("NOGROUP No such key 'tasks' or consumer group 'g'"))
  expect(await pendingIn(gone, 'tasks', 'g')).toEqual([])
  await expect(pendingIn(() => Promise.reject(new Error('NOPERM')), 'tasks', 'g')).rejects.toThrow('NOPERM')
})

it('what is made old stays with its consumer, and has been delivered as often as before', async () => {
  const asked: string[] = []
  const call = async (...words: readonly unknown[]) => void asked.push(words.join(' '))
  const pending = (id: string, consumer: string, deliveries: number) => ({
    id: parseStreamId(id),
    group: 'g',
    consumer,
    idleMs: 0,
    deliveries,
  })
  await makeOld(call, 'tasks', [pending('1-0', 'a', 1), pending('2-0', 'b', 1), pending('3-0', 'a', 1), pending('4-0', 'a', 3)], 9000)
  expect(asked).toEqual([
    'xclaim tasks g a 0 1-0 3-0 IDLE 9000 RETRYCOUNT 1 JUSTID',
    'xclaim tasks g b 0 2-0 IDLE 9000 RETRYCOUNT 1 JUSTID',
    'xclaim tasks g a 0 4-0 IDLE 9000 RETRYCOUNT 3 JUSTID',
  ])
})
