import { describe, expect, it } from 'vitest'
import emptyGap from '../../scenarios/empty-gap.js'
import { type IdOrder, STREAM_IDS, type StreamId } from '../../src/contract/stream-id.js'
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

/** The model with some of its ids' order replaced. */
function ordered(ids: Partial<IdOrder>): Store {
  const store = memoryStore()
  return { ...store, dialect: { ...store.dialect, ids: { ...STREAM_IDS, ...ids } } }
}

describe('a run is judged by the order of ids of its store', () => {
  it('which for the model is that of stream ids', async () => {
    expect(memoryStore().dialect.ids).toBe(STREAM_IDS)
    expect((await judgedOn(memoryStore())).result).toBe('valid')
  })

  it('whatever that is: where ids go down, the same history has appends and deliveries that go back', async () => {
    const { compare } = STREAM_IDS
    const turned = await judgedOn(ordered({ compare: (a, b) => compare(b, a) }))
    expect(turned.history).toEqual((await judgedOn(memoryStore())).history)
    expect(turned.result).toBe('invalid')
    expect(turned.found).toContain('nonmonotonic-append')
    expect(turned.found).toContain('over-read')
  })

  it('and text that is no id there is none', async () => {
    const nothing = await judgedOn(ordered({ isId: (text): text is StreamId => text === STREAM_IDS.origin }))
    expect(nothing.result).toBe('unknown')
  })
})
