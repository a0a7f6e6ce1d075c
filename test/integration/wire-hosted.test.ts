/** Programs that hold several consumers, on a real Redis: who is who must not hang on which socket was faster. */
import { describe, expect, it } from 'vitest'
import { Redis } from 'ioredis'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { advanceTo, append, disconnect } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { turnedTo } from '../../src/schedule/schedule.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { runWire, wireRunner, wiring } from '../support/run-wire.js'
import { describeWithServer } from './redis.js'

type How = '$' | 'snapshot'

/**
 * One process, a consumer for each of these; each has a connection with a name of its own, where it has one.
 * `backOffMs`: how long each waits before it connects again. `asksAnew`: for the tail, behind each failed read.
 */
function program(hows: readonly How[], names?: readonly string[], backOffMs: readonly number[] = [2, 2], asksAnew = false): WireSubject {
  return {
    name: hows.join(' beside '),
    topic: 'task:*',
    consumers: names ?? hows.length,
    retries: true,
    start: ({ port, topic, onDelivery }) => {
      const clients = hows.map((how, index) => {
        const name = names?.[index]
        // By its address: looked up, a name would be answered in any order.
        const redis = new Redis(port, '127.0.0.1', {
          ...(name === undefined ? {} : { connectionName: name }),
          maxRetriesPerRequest: 0,
          retryStrategy: () => backOffMs[index]!,
        })
        redis.on('error', () => undefined)
        const run = async () => {
          let cursor: string | undefined = how === '$' ? '$' : undefined
          while (redis.status !== 'end') {
            try {
              cursor ??= (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
              const answer = await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor)
              for (const [id, fields] of answer?.[0]?.[1] ?? []) {
                onDelivery(name === undefined ? fields.join(' ') : `${name}: ${fields.join(' ')}`)
                cursor = id
              }
            } catch {
              if (asksAnew) cursor = undefined
              await new Promise((resolve) => setTimeout(resolve, 2))
            }
          }
        }
        void run()
        return redis
      })
      return { stop: () => clients.forEach((redis) => redis.disconnect()) }
    },
  }
}

await describeWithServer('several consumers in one program', (start) => {
  const { wired } = wiring(start)
  const emptyGap = wireScenarios.filter(({ name }) => name === 'empty-gap')

  describe.each([
    ['by name', ['reader-a', 'reader-b']],
    ['by the order in which they read', undefined],
  ] as const)('told apart %s', (_, names) => {
    it('are clean where both are', async () => {
      const result = await runWire(await wired(program(['snapshot', 'snapshot'], names)), {
        scenarios: wireScenarios,
        bursts: 20,
        seed: 1,
        watchdogMs: 3000,
      })
      expect(result.error).toBeUndefined()
      expect(result.scenarios.filter(({ verdict }) => verdict.result !== 'valid').map(({ name, verdict }) => [name, verdict])).toEqual([])
      expect(result.scenarios.length).toBeGreaterThan(5)
      expect(result.bursts).toMatchObject({ runs: 20, counts: { lost: 0 } })
    }, 120_000)

    it.each([[[2, 60]], [[60, 2]]])(
      'are clean where they come back in any order, after %o ms',
      async (backOffMs) => {
        // A cut while one has come further than the other: whoever is faster must not be taken for the slower one.
        const { bursts } = await runWire(await wired(program(['snapshot', 'snapshot'], names, backOffMs)), {
          scenarios: [],
          bursts: 40,
          seed: 1,
          watchdogMs: 3000,
        })
        expect(bursts).toMatchObject({ runs: 40, counts: { lost: 0 } })
        expect(bursts?.failure).toBeUndefined()
      },
      120_000,
    )

    it('are convicted one by one: a correct one beside it does not hide the other', async () => {
      const { scenarios } = await runWire(await wired(program(['snapshot', '$'], names)), {
        scenarios: emptyGap,
        bursts: 0,
        seed: 1,
        watchdogMs: 3000,
      })
      expect(scenarios[0]!.verdict.anomalies[0]).toMatchObject({ code: 'unseen', window: 'empty-gap', value: 's1' })
      // By name it is known which; else it is the one that read second.
      expect([0, 1]).toContain(scenarios[0]!.verdict.anomalies[0]!.consumer)
      if (names !== undefined) expect(scenarios[0]!.verdict.anomalies[0]!.consumer).toBe(1)
    })
  })

  it('are not judged where they come back, ask for the tail, and nothing tells which is which', async () => {
    const runner = wireRunner(await wired(program(['snapshot', 'snapshot'], undefined, [60, 2], true)), 3000)
    const both = [advanceTo('blocked'), advanceTo('blocked', { consumer: 1 })]
    // The second comes further before the first is back.
    const further = [disconnect(), append(1), advanceTo('read-returned', { consumer: 1 }), advanceTo('blocked', { consumer: 1 })]
    const { verdict } = await runner.judge(turnedTo(schedule([...both, ...further, disconnect(1), append(1)]), 0, 2))
    expect(verdict).toMatchObject({ result: 'unknown', anomalies: [], reasons: [expect.stringContaining('which is which cannot be told')] })
    await runner.close()
  })

  it('are the same ones each time, by name', async () => {
    const runner = wireRunner(await wired(program(['snapshot', 'snapshot'], ['reader-a', 'reader-b'])), 3000)
    const steps = [
      advanceTo('blocked'),
      advanceTo('blocked', { consumer: 1 }),
      append(2),
      advanceTo('read-returned', { outcome: 'empty', consumer: 1 }),
      append(1),
    ]
    for (const consumer of [0, 1]) {
      const histories = new Set<string>()
      for (let i = 0; i < 10; i++) {
        const { verdict, run } = await runner.judge(turnedTo(schedule(steps), consumer, 2))
        expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 6, delivered: 6 } })
        histories.add(JSON.stringify(run.history))
      }
      expect(histories.size).toBe(1)
    }
    await runner.close()
  })
})
