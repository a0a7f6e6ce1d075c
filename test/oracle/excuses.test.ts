import { describe, expect, it } from 'vitest'
import type { History, HistoryEvent } from '../../src/history/event.js'
import { type Verdict, check } from '../../src/oracle/check.js'
import { type Story, history } from './histories.js'

const verdictsOf = (events: History) => (['at-least-once', 'at-most-once'] as const).map((delivery) => check(events, { delivery }))
const lostBy = ({ anomalies }: Verdict) => anomalies.map(({ value }) => value)

/** Lost, unless it is declared to deliver at most once. */
function excused(story: Story, excuse: NonNullable<Verdict['excused']>, values: readonly string[] = ['s1']) {
  const [owing, excusing] = verdictsOf(story.end())
  expect(lostBy(owing!)).toEqual(values)
  expect(owing).not.toHaveProperty('excused')
  expect(excusing).toMatchObject({ anomalies: [], excused: excuse })
}

/** Lost, whatever it declares. */
function owed(story: Story, values: readonly string[] = ['s1']) {
  const events = story.end()
  expect(verdictsOf(events).map(lostBy)).toEqual([values, values])
  expect(check(events, { delivery: 'at-most-once' })).not.toHaveProperty('excused')
}

const NEW = { cursor: '>', acknowledges: true }
const KEPT = { cursor: '>' }
const started = (...values: readonly string[]) =>
  history()
    .connected('0-0')
    .append(...values)
const command = (name: string, does: 'acknowledge' | 'remove' | 'claim', more: { error?: string; gave?: readonly string[] } = {}) => {
  const about = { consumer: 0, command: name, does: [does] } as const
  return [
    { type: 'command-called', ...about },
    { type: 'command-returned', ...about, ...more },
  ] as const satisfies readonly HistoryEvent[]
}
const acknowledged = command('XACK', 'acknowledge')
const refused = command('XACK', 'acknowledge', { error: 'the connection was cut' })

const SUBSCRIBE = { consumer: 0, command: 'SUBSCRIBE', does: ['listen'] } as const
/** It listens, and a channel tells of s1. */
const told = () =>
  history()
    .session()
    .event({ type: 'command-called', ...SUBSCRIBE }, { type: 'command-returned', ...SUBSCRIBE })
    .announced()
    .append('s1')
    .event({ type: 'notification', value: 's1' })

describe('one that delivers at most once does not owe', () => {
  it('what its group gave out in a reply that was lost', () => {
    for (const how of [NEW, KEPT]) {
      excused(started('s1').reading(how).lost('s1').idle(how), { replyLost: 1 })
      excused(started('s1', 's2').reading(how).lost('s1').reading(how).served('s2'), { replyLost: 1 })
      excused(started('s1', 's2').reading(how).lost('s1', 's2').idle(how), { replyLost: 2 }, ['s1', 's2'])
    }
  })

  it('what it had been given when its connection was cut', () => {
    const cut = (how: typeof KEPT) => started('s1', 's2').reading(how).batch('s1', 's2').deliver('s1').disconnected().idle(how)
    for (const how of [NEW, KEPT]) excused(cut(how), { brokenOff: 1 }, ['s2'])
  })

  it('what it acknowledged first, where it never heard of that', () => {
    const given = () => started('s1').reading(KEPT).batch('s1')
    excused(
      given()
        .event(...refused)
        .idle(KEPT),
      { brokenOff: 1 },
    )
    excused(
      given()
        .event(...acknowledged)
        .disconnected()
        .idle(KEPT),
      { brokenOff: 1 },
    )
  })

  it('what it took off the log first, where it never heard of that', () => {
    const taken = started('s1').reading().batch('s1')
    excused(taken.event(...command('XDEL', 'remove', { error: 'the connection was cut' })).idle(), { brokenOff: 1 })
  })

  it('what a channel told of while it did not hear it', () => {
    excused(told().reading({ cursor: '1-0' }).emptied(), { unheard: 1 })
  })

  it('and where nothing else was to be delivered, that is why the run shows nothing', () => {
    const [, verdict] = verdictsOf(started('s1').reading(NEW).lost('s1').idle(NEW).end())
    expect(verdict).toMatchObject({ result: 'unknown', counts: { owed: 0, lost: 0 }, reasons: [expect.stringContaining('at most once')] })
  })
})

describe('and owes', () => {
  it('what it was given, and dropped while nothing failed', () => {
    owed(started('s1', 's2').reading(NEW).batch('s1', 's2').deliver('s1').idle(NEW), ['s2'])
    owed(
      started('s1', 's2')
        .reading(KEPT)
        .batch('s1', 's2')
        .deliver('s1')
        .event(...acknowledged)
        .idle(KEPT),
      ['s2'],
    )
    // What failed before it was given has nothing to do with it, nor has what failed when it had long asked for more.
    owed(started('s1').disconnected().reading(NEW).batch('s1').idle(NEW))
    owed(started('s1').reading(NEW).batch('s1').reading(NEW).blocked().disconnected().returned('error').ended('error'))
  })

  it('what it got after all, from the pending list or by a claim, and dropped then', () => {
    const lost = () => started('s1').reading(KEPT).lost('s1')
    owed(lost().reading({ cursor: 'pending' }).batch('s1').idle(KEPT))
    owed(
      lost()
        .event(...command('XAUTOCLAIM', 'claim', { gave: ['s1'] }))
        .idle(KEPT),
    )
  })

  it('what a channel told it of, and it let lie', () => {
    owed(told().event({ type: 'notified', consumer: 0, value: 's1' }).reading({ cursor: '1-0' }).emptied())
  })

  it('what no reply held', () => {
    owed(started('s1').reading(NEW).lost().idle(NEW))
    owed(started('s1').reading(NEW).returned('error', { error: 'NOGROUP' }).ended('error').idle(NEW))
  })

  it('what lies in the log still, and was asked for by a cursor of its own', () => {
    owed(started('s1').reading().lost('s1').idle({ cursor: '$' }))
    owed(started('s1').reading().batch('s1').disconnected().idle())
    owed(started().idle({ cursor: '$' }).append('s1').idle({ cursor: '$' }))
  })

  it('a sign of life', () => {
    const dead = history().connected('0-0').append('s1').poll('s1').idle().waiting().quiescent().append('fence').reading(NEW)
    expect(verdictsOf(dead.lost('fence').waiting().quiescent().witnessed()).map(lostBy)).toEqual([['fence'], ['fence']])
  })
})
