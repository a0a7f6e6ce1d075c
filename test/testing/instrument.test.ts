import { describe, expect, it } from 'vitest'
import { systemClock, virtualClock } from '../../src/clock/clock.js'
import { literalDollar, snapshotCursor } from '../../src/consumers/loops.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { expectNothingLost, instrument } from '../../src/testing/instrument.js'

function setUp(consume: typeof snapshotCursor) {
  const repository = new InMemoryStreamRepository()
  const probe = instrument(repository)
  const stop = new AbortController()
  const context = {
    repository: probe.repository,
    topic: 't',
    clock: virtualClock(),
    signal: stop.signal,
    read: { timeoutMs: 2000, count: 10 },
    status: async () => 'running' as const,
  }
  return { repository, probe, stop, frames: consume(context) }
}

describe('a test by hand, in the manner of the original', () => {
  it('passes on the snapshot cursor', async () => {
    const { repository, probe, stop, frames } = setUp(snapshotCursor)
    const empty = probe.signal('read-returned', { outcome: 'empty' })
    const delivered = probe.collect(frames)
    expect(await empty).toEqual({ gate: 'read-returned', read: 1, outcome: 'empty' })
    await repository.sendData('t', { text: 'in the gap' })
    probe.release()
    await expectNothingLost(delivered, [{ text: 'in the gap' }])
    stop.abort()
    await delivered.stop()
  })

  it('finds what came in several frames of text, and not what was left out of them', async () => {
    const sent = { text: 'longer than one of the chunks' }
    const inChunks = (kept: (at: number) => boolean) =>
      async function* (context: Parameters<typeof snapshotCursor>[0]) {
        for await (const frame of snapshotCursor(context)) {
          const text = `${JSON.stringify(frame)}\n`
          for (let at = 0; at < text.length; at += 10) if (kept(at)) yield text.slice(at, at + 10)
        }
      }
    for (const [kept, outcome] of [
      [() => true, undefined],
      [(at: number) => at !== 30, '1 of 1 sentinels lost'],
    ] as const) {
      const { repository, probe, stop, frames } = setUp(inChunks(kept) as never)
      const delivered = probe.collect(frames)
      await repository.sendData('t', sent)
      const judged = await expectNothingLost(delivered, [sent]).catch((error: Error) => error.message)
      if (outcome === undefined) expect(judged).toBeUndefined()
      else expect(judged).toContain(outcome)
      stop.abort()
      await delivered.stop()
    }
  })

  it('fails on the literal $, with expected and actual', async () => {
    const { repository, probe, stop, frames } = setUp(literalDollar)
    const empty = probe.signal('read-returned', { outcome: 'empty' })
    const delivered = probe.collect(frames)
    await empty
    await repository.sendData('t', { text: 'in the gap' })
    probe.release()
    await expect(expectNothingLost(delivered, [{ text: 'in the gap' }])).rejects.toMatchObject({
      message: expect.stringContaining('1 of 1 sentinels lost'),
      expected: [{ text: 'in the gap' }],
      actual: [],
    })
    stop.abort()
    await delivered.stop()
  })

  it('holds the consumer until it is released, and not longer', async () => {
    const { repository, probe, stop, frames } = setUp(snapshotCursor)
    const called = probe.signal('read-called')
    const delivered = probe.collect(frames)
    await called
    await repository.sendData('t', 1)
    await systemClock.sleep(0)
    expect(delivered.frames).toEqual([{ type: 'connected', cursor: '0-0' }])
    probe.release()
    expect(await delivered.until((seen) => seen.length > 1)).toBe(true)
    stop.abort()
    await delivered.stop()
  })

  it('hands on the error of a consumer that throws', async () => {
    const probe = instrument(new InMemoryStreamRepository())
    const delivered = probe.collect(
      (async function* () {
        yield 1
        throw new Error('gave up')
      })(),
    )
    await expect(expectNothingLost(delivered, [2])).rejects.toThrow('gave up')
  })
})
