import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../src/clock/clock.js'

describe('virtual time', () => {
  it('jumps: an hour takes no time, and has passed', async () => {
    const clock = virtualClock()
    expect(clock.now()).toBe(0)
    await clock.sleep(3_600_000)
    await clock.sleep(1)
    expect(clock.now()).toBe(3_600_001)
  })

  it('wakes sleepers in the order of their deadlines, and of their calls where those are equal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20)), async (sleeps) => {
        const clock = virtualClock()
        const woken: (readonly [number, number])[] = []
        await Promise.all(
          sleeps.map(async (ms, i) => {
            await clock.sleep(ms)
            woken.push([clock.now(), i])
          }),
        )
        expect(woken).toEqual(sleeps.map((ms, i) => [ms, i] as const).sort((a, b) => a[0] - b[0]))
      }),
    )
  })

  it('stands still while there is something else to do', async () => {
    const clock = virtualClock()
    const order: string[] = []
    const slept = clock.sleep(1).then(() => order.push('slept'))
    for (let i = 0; i < 100; i++) await Promise.resolve().then(() => order.push('worked'))
    await slept
    expect(order).toEqual([...Array.from({ length: 100 }, () => 'worked'), 'slept'])
  })

  it('wakes who is aborted at once, at the time that it is, and forgets the deadline', async () => {
    const clock = virtualClock()
    const controller = new AbortController()
    const slept = clock.sleep(100, controller.signal).then(() => clock.now())
    controller.abort()
    expect(await slept).toBe(0)
    await clock.sleep(10)
    expect(clock.now()).toBe(10)
  })

  it('does not sleep where it was aborted before', async () => {
    const clock = virtualClock()
    await clock.sleep(100, AbortSignal.abort())
    expect(clock.now()).toBe(0)
  })

  it('goes on for those who sleep again', async () => {
    const clock = virtualClock()
    const seen: number[] = []
    const ticker = async (ms: number) => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(ms)
        seen.push(clock.now())
      }
    }
    await Promise.all([ticker(10), ticker(25)])
    expect(seen).toEqual([10, 20, 25, 30, 50, 75])
  })

  it("is nobody else's", async () => {
    const [one, other] = [virtualClock(), virtualClock()]
    await one.sleep(5)
    expect([one.now(), other.now()]).toEqual([5, 0])
  })
})
