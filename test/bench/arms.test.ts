/** The arms outside of the harness say of a sentinel that it was lost where it was, and nowhere else. */
import { describe, expect, it } from 'vitest'
import { takeTurns } from '../../bench/arm.js'
import type { Bench } from '../../bench/detection/bench.js'
import { scheduler } from '../../bench/detection/scheduler.js'
import { losesSentinel } from '../../bench/detection/trial.js'
import { aloneOnModel, aloneOnRedis, aloneOnWire } from '../../bench/rates/alone.js'
import { inLanes } from '../../bench/rates/lanes.js'
import { seedOf } from '../../src/random/seeded.js'
import { systemClock } from '../../src/clock/clock.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { instrument } from '../../src/testing/instrument.js'
import { describeWithRedis } from '../integration/redis.js'

const model = () => new InMemoryStreamRepository({ clock: systemClock })

describe('a trial', () => {
  it('loses nothing that is appended while the consumer waits', async () => {
    const producer = async (append: () => Promise<unknown>) => void (await append())
    expect(await losesSentinel({ repository: model(), timing: 'bare', topic: 't', producer })).toBe(false)
  })

  it('loses what is appended behind an empty read', async () => {
    const probe = instrument(model())
    const empty = probe.signal('read-returned', { outcome: 'empty' })
    const producer = async (append: () => Promise<unknown>) => {
      await empty
      await append()
      probe.release()
    }
    expect(await losesSentinel({ repository: probe.repository, timing: 'bare', topic: 't', producer })).toBe(true)
  })
})

describe("fast-check's scheduler", () => {
  const bench = { quick: true, seed: (name: string) => seedOf(1, name) } as Bench
  const found = async (timing: 'original' | 'bare', form: 'documented' | 'tuned') => {
    const arm = scheduler(bench, timing, form)
    let lost = 0
    for (let run = 0; run < 60; run++) if (await arm.run()) lost++
    return lost
  }

  it('opens the gap in its documented form only where the consumer pauses', async () => {
    expect(await found('original', 'documented')).toBeGreaterThan(10)
    expect(await found('bare', 'documented')).toBe(0)
  })

  it('opens it in either loop where each call is scheduled', async () => {
    expect(await found('original', 'tuned')).toBeGreaterThan(10)
    expect(await found('bare', 'tuned')).toBeGreaterThan(10)
  })

  it('draws the same with the same seed', async () => {
    expect(await found('bare', 'tuned')).toBe(await found('bare', 'tuned'))
  })
})

describe('lanes', () => {
  it('share the schedules that are asked for', async () => {
    const ran = [0, 0]
    const run = (lane: number) => async () => {
      ran[lane]!++
      await Promise.resolve()
    }
    await inLanes('two', [run(0), run(1)], async () => {}).run(21)
    expect(ran).toEqual([11, 10])
  })
})

describe('a consumer alone', () => {
  it('is served whatever it waits for, on the model', async () => {
    const lanes = await aloneOnModel()
    await expect(lanes.run(20)).resolves.toBeUndefined()
    await lanes.close()
  })
})

await describeWithRedis('a consumer alone, on a Redis and over the wire', () => {
  it('is served whatever it waits for', async () => {
    for (const lanes of [await aloneOnRedis(2), await aloneOnWire()]) {
      await expect(lanes.run(20)).resolves.toBeUndefined()
      await lanes.close()
    }
  })
})

describe('turns', () => {
  const arm = (name: string, order: string[], parallel?: number) => ({
    name,
    turn: 4,
    ...(parallel === undefined ? {} : { parallel }),
    run: async () => order.push(name) % 2 === 0,
    close: async () => order.push(`close ${name}`),
  })

  it('alternate, and drop what warms up', async () => {
    const order: string[] = []
    const tallies = await takeTurns([arm('a', order), arm('b', order)], 2)
    expect(order.join('')).toBe('abbbbbaaaaaaaabbbbclose aclose b')
    expect(tallies.map(({ seconds }) => seconds.length)).toEqual([8, 8])
  })

  it('run side by side where the arm says so, and no more than the turn', async () => {
    const [tally] = await takeTurns([arm('a', [], 3)], 1)
    expect(tally!.seconds).toHaveLength(4)
  })
})
