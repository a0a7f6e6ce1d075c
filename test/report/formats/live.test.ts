import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveStatus, activityText } from '../../../src/report/formats/live.js'

const activity = { subject: 'RedisStreamRepository', part: 'bursts', done: 1200, total: 5000 }
const pace = { place: { at: 2, of: 3 }, schedules: 1200, ms: 4000, gate: 'read-returned' }

describe('activityText', () => {
  it('says who, what, how much, how fast, until when and where', () => {
    expect(activityText({ ...activity, what: 'empty-gap' }, pace, 200)).toBe(
      'RedisStreamRepository (2/3) · bursts 1,200/5,000 · empty-gap · 300 schedules/s · 13 s left · gate read-returned',
    )
  })

  it('leaves out what can be missed most easily, and keeps to the width', () => {
    expect(activityText(activity, pace, 65)).toBe('RedisStreamRepository (2/3) · bursts 1,200/5,000 · 13 s left')
    expect(activityText(activity, pace, 50)).toBe('RedisStreamRepository (2/3) · bursts 1,200/5,000')
    expect(activityText(activity, pace, 30)).toBe('RedisStreamRepository (2/3)')
    expect(activityText(activity, pace, 10)).toBe('RedisStre…')
  })

  it('says what is left of the time, where that ends it, or ends it first', () => {
    const { subject, part, done } = activity
    expect(activityText({ subject, part, done, leftMs: 9000 }, pace, 200)).toContain('bursts 1,200 · 300 schedules/s · 9.0 s left')
    expect(activityText({ ...activity, leftMs: 9000 }, pace, 200)).toContain('bursts 1,200/5,000 · 300 schedules/s · 9.0 s left')
    expect(activityText({ ...activity, leftMs: 60_000 }, pace, 200)).toContain('13 s left')
  })

  it('guesses no rate from too little, and shows nothing that a terminal would obey', () => {
    const text = activityText({ ...activity, subject: 'a\u001b[2J', done: 0 }, { schedules: 0, ms: 100 }, 200)
    expect(text).toBe('a\\x1b[2J · bursts 0/5,000')
  })
})

describe('LiveStatus', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('counts anew for each part of the suite', () => {
    const status = new LiveStatus(['a', 'b'])
    expect(status.line(80)).toBe('')
    status.doing({ subject: 'b', part: 'scenarios', what: 'empty-gap', done: 0, total: 4 })
    for (let i = 0; i < 10; i++) status.schedule()
    vi.advanceTimersByTime(1000)
    status.event({ type: 'blocked', consumer: 0, read: 1 })
    status.event({ type: 'quiescent', consumer: 0 })
    expect(status.line(80)).toBe('b (2/2) · scenarios 0/4 · empty-gap · 10 schedules/s · gate blocked')
    status.doing({ subject: 'b', part: 'scenarios', what: 'long-idle', done: 1, total: 4 })
    expect(status.line(80)).toBe('b (2/2) · scenarios 1/4 · long-idle · 10 schedules/s · 3.0 s left · gate blocked')
    status.doing({ subject: 'b', part: 'bursts', done: 0, total: 20 })
    expect(status.line(80)).toBe('b (2/2) · bursts 0/20 · gate blocked')
  })
})
