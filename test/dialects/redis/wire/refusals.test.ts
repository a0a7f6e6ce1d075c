import { expect, it } from 'vitest'
import { mayRefuse, whyNever } from '../../../../src/dialects/redis/wire/refusals.js'

const read = { writes: false, isFirst: false }
const groupRead = { writes: true, isFirst: false }

it.each(['BUSY Redis is busy running a script', 'MASTERDOWN Link with MASTER is down', 'NOAUTH Authentication required.', 'ERR injected'])(
  'any request may be refused with %s',
  (message) => {
    expect(whyNever(message)).toBeUndefined()
    for (const request of [read, groupRead]) expect(mayRefuse(message, request)).toBe(true)
  },
)

it.each([
  "READONLY You can't write against a read only replica.",
  'NOREPLICAS Not enough good replicas to write.',
  'MISCONF Redis is configured',
])('only what writes is refused with %s, and a read in a group does', (message) => {
  expect([mayRefuse(message, read), mayRefuse(message, groupRead)]).toEqual([false, true])
})

it('a server that loads its data has no older connections', () => {
  const loading = 'LOADING Redis is loading the dataset in memory'
  expect([mayRefuse(loading, groupRead), mayRefuse(loading, { ...read, isFirst: true })]).toEqual([false, true])
})

it.each([
  ['OOM command not allowed', 'no read'],
  ["NOGROUP No such key 'a'", 'says by itself'],
  ['WRONGTYPE Operation against a key', 'says by itself'],
  ['UNBLOCKED force unblock from blocking operation', 'a read that waits'],
  ['MOVED 3999 127.0.0.1:6381', 'in a cluster'],
  ['CLUSTERDOWN Hash slot not served', 'in a cluster'],
])('no read is refused with %s', (message, why) => {
  expect(whyNever(message)).toContain(why)
  expect(mayRefuse(message, { writes: true, isFirst: true })).toBe(false)
})
