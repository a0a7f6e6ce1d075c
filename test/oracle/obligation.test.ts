import { describe, expect, it } from 'vitest'
import { FENCE, type History, type HistoryEvent } from '../../src/history/event.js'
import { obligationOf } from '../../src/oracle/obligation.js'
import { type Story, anomaliesOf, history } from './histories.js'

/** Of the first anomaly. */
const obligation = (lost: History): string => obligationOf(lost, anomaliesOf(lost)[0]!)

const notified = (...values: readonly string[]): readonly HistoryEvent[] => values.map((value) => ({ type: 'notification', value }))

describe('an entry that was lost', () => {
  it('was appended behind a promise, which an announcement made, the tail, or the first read', () => {
    const lost = (story: Story) => obligation(story.append('s1').reading({ cursor: '1-0' }).emptied().end())
    expect(lost(history().connected())).toBe('an entry, appended after the announcement of a session from tail, no channel, session open')
    expect(lost(history().session().tail('0-0'))).toContain('after the tail of a session from tail')
    expect(lost(history().session().reading({ cursor: '$' }).emptied())).toContain('after the first read of a session from tail')
  })

  it('was there before its session made one, or before it began', () => {
    const lost = (story: Story) => obligation(story.reading({ cursor: '1-0' }).emptied().end())
    const before = 'an entry, there before a session from beginning, no channel, session open'
    expect(lost(history().append('s1').session('beginning').announced())).toBe(before)
    expect(lost(history().session('beginning').append('s1').announced())).toBe(before)
    expect(lost(history().session('beginning').announced().append('s1'))).toContain('after the announcement of a session from beginning')
  })

  it('is the fence, or not', () => {
    const dead = history().connected().append('s1').poll('s1').idle().waiting().quiescent().append(FENCE).emptied().waiting()
    expect(obligation(dead.quiescent().witnessed())).toMatch(/^the fence, /)
  })

  it('was told of, by nobody, or after a later one', () => {
    const lost = (...told: readonly string[]) => {
      const story = history()
        .connected()
        .append('s1', 's2', 's3')
        .event(...notified(...told))
      return obligation(story.reading({ cursor: '1-0' }).served('s2', 's3').end())
    }
    expect(lost()).toContain(', no channel,')
    expect(lost('s2', 's3')).toContain(', nobody told,')
    expect(lost('s1', 's2', 's3')).toContain(', told,')
    expect(lost('s2', 's1')).toContain(', told after a later one,')
  })

  it('was owed by a session that is open, has ended by itself, or by a read that failed', () => {
    const quits = (story: Story) => obligation(story.closed('ended').witnessed())
    expect(quits(history().connected().append('s1'))).toMatch(/, session ended$/)
    expect(quits(history().connected().append('s1').reading().returned('error').ended('error'))).toMatch(
      /, session ended after a failed read$/,
    )
    const cut = history().connected().append('s1').waiting().disconnected().returned('error').ended('error').closed('threw', 'gone')
    expect(obligation(cut.witnessed())).toMatch(/, session threw after a failed read$/)
  })
})

describe('anything else', () => {
  it('is about no entry that was owed and is missing', () => {
    expect(obligation(history().connected().append('s1').poll('s1').deliver('s1').end())).toBe('')
    expect(obligation(history().connected().reading().returned('empty', { early: true }).ended().append('s1').poll('s1').end())).toBe('')
  })
})
