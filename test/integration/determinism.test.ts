/** The same schedule gives the same bytes: over and over on one store, and on the model and a real Redis alike. */
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { entryOf, isAnnouncement, literalDollar } from '../../src/consumers/loops.js'
import type { Scenario } from '../../src/schedule/scenario.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { lackOf } from '../../src/dialects/store.js'
import { openStore } from '../../src/dialects/open-store.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { Runner } from '../../src/run/runner.js'
import { onModel } from '../support/subjects.js'
import { describeWithRedis } from './redis.js'

const onRedis: SubjectDefinition = { name: 'redis', store: 'redis', open: ({ url }) => new RedisStreamRepository(url) }
const dollar = { consume: literalDollar, entryOf, isAnnouncement }

async function bytes(runner: Runner, { schedule, consumer }: Scenario): Promise<string> {
  return JSON.stringify((await runner.judge(schedule, { consumer })).run.history)
}

await describeWithRedis('determinism', ({ url }) => {
  for (const name of ['empty-gap', 'batch-gap', 'two-consumers']) {
    it(`gives one history for ${name} over 100 runs on a real Redis`, async () => {
      const store = await openStore('redis', { url })
      const scenario = scenarios.find((each) => each.name === name)!
      for (const subject of [onRedis, { ...onRedis, ...dollar }]) {
        const runner = new Runner(subject, store)
        const seen = new Set<string>()
        for (let i = 0; i < 100; i++) seen.add(await bytes(runner, scenario))
        await runner.close()
        expect(seen.size).toBe(1)
      }
      await store.close()
    })
  }

  describe('on the model as on a real Redis', () => {
    // Connections that are cut say so in the words of whoever lost them.
    const inWords = (history: string) => history.replaceAll(/"error":"[^"]*"/g, '"error":""')
    // A real server refuses nothing when it is told to.
    const followed = scenarios.filter(({ schedule: { steps } }) => steps.every((step) => lackOf({}, step) === undefined))
    for (const scenario of followed) {
      it(scenario.name, async () => {
        const store = await openStore('redis', { url })
        const redis = new Runner(onRedis, store)
        const model = new Runner(onModel(), memoryStore())
        expect(inWords(await bytes(redis, scenario))).toBe(inWords(await bytes(model, scenario)))
        await Promise.all([redis.close(), model.close()])
        await store.close()
      })
    }
  })
})
