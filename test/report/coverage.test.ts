/** What counts as tried, at which gate and in which window, and what could have been and was not. */
import { describe, expect, it } from 'vitest'
import { INJECTED } from '../../src/history/event.js'
import {
  type Coverage,
  type Disturbance,
  DISTURBANCE_NAMES,
  Tally,
  addCoverage,
  placeText,
  summaryOf,
  timesAt,
  untriedText,
  wordsOf,
} from '../../src/report/coverage.js'
import { abort, advance, append, disconnect, restart } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { type Story, history } from '../oracle/histories.js'

const ALL: ReadonlySet<Disturbance> = new Set(DISTURBANCE_NAMES)
const fault = { error: `${INJECTED}: this read fails` }

interface Counting {
  readonly steps?: readonly Step[]
  readonly disturbances?: ReadonlySet<Disturbance>
  readonly wire?: boolean
}

const covered = (story: Story, { steps = [], disturbances = ALL, wire = false }: Counting = {}): Coverage => {
  const tally = new Tally()
  tally.note({ history: story.end(), schedule: schedule(steps) })
  return tally.coverage({ disturbances, wire })!
}

/** `blocked @in-block: append 1`: what fell where. */
const fallen = (story: Story, counting?: Counting): readonly string[] =>
  covered(story, counting).places.flatMap((place) => {
    const fell = Object.entries(place.fell).filter(([name, times]) => times > 0 && name !== 'time-out')
    return fell.length === 0 ? [] : [`${placeText(place)}: ${fell.map(([name, times]) => `${name} ${times}`).join(', ')}`]
  })

const step = (index: number) => ({ type: 'step', index }) as const

describe('an append counts', () => {
  it.each<[string, Story, string]>([
    [
      'before the tail reaches the store',
      history().session().tailCalled().append('s1').tailSent().tailReturned('0-0'),
      'tail-called @connect-gap',
    ],
    ['after the announcement', history().connected().append('s1'), 'announced @connect-gap'],
    ['before the first read', history().connected().readCalled().append('s1').readSent().served('s1'), 'read-called @connect-gap'],
    ['while a read waits', history().connected().waiting().append('s1').served('s1'), 'blocked @in-block'],
    ['behind an empty read', history().connected().waiting().expired().returned('empty').append('s1').ended(), 'read-returned @empty-gap'],
    ['in the pause behind it', history().connected().idle().paused().append('s1'), 'paused @empty-gap'],
    [
      'before the read that follows',
      history().connected().idle().readCalled().append('s1').readSent().served('s1'),
      'read-called @empty-gap',
    ],
    [
      'between entries of a batch',
      history().append('s1').connected().reading().returned('batch').entry('s1').deliver('s1').append('s2').ended(),
      'delivered @batch-gap',
    ],
    ['behind an error', history().connected().reading().returned('error').append('s1').ended('error'), 'read-returned @error-gap'],
    ['while the client is away', history().connected().aborted().closed('aborted').append('s1').session('id', '0-0').poll('s1'), 'closed'],
  ])('%s', (_, story, place) => expect(fallen(story).filter((each) => each.includes('append'))).toEqual([`${place}: append 1`]))

  it('at the place of each consumer', () => {
    const both = history().connected().idle().paused().as(1).connected().waiting().append('s1').served('s1').as(0)
    expect(fallen(both)).toEqual(['blocked @in-block: append 1', 'paused @empty-gap: append 1'])
  })

  it('once for a step, however many entries it adds, and again in the next step', () => {
    const thrice = history().connected().event(step(0)).append('s1', 's2', 's3').event(step(1)).append('s4')
    expect(fallen(thrice, { steps: [append(3), append(1)] })).toEqual(['announced @connect-gap: append 2'])
  })

  it('as that of another writer, where the step says so', () => {
    const story = history().connected().event(step(0)).append('s1')
    expect(fallen(story, { steps: [append(1, { writer: 'another' })] })).toEqual(['announced @connect-gap: other-writer 1'])
  })

  it('as one for others to whom it is not owed', () => {
    const story = history().as(1).connected().as(0).connected()
    story.event({ type: 'append-called', value: 's1', withheldFrom: [0] }).acknowledged('s1')
    expect(fallen(story)).toEqual(['announced @connect-gap: append 1, foreign 1'])
  })

  it('as one that failed, whether it was written or not', () => {
    const story = history().connected().event(step(0)).rejected('s1').event(step(1)).unknown('s2')
    expect(fallen(story)).toEqual(['announced @connect-gap: failing-append 2'])
  })
})

describe('nothing counts', () => {
  it.each<[string, Story]>([
    ['where nobody is held: before anybody has come', history().append('s1').connected()],
    ['on its way to a gate', history().connected().reading().append('s1').served('s1')],
    ['of the fence', history().connected()],
    ['where a removal found nothing', history().connected().event({ type: 'removed', how: 'trim', ids: [] })],
    ['of a fault that no call met', history().connected().event({ type: 'fault-armed', what: 'read', times: 1 })],
    ['of a read that failed by itself', history().connected().reading().returned('error', { error: 'no route' }).ended('error')],
    ['of a tail that did', history().session().tailCalled().tailSent().tailFailed().tail('0-0')],
    ['behind the end of a session that goes on', history().connected().aborted().readCalled().closed('aborted')],
  ])('%s', (_, story) => expect(fallen(story).filter((each) => !each.includes('leaving'))).toEqual([]))

  it('where it was let go and held nowhere: it waits in its process', () => {
    const story = () => history().connected().event(step(0))
    expect(fallen(story().event(step(1)).append('s1'), { steps: [advance(), append(1)] })).toEqual([])
    expect(fallen(story().paused().event(step(1)).append('s1'), { steps: [advance(), append(1)] })).toEqual([
      'paused @connect-gap: append 1',
    ])
    // It is another's move.
    expect(fallen(story().event(step(1)).append('s1'), { steps: [advance(1), append(1)] })).toEqual(['announced @connect-gap: append 1'])
  })
})

describe('a fault counts where it strikes', () => {
  it.each<[string, Story, string]>([
    ['the first read', history().connected().reading().returned('error', fault).ended('error'), 'read-called @connect-gap: failing-read 1'],
    [
      'one behind an empty one',
      history().connected().idle().reading().returned('error', fault).ended('error'),
      'read-called @empty-gap: failing-read 1',
    ],
    [
      'two in a row',
      history().connected().idle().reading().returned('error', fault).ended('error').reading().returned('error', fault).ended('error'),
      'read-called @empty-gap: failing-read 1, read-called @error-gap: failing-read 1',
    ],
    ['one that waits', history().connected().waiting().returned('error', fault).ended('error'), 'blocked @in-block: failing-read 1'],
    [
      'in the middle of a batch',
      history()
        .append('s1')
        .connected()
        .reading()
        .returned('batch')
        .entry('s1')
        .deliver('s1')
        .event({ type: 'read-ended', consumer: 0, read: 1, how: 'error', ...fault }),
      'read-returned @batch-gap: failing-read 1',
    ],
    ['a tail', history().session().tailCalled().tailSent().tailFailed(fault.error).tail('0-0'), 'tail-called @connect-gap: failing-tail 1'],
    [
      'the connection of a read that waits',
      history().connected().waiting().disconnected().returned('error').ended('error'),
      'blocked @in-block: cut 1',
    ],
  ])('%s', (_, story, where) => expect(fallen(story).join(', ')).toBe(where))

  it('where an answer is lost on the wire, and with what is appended once that is said', () => {
    const story = history().connected().waiting().event({ type: 'wire-fault', consumer: 0, what: 'next reply lost' }).append('s1')
    expect(fallen(story.returned('error', fault).ended('error').poll('s1'), { wire: true })).toEqual([
      'blocked @in-block: append 1, failing-read 1',
    ])
  })

  it('with what is one transaction with a cut at the connection that has not come back', () => {
    const story = history().connected().waiting().event(step(0)).disconnected().append('s1').returned('error').ended('error').poll('s1')
    expect(fallen(story, { steps: [disconnect(), append(1)] })).toEqual(['blocked @in-block: cut 1', 'blocked @error-gap: append 1'])
  })

  it('a time-out, at the read that waits', () => {
    const [place] = covered(history().connected().idle()).places.filter(({ gate }) => gate === 'blocked')
    expect(timesAt(place!, 'time-out')).toBeGreaterThan(0)
  })
})

describe('what else comes in between', () => {
  it('is counted by its kind', () => {
    const story = history().append('s1').connected().poison().remove('delete', 's1').event({ type: 'elsewhere', value: 'x1' }).finished()
    expect(fallen(story)).toEqual(['announced @connect-gap: poison 1, removal 1, elsewhere 1, finish 1'])
  })

  it('is a client that leaves, and comes back from there', () => {
    const left = history().append('s1').connected().poll('s1').event(step(0)).aborted().closed('aborted')
    expect(fallen(left, { steps: [abort()] })).toEqual(['delivered @batch-gap: leaving 1'])
    const back = history()
      .append('s1')
      .connected()
      .poll('s1')
      .event(step(0))
      .aborted()
      .closed('aborted')
      .event(step(1))
      .session('id', '1-0')
    expect(fallen(back, { steps: [abort(), restart('last-id')] })).toEqual(['delivered @batch-gap: leaving 1, returning 1'])
  })

  it('is a client that comes back to one that has ended by itself', () => {
    expect(fallen(history().connected().idle().closed().session('id', '0-0'))).toEqual(['read-returned @empty-gap: returning 1'])
  })
})

it('has for each place how many steps were performed while a consumer was held there, and none of the drain', () => {
  const story = history().connected().event(step(0)).append('s1').event(step(1)).readCalled().event(step(2)).readSent().served('s1')
  const { places } = covered(story, { steps: [append(1), advance(), advance()] })
  expect(places.filter(({ held }) => held > 0).map((place) => [placeText(place), place.held])).toEqual([
    ['announced @connect-gap', 2],
    ['read-called @connect-gap', 1],
  ])
  expect(places.find(({ gate }) => gate === 'blocked')).toMatchObject({ held: 0 })
})

describe('what could have been', () => {
  const { places } = covered(history().connected().idle().closed().session().connected())
  const possible = (gate: string) => Object.keys(places.find((place) => place.gate === gate)?.fell ?? {})

  it('is a zero, and what cannot be there is missing', () => {
    expect(possible('tail-called')).toContain('failing-tail')
    expect(possible('announced')).not.toContain('failing-tail')
    expect(possible('read-called')).toContain('failing-read')
    expect(possible('announced')).not.toContain('failing-read')
    expect(possible('blocked')).toEqual(expect.arrayContaining(['cut', 'time-out', 'failing-read']))
    expect(possible('announced')).not.toContain('cut')
    expect(possible('closed')).toContain('append')
    expect(possible('closed')).not.toContain('leaving')
  })

  it('is another matter on the wire: connections break anywhere, and an answer comes as a whole', () => {
    const at = (wire: boolean, where: string) =>
      covered(history().append('s1').connected().poll('s1'), { wire }).places.find((place) => placeText(place) === where)!
    expect(timesAt(at(true, 'delivered @batch-gap'), 'cut')).toBe(0)
    expect(timesAt(at(false, 'delivered @batch-gap'), 'cut')).toBeUndefined()
    expect(timesAt(at(false, 'read-returned @batch-gap'), 'failing-read')).toBe(0)
    expect(timesAt(at(true, 'read-returned @batch-gap'), 'failing-read')).toBeUndefined()
  })

  it('is nothing that the subject does not take, also where it was done', () => {
    const coverage = covered(history().connected().finished().append('s1'), { disturbances: new Set<Disturbance>(['append']) })
    expect(coverage.places.map(({ fell }) => Object.keys(fell))).toEqual(coverage.places.map(() => ['append']))
    expect(coverage.places.find(({ gate }) => gate === 'announced')?.fell).toEqual({ append: 1 })
  })

  it('is not known where nobody came to a gate', () => expect(new Tally().coverage({ disturbances: ALL, wire: false })).toBeUndefined())
})

describe('the summary', () => {
  const coverage: Coverage = {
    schedules: 2,
    places: [
      { gate: 'tail-called', window: 'connect-gap', held: 2, fell: { append: 1, poison: 0 } },
      { gate: 'announced', window: 'connect-gap', held: 9, fell: { append: 0, poison: 0 } },
      { gate: 'read-called', window: 'empty-gap', held: 4, fell: { append: 0, poison: 0, removal: 1 } },
      { gate: 'delivered', window: 'batch-gap', held: 5, fell: { append: 3, poison: 0, removal: 0 } },
      { gate: 'closed', held: 1, fell: {} },
    ],
  }

  it('has what fell nowhere first, then where nothing fell, then what is left by how long somebody was there', () => {
    const { tried, possible, untried, columns, neverAt } = summaryOf(coverage)
    expect({ tried, possible, columns }).toEqual({ tried: 3, possible: 10, columns: ['append', 'poison', 'removal'] })
    expect(untried.map(untriedText)).toEqual([
      'no undecodable entry anywhere',
      'nothing at announced @connect-gap',
      'no removal at delivered @batch-gap',
      'no append at read-called @empty-gap',
    ])
    expect(neverAt).toEqual(['tail-returned', 'blocked', 'read-returned', 'paused', 'command-called', 'command-returned', 'notified'])
  })

  it('calls a disturbance of a later version by its name', () => {
    const later = { 'power-cut': 0 } as Coverage['places'][number]['fell']
    expect(summaryOf({ schedules: 1, places: [{ gate: 'announced', window: 'connect-gap', held: 1, fell: later }] }).columns).toEqual([
      'power-cut',
    ])
    expect(wordsOf('power-cut')).toBe('power-cut')
    expect(wordsOf('constructor')).toBe('constructor')
  })
})

describe('coverages that are added up', () => {
  const one = covered(history().connected().append('s1').poll('s1'))
  const other = covered(history().connected().idle().append('s1').poll('s1'))

  it('are that of all their schedules', () => {
    const tally = new Tally()
    for (const story of [history().connected().append('s1').poll('s1'), history().connected().idle().append('s1').poll('s1')])
      tally.note({ history: story.end(), schedule: schedule([]) })
    expect(addCoverage(one, other)).toEqual(tally.coverage({ disturbances: ALL, wire: false }))
    expect(addCoverage(other, one)).toEqual(addCoverage(one, other))
    const joined = new Tally()
    joined.add(tally)
    expect(joined.coverage({ disturbances: ALL, wire: false })).toEqual(addCoverage(one, other))
  })

  it('could have had what either could', () => {
    const place = { gate: 'announced', window: 'connect-gap', held: 1 } as const
    const sum = addCoverage(
      { schedules: 1, places: [{ ...place, fell: { append: 1 } }] },
      { schedules: 1, places: [{ ...place, fell: { poison: 0 } }] },
    )
    expect(sum).toEqual({ schedules: 2, places: [{ ...place, held: 2, fell: { append: 1, poison: 0 } }] })
  })
})
