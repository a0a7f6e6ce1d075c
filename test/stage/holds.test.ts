import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Holds } from '../../src/stage/holds.js'

describe('holds', () => {
  async function order(holds: Holds, blockEnds?: number): Promise<string[]> {
    const released: string[] = []
    for (const [name, until] of [
      ['gate', undefined],
      ['late', 500],
      ['soon', 100],
      ['other gate', undefined],
    ] as const)
      holds.hold(() => released.push(name), until)
    while (holds.releaseGate() || holds.releasePause(blockEnds)) await Promise.resolve()
    await Promise.resolve()
    return released
  }

  it('are gates, the oldest first, and then pauses as their time comes', async () => {
    expect(await order(new Holds())).toEqual(['gate', 'other gate', 'soon', 'late'])
  })

  it('are released behind those that are kept back', () => {
    const holds = new Holds()
    const released: string[] = []
    for (const name of ['first', 'second', 'third']) holds.hold(() => released.push(name))
    holds.hold(() => released.push('pause'), 100)
    expect(holds.gates).toBe(3)
    expect([holds.releaseGate(1), holds.releaseGate(1), holds.releaseGate(1)]).toEqual([true, true, false])
    expect(released).toEqual(['second', 'third'])
    expect([holds.gates, holds.count]).toEqual([1, 2])
  })

  it('leave a BLOCK its turn where it ends before a pause', async () => {
    const holds = new Holds()
    expect(await order(holds, 200)).toEqual(['gate', 'other gate', 'soon'])
    expect(holds.count).toBe(1)
    expect(holds.releasePause(500)).toBe(true)
  })

  it('say of a pause that its signal ended it', async () => {
    const holds = new Holds()
    const signal = new AbortController()
    const over: unknown[] = []
    holds.hold((cancelled) => over.push('pause', cancelled), 100, signal.signal)
    holds.hold((cancelled) => over.push('other', cancelled), 100)
    signal.abort()
    expect(over).toEqual(['pause', true])
    holds.releaseAll()
    expect(over).toEqual(['pause', true, 'other', false])
    expect(holds.count).toBe(0)
  })
  it('listen to no signal that aborts with the session itself', async () => {
    const { signal } = new AbortController()
    const holds = new Holds(signal)
    const over: unknown[] = []
    holds.hold((cancelled) => over.push(cancelled), 100, signal)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    holds.releaseAll()
    expect(over).toEqual([true])
  })
})
