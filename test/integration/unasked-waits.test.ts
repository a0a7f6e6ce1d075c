/** Reads with a time-out of 0 on a real Redis: a client that is blocked there is no proof that the read waits. */
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import timeOutOfZero from '../../scenarios/time-out-of-zero.js'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { openStore } from '../../src/dialects/open-store.js'
import { Runner } from '../../src/run/runner.js'
import { keepingReader, waitingAtZero } from '../support/unasked-waits.js'
import { describeWithRedis } from './redis.js'

await describeWithRedis('a repository that is asked not to wait', ({ url }) => {
  async function judge(of: (correct: StreamRepository) => StreamRepository) {
    const store = await openStore('redis', { url })
    const open = ({ url: at }: { readonly url: string }) => of(new RedisStreamRepository(at))
    const runner = new Runner({ name: 'test', store: 'redis', open }, store)
    const { verdict } = await runner.judge(timeOutOfZero.schedule)
    await runner.close()
    await store.close()
    return verdict
  }

  it.each([
    ['waits for its own default', 5000],
    ['waits for ever (BLOCK 0)', Number.POSITIVE_INFINITY],
  ])('and %s, is convicted', async (_, ms) => {
    expect(await judge((correct) => waitingAtZero(correct, ms))).toMatchObject({
      result: 'invalid',
      anomalies: [{ code: 'unasked-wait', rule: '3.13' }],
    })
  })

  it('and does not, is cleared', async () => {
    expect(await judge((correct) => correct)).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
  })

  it.each([
    ['at once', () => Promise.resolve()],
    ['after a while', () => setTimeout(40)],
    ['later than it is waited for', () => setTimeout(420)],
  ])('and keeps a reader beside that is blocked, is cleared where it answers %s', async (_, answers) => {
    expect(await judge((correct) => keepingReader(correct, answers))).toMatchObject({ result: 'valid', anomalies: [] })
  })
})
