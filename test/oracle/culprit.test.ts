/** By which act an entry was lost: for each a history that shows it, and one that is near and shows another. */
import { describe, expect, it } from 'vitest'
import { kindOf } from '../../src/oracle/anomaly.js'
import { culpritRecord, culprits } from '../../src/oracle/catalogue/culprits.js'
import { ORIGIN } from '../../src/contract/stream-id.js'
import type { HistoryEvent } from '../../src/history/event.js'
import { type Story, anomaliesOf, history } from './histories.js'

/** Of what was lost; a read that is wrong is an anomaly of its own. */
const of = (story: Story) => [...new Set(anomaliesOf(story.end()).flatMap(({ culprit }) => culprit?.name ?? []))]
const where = (story: Story) => anomaliesOf(story.end())[0]!.culprit

describe('the cursor was put beyond the entry', () => {
  it('asked for the tail only after announcing', () => {
    expect(of(history().session().announced().append('s1').tail('1-0').idle())).toEqual(['tail-after-announcing'])
  })

  it('asked for it again before the first read', () => {
    expect(of(history().connected().append('s1').tail('1-0').idle())).toEqual(['tail-again-before-reading'])
  })

  it('is no second time where the first had failed', () => {
    expect(of(history().session().announced().tailCalled().tailSent().tailFailed().append('s1').tail('1-0').idle())).toEqual([
      'tail-after-announcing',
    ])
  })

  it('asked for it again after an empty read, after a batch, and after an error', () => {
    expect(of(history().connected().idle().append('s1').tail('1-0').idle())).toEqual(['tail-after-empty'])
    expect(of(history().connected().append('s1').poll('s1').append('s2').tail('2-0').idle())).toEqual(['tail-after-batch'])
    expect(of(history().connected().reading().returned('error').ended('error').append('s1').tail('1-0').idle())).toEqual([
      'tail-after-error',
    ])
  })

  it('is the error that did it, wherever the entry was appended', () => {
    const early = history().connected().append('s1').reading().returned('error').ended('error').tail('1-0').idle()
    expect(anomaliesOf(early.end())).toMatchObject([
      { window: 'connect-gap', rule: '4.5', culprit: { name: 'tail-after-error', from: '1-0' } },
    ])
  })

  it('reads from whatever is last: always, first, after a batch, or after an error', () => {
    const latest = { cursor: '$' }
    expect(of(history().session().announced().idle(latest).append('s1').idle(latest))).toEqual(['latest-anew'])
    expect(of(history().session().announced().append('s1').idle(latest).idle(latest))).toEqual(['latest-anew'])
    expect(of(history().session().announced().append('s1').reading(latest).append('s2').batch('s2').deliver('s2'))).toEqual([
      'latest-at-first',
    ])
    expect(of(history().connected().append('s1').poll('s1').append('s2').reading(latest).append('s3').batch('s3').deliver('s3'))).toEqual([
      'latest-after-batch',
    ])
    const failed = history().connected().reading().returned('error').ended('error').append('s1')
    expect(of(failed.reading(latest).append('s2').batch('s2').deliver('s2'))).toEqual(['latest-after-error'])
  })

  it('read from it anew after an error where the read before had failed, or was sent again; an empty one comes first', () => {
    const latest = { cursor: '$' }
    const first = () => history().session().announced().waiting(latest)
    expect(of(first().disconnected().returned('error').ended('error').append('s1').idle(latest))).toEqual(['latest-after-error'])
    const sentAgain = first().disconnected().append('s1').blocked().emptied()
    expect(where(sentAgain)).toMatchObject({ name: 'latest-after-error', read: 1, from: '1-0' })
    expect(of(first().emptied().disconnected().append('s1').idle(latest))).toEqual(['latest-anew'])
    // Its rule is that of an error, and the finding is the one of all reads from the latest.
    expect(culpritRecord('latest-after-error')).toMatchObject({ rule: '4.5', within: 'latest-anew' })
  })

  it('jumps to what it was never given', () => {
    expect(of(history().connected().append('s1').idle({ cursor: '1-0' }))).toEqual(['jumped-at-first'])
    expect(of(history().connected().idle().append('s1').idle({ cursor: '1-0' }))).toEqual(['jumped-after-empty'])
    expect(where(history().connected().append('s1').idle({ cursor: '1-0' }))).toMatchObject({ read: 1, from: '1-0' })
  })

  it('and is blamed where it jumped, not where it only stayed', () => {
    const stayed = history().connected().append('s1').poll('s1').idle({ cursor: '5-0' }).idle().waiting().append('s2@2-0').emptied().idle()
    expect(of(stayed)).toEqual(['jumped-after-batch'])
    expect(where(stayed)).toMatchObject({ read: 2, from: '5-0' })
    const again = history().connected().append('s1').poll('s1').idle({ cursor: '5-0' }).idle({ cursor: '1-0' }).idle({ cursor: '5-0' })
    expect(where(again.append('s2@2-0').idle())).toMatchObject({ name: 'jumped-after-empty', read: 4 })
  })

  it('takes what another consumer was given', () => {
    const two = history().as(0).connected().as(1).connected().append('s1').as(0).poll('s1').as(1).idle({ cursor: '1-0' })
    expect(anomaliesOf(two.end(0, 1)).map(({ consumer, culprit }) => [consumer, culprit?.name])).toEqual([[1, 'shared-cursor']])
  })

  it('resumes at the tail, or beyond what its client has', () => {
    const left = history().connected().append('s1').poll('s1').aborted().closed('aborted').append('s2')
    expect(of(left.session('id', '1-0').tail('2-0').idle())).toEqual(['tail-on-resume'])
    const read = history().connected().append('s1', 's2').reading().returned('batch').entry('s1').deliver('s1').entry('s2')
    expect(of(read.aborted().closed('aborted').session('id', '1-0').idle({ cursor: '2-0' }))).toEqual(['resumed-ahead'])
  })

  it('starts at the tail for a client that has no id to come back with, or goes on above one that was too high', () => {
    const left = () => history().connected().aborted().closed('aborted').append('s1')
    const back = { type: 'session', consumer: 0, session: 1, start: 'tail', returns: true } as const
    expect(of(left().event(back).tail('1-0').announced().idle())).toEqual(['nothing-to-come-back-with'])
    expect(of(left().session('id', '1-0').announced().idle())).toEqual(['gave-id-ahead'])
  })

  it('holds on to what it knew before its topic was made anew', () => {
    const anew = () => {
      const before = history().connected().explicit('s1@480-0')
      return before.poll('s1').aborted().closed('aborted').remove('drop', 's1').session().tail(ORIGIN).announced()
    }
    expect(of(anew().explicit('s2@1-0').readCalled({ cursor: '480-0' }).readSent().blocked().emptied())).toContain('kept-id-of-before')
    expect(of(anew().explicit('s2@1-0').reading({ cursor: ORIGIN }).batch('s2'))).toEqual(['taken-for-old'])
  })
})

describe('the entry was in its hands', () => {
  it('and was not handed out', () => {
    expect(of(history().connected().append('s1', 's2').reading().batch('s1', 's2').deliver('s1'))).toEqual(['dropped'])
  })

  it('and what came next failed', () => {
    const failed = history().connected().append('s1', 's2').reading().returned('batch').entry('s1').ended('error')
    expect(of(failed.poll('s2'))).toEqual(['moved-ahead'])
  })

  it('and what came next failed, but it is the tail of then that it went on from', () => {
    const failed = () => history().connected().append('s1', 's2').reading().returned('batch').entry('s1').ended('error')
    expect(of(failed().tail('2-0').append('s3').poll('s3'))).toEqual(['tail-after-error'])
    expect(where(failed().tail('2-0').idle())).toMatchObject({ name: 'tail-after-error', read: 2, from: '2-0' })
    expect(of(failed().idle({ cursor: '$' }))).toEqual(['latest-after-error'])
    // It asks for the tail, and goes on from what it was given.
    expect(of(failed().tail('2-0').idle({ cursor: '1-0' }).poll('s2'))).toEqual(['moved-ahead'])
  })

  it('and the group had taken it for acknowledged, so that nothing is pending', () => {
    const reading = (acknowledges: boolean) => history().connected('0-0').append('s1', 's2').reading({ cursor: '>', acknowledges })
    const failed = (acknowledges: boolean) => reading(acknowledges).returned('batch').entry('s1').ended('error')
    expect(of(failed(true).poll('s2'))).toEqual(['not-kept-pending'])
    expect(of(failed(false).poll('s2'))).toEqual(['moved-ahead'])
    const broken = (acknowledges: boolean, ...gave: readonly string[]) =>
      reading(acknowledges)
        .lost(...gave)
        .append('s3')
        .reading({ cursor: '>', acknowledges })
        .served('s3')
    expect(of(broken(true, 's1', 's2'))).toEqual(['not-kept-pending'])
    expect(of(broken(false, 's1', 's2'))).toEqual(['pending-not-read'])
    // What the answer did not hold, it did not take.
    expect(of(broken(true, 's1'))).toContain('not-kept-pending')
    for (const acknowledges of [true, false]) expect(of(broken(acknowledges))).toEqual(['jumped-after-batch'])
  })

  it('and it left the read by itself: that is no failure', () => {
    const left = history().connected().append('s1', 's2').reading().returned('batch').entry('s1').ended('left')
    expect(of(left.poll('s2'))).toEqual(['dropped'])
  })

  it('and it acknowledged it before the hand-over, which failed', () => {
    const ack = { consumer: 0, command: 'XACK', does: ['acknowledge'] } as const
    const read = history().connected().append('s1', 's2').reading().batch('s1')
    const failed = read.event({ type: 'command-called', ...ack }, { type: 'command-returned', ...ack }).disconnected()
    const acknowledged = failed.events.findIndex(({ type }) => type === 'command-called')
    expect(of(failed.poll('s2'))).toEqual(['acknowledged-ahead'])
    expect(where(failed)).toMatchObject({ read: 1, at: acknowledged })
    const kept = history()
      .connected()
      .append('s1', 's2')
      .reading()
      .batch('s1')
      .event({ type: 'command-called', ...ack })
    expect(of(kept.poll('s2'))).toEqual(['dropped'])
  })

  it('and had been in those of another, which handed it out', () => {
    const two = () => history().as(0).connected().as(1).connected().append('s1', 's2').as(0).poll('s1', 's2').as(1)
    const names = (story: Story) => anomaliesOf(story.quiescent().witnessed()).map(({ culprit }) => culprit?.name)
    expect(names(two().reading().batch('s1', 's2'))).toEqual(['taken-for-known', 'taken-for-known'])
    // It hands out what the other had, too.
    expect(names(two().reading().batch('s1', 's2').deliver('s1'))).toEqual(['dropped'])
  })

  it('and was read again after a failure, and not handed out then', () => {
    const again = history().connected().append('s1', 's2').reading().returned('batch').entry('s1').ended('error')
    expect(of(again.reading({ cursor: ORIGIN }).batch('s1', 's2').deliver('s2'))).toEqual(['dropped'])
  })
})

describe('a read that is wrong', () => {
  it('leaves an entry out, or says that there is nothing', () => {
    expect(of(history().connected().append('s1', 's2').reading().batch('s2').deliver('s2'))).toContain('answered-past')
    expect(of(history().connected().append('s1').idle().append('s2').reading().batch('s2').deliver('s2'))).toContain('answered-empty')
  })
})

describe('an append of unknown outcome', () => {
  it('was there when one above it had been acknowledged', () => {
    const read = history().connected().unknown('s1').landed('s1@1-0').append('s2@2-0').idle().append('s3@3-0').poll('s3')
    expect(of(read)).toEqual(['answered-empty'])
    expect(of(history().connected().unknown('s1').landed('s1@1-0').idle().append('s2@2-0').poll('s2'))).not.toContain('answered-empty')
  })
})

describe('the read does not come to it', () => {
  it('a waiting read is not woken', () => {
    expect(of(history().connected().waiting().append('s1').emptied().empty().append('s2').poll('s2'))).toEqual(['not-woken'])
  })

  it('and one whose time was up before the append has nothing to do with it', () => {
    expect(of(history().connected().waiting().expired().append('s1').returned('empty').ended().idle({ cursor: '1-0' }))).toEqual([
      'jumped-after-empty',
    ])
  })

  it('a backlog is left for the tail', () => {
    const backlog = history().append('s1', 's2').session('beginning').poll('s1')
    expect(of(backlog.tail('2-0').idle())).toEqual(['skipped-backlog'])
  })

  it('the tail lies beyond the log, or is a cursor for whatever is last', () => {
    expect(of(history().connected('5-0').append('s1@3-0').idle({ cursor: '5-0' }))).toContain('tail-beyond-log')
    expect(of(history().session().tail('$').announced().append('s1').idle({ cursor: '$' }).idle({ cursor: '1-0' }))).toContain(
      'tail-is-latest',
    )
  })
})

describe('there is a channel', () => {
  const SUBSCRIBE = { consumer: 0, command: 'SUBSCRIBE', does: ['listen'] } as const
  const listening = () =>
    history()
      .session()
      .event({ type: 'command-called', ...SUBSCRIBE }, { type: 'command-returned', ...SUBSCRIBE })
  const told = (value: string) =>
    [
      { type: 'notification', value },
      { type: 'notified', consumer: 0, value },
    ] as const

  it('a message is taken for the log', () => {
    const inversion = listening()
      .announced()
      .empty()
      .append('s1', 's2')
      .event(...told('s2'))
      .deliver('s2')
    expect(of(inversion.idle({ cursor: '2-0' }))).toEqual(['message-for-cursor'])
  })

  it('or a message is taken for the one entry to read', () => {
    const alone = (messages: readonly HistoryEvent[]) =>
      listening()
        .announced()
        .append('s1', 's2')
        .event(...messages)
        .reading({ cursor: '1-1' })
        .served('s2')
        .waiting()
    expect(of(alone(told('s2')))).toEqual(['message-for-cursor'])
    expect(of(alone([]))).toEqual(['jumped-at-first'])
  })

  const silent = (story: Story) => {
    story.event({ type: 'drain' }, { type: 'quiescent', consumer: 0, silent: true })
    return anomaliesOf(story.witnessed()).map(({ culprit }) => culprit?.name)
  }

  it('a message is dropped, missed, or sent too early', () => {
    expect(
      silent(
        listening()
          .announced()
          .append('s1')
          .event(...told('s1')),
      ),
    ).toEqual(['message-dropped'])
    expect(silent(listening().announced().append('s1').event({ type: 'notification', value: 's1' }))).toEqual(['not-listening'])
    const early = history().session().announced().append('s1').event({ type: 'notification', value: 's1' })
    expect(silent(early.event({ type: 'command-called', ...SUBSCRIBE }, { type: 'command-returned', ...SUBSCRIBE }))).toEqual([
      'not-listening-yet',
    ])
  })
})

describe('others get it', () => {
  const names = (story: Story) => {
    for (const consumer of [0, 1]) story.event({ type: 'quiescent', consumer })
    return anomaliesOf(story.witnessed()).map(({ consumer, value, culprit }) => `${consumer} ${value} ${culprit?.name}`)
  }
  const two = () => history().as(0).session().announced().as(1).session().announced().append('s1', 's2')

  it('where each entry goes to one of them, they share it', () => {
    const shared = two().as(0).deliver('s1').as(1).deliver('s2').append('s3').as(0).deliver('s3')
    expect(names(shared)).toEqual(['1 s1 not-told-apart', '0 s2 not-told-apart', '1 s3 taken-by-another'])
  })

  it('where both hand out the same, one of them has dropped it, for all that can be told', () => {
    const fed = two().as(0).deliver('s1', 's2').as(1).deliver('s1', 's2').append('s3').as(0).deliver('s3')
    expect(names(fed)).toEqual(['1 s3 not-told-apart'])
  })
})

it('what is said of one that cannot be told apart is true of its reads', () => {
  const failing = () => history().connected().append('s1').reading().returned('error').ended('error').waiting().quiescent()
  expect(anomaliesOf(failing().witnessed())[0]?.culprit).toMatchObject({ name: 'not-told-apart', read: 2 })
})

it('every culprit shows, and is within, what there is', () => {
  for (const { shows, within } of culprits) {
    if (shows !== undefined) expect(kindOf(shows)).toBeDefined()
    if (within !== undefined) expect(culpritRecord(within)).toBeDefined()
  }
})

it('every culprit has a name of its own, and says what it did', () => {
  expect(new Set(culprits.map(({ name }) => name)).size).toBe(culprits.length)
  const words = { latest: 'LATEST', undelivered: 'NEW' }
  for (const { did } of culprits) expect(did(words)).toMatch(/^[a-z]/)
  expect(new Set(culprits.map(({ did }) => did(words))).size).toBe(culprits.length)
})
