import { describe, expect, it } from 'vitest'
import emptyGap from '../../scenarios/empty-gap.js'
import { STREAM_IDS } from '../../src/contract/stream-id.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { Store } from '../../src/dialects/store.js'
import { Runner } from '../../src/run/runner.js'
import { snapshot } from '../support/subjects.js'

async function judgedOn(store: Store) {
  const runner = new Runner(snapshot(), store)
  const { run, verdict } = await runner.judge(emptyGap.schedule)
  await runner.close()
  return { history: run.history, found: new Set(verdict.anomalies.map(({ code }) => code)), result: verdict.result }
}

describe('a run is judged by the order of ids of its store', () => {
  it('which for the model is that of stream ids', async () => {
    expect(memoryStore().ids).toBe(STREAM_IDS)
    expect((await judgedOn(memoryStore())).result).toBe('valid')
  })

  it('whatever that is: where ids go down, the same history has appends and deliveries that go back', async () => {
    const { compare } = STREAM_IDS
    const turned = await judgedOn({ ...memoryStore(), ids: { ...STREAM_IDS, compare: (a, b) => compare(b, a) } })
    expect(turned.history).toEqual((await judgedOn(memoryStore())).history)
    expect(turned.result).toBe('invalid')
    expect(turned.found).toContain('nonmonotonic-append')
    expect(turned.found).toContain('over-read')
  })

  it('and text that is no id there is none', async () => {
    const nothing = await judgedOn({ ...memoryStore(), ids: { ...STREAM_IDS, isId: (text) => text === STREAM_IDS.origin } })
    expect(nothing.result).toBe('unknown')
  })
})
