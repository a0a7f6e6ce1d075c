import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heartbeat, sharedHeartbeat, stopwatch, systemClock, today, wallTime } from '../../src/clock/clock.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the system clock', () => {
  it('tells the time of the machine', () => {
    vi.setSystemTime(1234)
    expect(systemClock.now()).toBe(1234)
  })

  it('knows the day, which is the same all over the world', () => {
    vi.setSystemTime(Date.UTC(2027, 0, 31, 23, 59, 59))
    expect([today(), wallTime()]).toEqual(['2027-01-31', Date.UTC(2027, 0, 31, 23, 59, 59)])
  })

  it('sleeps for its time', async () => {
    const woke = vi.fn<() => void>()
    void systemClock.sleep(100).then(woke)
    await vi.advanceTimersByTimeAsync(99)
    expect(woke).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(woke).toHaveBeenCalledOnce()
  })

  it('wakes at once when it is told to, and leaves no timer behind', async () => {
    const controller = new AbortController()
    const asleep = systemClock.sleep(100, controller.signal)
    controller.abort()
    await asleep
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not sleep where it was told before', async () => {
    await systemClock.sleep(100, AbortSignal.abort())
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the heartbeat', () => {
  it('beats until it is stopped', () => {
    const tick = vi.fn<() => void>()
    const stop = heartbeat(50, tick)
    vi.advanceTimersByTime(149)
    expect(tick).toHaveBeenCalledTimes(2)
    stop()
    vi.advanceTimersByTime(1000)
    expect([tick.mock.calls.length, vi.getTimerCount()]).toEqual([2, 0])
  })
})

describe('the shared heartbeat', () => {
  const beat = () =>
    new Promise<void>((resolve) => {
      const stop = sharedHeartbeat(() => {
        stop()
        resolve()
      })
    })

  it('beats for all who have not gone, and anew after all had, whoever has stopped time', async () => {
    const gone = vi.fn<() => void>()
    sharedHeartbeat(gone)()
    await Promise.all([beat(), beat()])
    // Nobody is left behind any of these, so the next begins anew.
    await beat()
    await beat()
    expect(gone).not.toHaveBeenCalled()
  })
})

describe('the stopwatch', () => {
  it('tells how long it has been', () => {
    const elapsed = stopwatch()
    vi.advanceTimersByTime(250)
    expect(elapsed()).toBe(250)
  })
})
