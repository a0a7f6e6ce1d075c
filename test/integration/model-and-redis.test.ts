/**
 * The model against the real thing: the same commands on both, and every answer compared. Where they differ, the model
 * is wrong. fast-check prints the seed and the smallest sequence that shows it; that belongs into the examples here.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, it } from 'vitest'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import { type OpenedStore, compare } from './both-stores.js'
import { describeWithServer } from './redis.js'
import { type Change, type Command, type Ref, sequence } from './stream-commands.js'

const SEQUENCES = 500
const MAX = '18446744073709551615'

const execute = (...changes: Change[]): Command => ({ do: 'execute', changes })
const add = (id?: Ref): Change => ({ kind: 'add', text: '1', ...(id !== undefined && { id }) })
const read = (after: Ref, count = 10): Command => ({ do: 'read', after, count })
const block = (after: Ref, count = 10): Command => ({ do: 'block', after, count })
const known = (index: number, step: -1 | 0 | 1 = 0): Ref => ({ known: index, step })
const remove = (index: number): Change => ({ kind: 'delete', id: known(index) })
const send: Command = { do: 'send', data: 1 }
const drop: Change = { kind: 'drop' }
const trim = (maxLen: number): Change => ({ kind: 'trim', maxLen })
const tail: Command = { do: 'tail' }
const scan: Command = { do: 'scan' }

const EXAMPLES: Readonly<Record<string, readonly Command[]>> = {
  'counts from 9 to 10 by number': [execute(add('9-9'), add('9-10'), add('10-0')), read('9-9'), read('9-10', 1), tail],
  'refuses 0-0, and what is not above the last id': [
    execute(add('0-0')),
    execute(add('9-1')),
    execute(add('9-1')),
    execute(add('8-9')),
    scan,
  ],
  'ranks a deleted last entry as the last id, but not as the tail': [
    send,
    send,
    execute(remove(1)),
    tail,
    execute(add(known(1))),
    block('$'),
    send,
  ],
  'takes "$" for the last id that ever was, though its entry is deleted': [
    execute(add('9-0'), add('10-0')),
    execute(remove(1)),
    block('$'),
    execute(drop, add('9-1')),
    execute(add('10-1')),
  ],
  'serves "$" from what comes after the wait began': [send, block('$'), read('$'), send, read('$')],
  'counts on from an id ahead of the clock': [execute(add(`${MAX}-9007199254740993`)), block('$'), send, send, read('0-0')],
  'carries into the next millisecond': [execute(add(`18446744073709551614-${MAX}`)), send, tail],
  'has nothing left after the last id': [execute(add(`${MAX}-${MAX}`)), send, block(`${MAX}-${MAX}`), execute(drop), send],
  'says of an explicit id, too, that none is left': [execute(add(`${MAX}-${MAX}`)), execute(add('9-0'))],
  'does what follows a refused command of a transaction': [execute(add('9-0'), add('8-0'), add('10-0')), scan],
  'ends the read that was cut, also where a command is refused': [
    block('$'),
    { do: 'cut', read: 0, changes: [add('0-0'), add('9-0')] },
    scan,
  ],
  'waits on while the topic goes, and is served by a higher id only': [
    execute(add('10-0')),
    block('$'),
    execute(drop),
    execute(add('9-0')),
    execute(add('10-1')),
  ],
  'waits on while the topic comes and goes': [block('0-0'), execute(add('9-0'), drop), block('$'), execute(add('10-0'), drop), send],
  'does not wake a read for what comes and goes in one transaction': [
    block('0-0'),
    block('0-0'),
    { do: 'cut', read: 0, changes: [add('9-0'), drop] },
    execute(add('10-0')),
  ],
  'serves many at once, each its own part': [
    send,
    block(known(0)),
    block('$', 1),
    block(`${MAX}-0`),
    execute(trim(0), add('0-1'), add()),
    send,
  ],
}

await describeWithServer('the model and a real Redis', (start) => {
  let redis: OpenedStore
  beforeAll(async () => {
    const { url } = await start()
    const store = await redisStore({ url, description: 'redis', shared: false })
    redis = { store, opened: await store.open((to) => new RedisStreamRepository(to.url)) }
  })
  afterAll(() => redis.store.close())

  const check = async (commands: readonly Command[]) => {
    const store = memoryStore()
    const opened = await store.open(({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }))
    await compare({ store, opened }, redis, commands)
  }

  it.each(Object.entries(EXAMPLES))('%s', (_, commands) => check(commands))

  it(`answer ${SEQUENCES} random sequences alike`, async () => {
    // Before the test's own time-out, so that the seed is printed in any case.
    await fc.assert(fc.asyncProperty(sequence, check), {
      numRuns: SEQUENCES,
      interruptAfterTimeLimit: 100_000,
      markInterruptAsFailure: true,
    })
  }, 120_000)
})
