import { describe, expect, it } from 'vitest'
import { WireFaults } from '../../../src/sources/wire/faults.js'
import type { Line } from '../../../src/dialects/redis/wire/probe.js'

/** Notes what it is told. */
function line() {
  const told: string[] = []
  const follows = { accepts: (they: boolean) => told.push(`accepts ${they}`), slow: (bytes: number) => told.push(`slow ${bytes}`) }
  return { told, line: follows as unknown as Line }
}

describe('a fault of replies', () => {
  it('is met by the next reply to its consumer, and by that one alone', () => {
    const faults = new WireFaults()
    faults.arm({ reply: 1, is: 'lost' })
    expect(faults.take(0)).toEqual({ is: 'forwarded' })
    expect(faults.take(1)).toEqual({ is: 'lost' })
    expect(faults.take(1)).toEqual({ is: 'forwarded' })
  })

  it('waits in line behind the one before', () => {
    const faults = new WireFaults()
    faults.arm({ reply: 0, is: 'torn' })
    faults.arm({ reply: 0, is: 'error', error: 'LOADING' })
    faults.arm({ reply: 0, is: 'error' })
    faults.arm({ reply: 0, is: 'withheld' })
    expect([1, 2, 3, 4].map(() => faults.take(0))).toEqual([
      { is: 'torn' },
      { is: 'error', error: 'LOADING' },
      { is: 'error', error: 'ERR injected by the schedule' },
      { is: 'withheld' },
    ])
  })

  it('is told of in words while nothing has met it', () => {
    const faults = new WireFaults()
    expect(faults.unmet).toBeUndefined()
    faults.arm({ reply: 2, is: 'withheld' })
    expect(faults.unmet).toBe('a reply to consumer 2 that is withheld')
    faults.take(2)
    expect(faults.unmet).toBeUndefined()
  })

  it('does not outlive its run', () => {
    const faults = new WireFaults()
    faults.arm({ reply: 0, is: 'lost' })
    faults.clear()
    expect(faults.unmet).toBeUndefined()
    expect(faults.take(0)).toEqual({ is: 'forwarded' })
  })
})

describe('a fault of connections', () => {
  it("is that of its consumer's present line", () => {
    const faults = new WireFaults()
    const [old, now, other] = [line(), line(), line()]
    faults.follow(0, old.line)
    faults.follow(0, now.line)
    faults.follow(1, other.line)
    faults.arm({ connections: 0, are: 'refused' })
    faults.arm({ connections: 0, are: 'accepted' })
    faults.arm({ slow: 0, bytesPerSecond: 100 })
    faults.arm({ slow: 1, bytesPerSecond: 7 })
    expect([old.told, now.told, other.told]).toEqual([[], ['accepts false', 'accepts true', 'slow 100'], ['slow 7']])
  })

  it('is nothing to a consumer that has no line yet', () => {
    new WireFaults().arm({ connections: 0, are: 'refused' })
  })
})
