/** Reads that consumers share: what they promise, and that a run which cannot be judged is unknown, never invalid. */
import { describe, expect, it } from 'vitest'
import { ORIGIN } from '../../../src/contract/stream-id.js'
import { InMemoryStreamRepository } from '../../../src/model/in-memory-repository.js'
import { coalescing, correctImplementations } from '../../../src/kit/correct/correct.js'
import { readAll } from '../../../src/kit/mutants/decorate.js'
import type { Step } from '../../../src/schedule/step.js'
import { schedule } from '../../../src/schedule/schedule.js'
import { memoryStore } from '../../../src/dialects/memory/memory-store.js'
import { Runner } from '../../../src/run/runner.js'

const OPTIONS = { timeoutMs: 60_000, count: 10 }

function opened() {
  const model = new InMemoryStreamRepository({ clock: null })
  const repository = coalescing(model)
  const read = (signal?: AbortSignal) => readAll(repository, 'topic', ORIGIN, { ...OPTIONS, ...(signal === undefined ? {} : { signal }) })
  /** Until the reads that were begun wait. */
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { model, repository, read, settled, waiting: () => model.stream.waiting().length }
}

describe('two reads above the same cursor', () => {
  it('wait as one, and both have what came', async () => {
    const { repository, read, settled, waiting } = opened()
    const both = [read(), read()]
    await settled()
    expect(waiting()).toBe(1)
    const id = await repository.sendData('topic', 'x')
    expect(await Promise.all(both)).toEqual([[{ id, data: 'x' }], [{ id, data: 'x' }]])
  })

  it('do not end each other: the wait goes on until nobody is left', async () => {
    const { repository, read, settled, waiting } = opened()
    const [first, second] = [new AbortController(), new AbortController()]
    const [one, two] = [read(first.signal), read(second.signal)]
    await settled()
    first.abort()
    expect(await one).toEqual([])
    expect(waiting()).toBe(1)
    const three = read()
    await settled()
    second.abort()
    expect(await two).toEqual([])
    expect(waiting()).toBe(1)
    await repository.sendData('topic', 'x')
    expect(await three).toHaveLength(1)
    expect(waiting()).toBe(0)
  })
})

it('is never accused, whatever two consumers do', { timeout: 60_000 }, async () => {
  const { default: fc } = await import('fast-check')
  const coalesced = correctImplementations.find(({ name }) => name === 'coalescing')!
  const runner = new Runner(coalesced.subject('memory'), memoryStore(), { watchdogMs: 20 })
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.nat(1).map((advance): Step => ({ advance })) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }).map((append): Step => ({ append })) },
    { weight: 1, arbitrary: fc.nat(1).map((abort): Step => ({ abort })) },
  )
  const results = new Map<string, number>()
  for (const steps of fc.sample(fc.array(step, { minLength: 8, maxLength: 24 }), { numRuns: 60, seed: 4 })) {
    const { verdict } = await runner.judge(schedule(steps, { consumers: 2 }))
    results.set(verdict.result, (results.get(verdict.result) ?? 0) + 1)
    expect(verdict.anomalies).toEqual([])
  }
  await runner.close()
  expect(runner.leak).toBeUndefined()
  expect(results.get('unknown')).toBeGreaterThan(0)
})
