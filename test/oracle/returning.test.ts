/** A client that comes back is owed what it would have been owed had it never been away. */
import { describe, expect, it } from 'vitest'
import type { StreamId } from '../../src/contract/stream-id.js'
import type { EventOf } from '../../src/history/event.js'
import { check } from '../../src/oracle/check.js'
import { type Story, history } from './histories.js'

const found = (story: Story, options = {}) =>
  check(story.end(), options).anomalies.map(({ code, rule, value }) => [code, rule, value] as const)

/** Its client comes back without an id. */
const backWithout = (story: Story, more: Partial<EventOf<'session'>> = {}): Story =>
  story.event({ type: 'session', consumer: 0, session: 1, start: 'tail', returns: true, ...more })

const backWith = (story: Story, from: string, forgot: string): Story =>
  story.event({ type: 'session', consumer: 0, session: 1, start: 'id', from: from as StreamId, forgot: forgot as StreamId })

const left = (story: Story): Story => story.aborted().closed('aborted')

describe('a client that comes back with a text that is no id', () => {
  const back = (cursor: string, ...again: string[]) => {
    const story = left(history().connected().append('s1', 's2').poll('s1', 's2'))
    const known = '1-0' as StreamId
    return story
      .event({ type: 'session', consumer: 0, session: 1, start: 'id', known })
      .announced()
      .readCalled({ cursor })
      .readSent()
      .served(...again)
  }

  const reasons = (story: Story, options = {}) => check(story.end(), options).reasons

  it('may have asked for what it was given before the text before that, so nothing is shown', () => {
    const story = back('0-0', 's1', 's2')
    expect(found(story)).toEqual([])
    expect(check(story.events).result).toBe('unknown')
    expect(check(story.events).reasons).toEqual([expect.stringMatching(/^1-0 was delivered again .*declare delivery: 'at-least-once'/)])
    expect(reasons(back('0-0', 's1', 's2'), { delivery: 'at-least-once' })).not.toContainEqual(expect.stringContaining('delivered again'))
  })

  it('may have been given its place with the frame before', () => {
    expect(found(back('1-0', 's2'))).toEqual([])
    expect(reasons(back('1-0', 's2'))).not.toContainEqual(expect.stringContaining('delivered again'))
  })
})

describe('a client that leaves before its first entry', () => {
  const away = () => left(history().connected().idle()).append('s1', 's2')

  it('has lost what was appended while it was away, where it is taken for a new one', () => {
    const story = backWithout(away()).tail('2-0').announced().readCalled()
    expect(found(story)).toEqual([
      ['unseen', '5.5', 's1'],
      ['unseen', '5.5', 's2'],
    ])
  })

  it('has lost nothing where it is taken for who it is', () => {
    const story = backWithout(away()).announced().poll('s1', 's2')
    expect(found(story)).toEqual([])
    expect(check(story.events).counts).toMatchObject({ owed: 2, delivered: 2 })
  })

  it('was promised nothing before the announcement', () => {
    const story = left(history().session().tail('0-0')).append('s1')
    expect(found(backWithout(story).tail('1-0').announced().readCalled().append('s2').readSent().served('s2'))).toEqual([])
  })

  it('was promised nothing by that session either where it leaves once more, and has an id by then', () => {
    const told = (first: Story) => left(backWithout(left(first).append('s1')).tail('1-0').announced())
    const again = (story: Story) =>
      story.append('s2').session('id', '1-0').announced().readCalled({ cursor: '1-0' }).readSent().served('s2')
    expect(found(again(told(history().session().tail('0-0'))))).toEqual([])
    expect(found(again(told(history().connected())))).toEqual([['entry-skip', '5.5', 's1']])
  })

  it('has lost what lies below an id that is too high', () => {
    const story = left(history().connected().append('s1')).session('id', '1-0').announced().readCalled()
    expect(found(story)).toEqual([['unseen', '5.5', 's1']])
  })

  it('may be given what was appended before it was told', () => {
    const story = left(history().session().tail('0-0').append('s1').announced()).append('s2')
    expect(found(backWithout(story).announced().poll('s1', 's2'))).toEqual([])
  })
})

describe('a client whose id a later frame took back', () => {
  const away = () => left(history().connected().append('s1').poll('s1').idle()).append('s2')

  it('is given again what it has', () => {
    const set = backWith(away(), '0-0', '1-0').announced().readCalled({ cursor: '0-0' }).readSent().served('s1', 's2')
    expect(found(set)).toEqual([['replayed-history', '5.5', 's1']])
    const lost = () =>
      backWithout(away(), { forgot: '1-0' as StreamId })
        .announced()
        .readCalled({ cursor: '0-0' })
        .readSent()
        .served('s1', 's2')
    expect(found(lost())).toEqual([['replayed-history', '5.5', 's1']])
    expect(found(lost(), { delivery: 'at-least-once' })).toEqual([])
  })

  it('or has lost what came meanwhile', () => {
    expect(
      found(
        backWithout(away(), { forgot: '1-0' as StreamId })
          .tail('2-0')
          .announced()
          .readCalled(),
      ),
    ).toEqual([['unseen', '5.5', 's2']])
  })

  it('is right where its place is known all the same', () => {
    expect(found(backWith(away(), '0-0', '1-0').announced().readCalled({ cursor: '1-0' }).readSent().served('s2'))).toEqual([])
  })

  it('may be given again what no id has covered', () => {
    const story = left(history().connected().append('s1', 's2').poll('s1', 's2')).session('id', '1-0').announced()
    expect(found(story.readCalled({ cursor: '1-0' }).readSent().served('s2'))).toEqual([])
  })
})

describe('a client that comes back with an older id than its last', () => {
  const away = () => left(history().connected().append('s1', 's2', 's3').poll('s1', 's2', 's3')).append('s4')
  const setBack = (story: Story, from: string, session = 1, back = 2): Story =>
    story.event({ type: 'session', consumer: 0, session, start: 'id', from: from as StreamId, back }).announced()
  const reads = (story: Story, cursor: string, ...values: string[]) => story.reading({ cursor }).served(...values)

  it('may be given again what it has', () => {
    const story = reads(setBack(away(), '1-0'), '1-0', 's2', 's3', 's4')
    expect(found(story)).toEqual([])
    expect(check(story.events).counts).toMatchObject({ owed: 4, delivered: 4, lost: 0 })
  })

  it('or be given only what it never had: its server may know', () => {
    expect(found(reads(setBack(away(), '1-0'), '3-0', 's4'))).toEqual([])
  })

  it('but not what lies below the id that it asks from', () => {
    expect(found(reads(setBack(away(), '2-0'), '0-0', 's1', 's2', 's3', 's4'))).toEqual([
      ['replayed-history', '5.5', 's1'],
      ['replayed-history', '5.5', 's2'],
    ])
  })

  it('nor twice within one session, or out of order', () => {
    expect(found(reads(setBack(away(), '1-0'), '1-0', 's2', 's3', 's4').deliver('s2'))).toEqual([['duplicate-delivery', '4.7', 's2']])
    const turned = setBack(away(), '1-0').reading({ cursor: '1-0' }).batch('s2', 's3', 's4')
    expect(found(turned.deliver('s3', 's2', 's4'))).toEqual([['nonmonotonic-poll', '4.7', 's2']])
  })

  it('has lost what it never had', () => {
    const lost = setBack(away(), '1-0').tail('4-0').readCalled()
    expect(found(lost)).toEqual([['unseen', '5.5', 's4']])
  })

  it('has lost what lies above that id and was left out before', () => {
    const skipped = () =>
      left(history().connected().append('s1', 's2', 's3').reading().batch('s1', 's2', 's3').deliver('s1', 's3')).append('s4')
    expect(found(reads(setBack(skipped(), '1-0', 1, 1), '1-0', 's2', 's3', 's4'))).toEqual([])
    expect(found(reads(setBack(skipped(), '1-0', 1, 1), '3-0', 's4'))).toEqual([['entry-skip', '5.3', 's2']])
    // From its last id it does not ask for it.
    expect(found(reads(skipped().session('id', '3-0').announced(), '3-0', 's4'))).toEqual([])
  })

  it('is no older client in the session behind that', () => {
    const again = left(setBack(away(), '1-0').reading({ cursor: '1-0' }).batch('s2', 's3', 's4').deliver('s2'))
    expect(found(reads(again.session('id', '2-0').announced(), '2-0', 's3', 's4'))).toEqual([])
    const none = left(setBack(away(), '1-0'))
    expect(found(reads(none.session('id', '1-0').announced(), '1-0', 's2', 's3', 's4'))).toEqual([])
    expect(found(left(setBack(away(), '1-0')).session('id', '1-0').announced().tail('4-0').readCalled())).toEqual([['unseen', '5.5', 's4']])
  })

  it('is owed what it was owed before where that id is beyond all that it had', () => {
    const ahead = left(history().connected().append('s1').poll('s1')).append('s2', 's3')
    expect(found(reads(setBack(ahead, '2-0', 1, 1), '2-0', 's3'))).toEqual([['entry-skip', '5.5', 's2']])
  })

  it('may be started over where the topic was made anew since', () => {
    const anew = () => away().remove('drop', 's1', 's2', 's3', 's4').explicit('s5@1-0')
    expect(found(reads(setBack(anew(), '2-0').explicit('s6@2-0'), '0-0', 's5', 's6'))).toEqual([])
  })
})

describe('a topic that was made anew while a client was away', () => {
  const away = () => {
    const story = history().connected().explicit('s1@480-0')
    story.poll('s1')
    return left(story).remove('drop', 's1')
  }
  const back = (story = away()) => story.session('id', '480-0').announced()

  it('owes it what is appended from its return on', () => {
    const waits = back().readCalled({ cursor: '480-0' }).explicit('s2@1-0').readSent().blocked()
    expect(found(waits)).toContainEqual(['unseen', '5.6', 's2'])
  })

  it('and not what came before that', () => {
    const story = back(away().explicit('s2@1-0')).readCalled({ cursor: '1-0' }).explicit('s3@2-0').readSent().served('s3')
    expect(found(story)).toEqual([])
  })

  it('is no reason to call what it starts over with a repeat, whether its client is told or not', () => {
    const story = () => back(away().explicit('s2@1-0'))
    expect(found(story().readCalled({ cursor: '0-0' }).readSent().served('s2'))).toEqual([])
    expect(found(story().signalled().readCalled({ cursor: '0-0' }).readSent().served('s2'))).toEqual([])
  })

  it('looks the same where its last entry is gone: what is left may come again', () => {
    const story = left(history().connected().append('s1', 's2').poll('s1', 's2')).remove('delete', 's2')
    expect(found(story.session('id', '2-0').announced().readCalled({ cursor: '0-0' }).readSent().served('s1'))).toEqual([])
  })

  it('but not where another one is', () => {
    const story = left(history().connected().append('s1', 's2', 's3').poll('s1', 's2', 's3')).remove('delete', 's2')
    const again = story.session('id', '3-0').announced().readCalled({ cursor: '0-0' }).readSent().served('s1', 's3')
    expect(found(again)).toEqual([
      ['replayed-history', '5.5', 's1'],
      ['replayed-history', '5.5', 's3'],
    ])
  })

  it('owes a new session everything, whatever was known before', () => {
    const story = () => away().session().tail('0-0').announced()
    expect(found(story().readCalled().explicit('s2@1-0').readSent().batch('s2'))).toEqual([['unseen', '5.6', 's2']])
    expect(found(story().readCalled().explicit('s2@1-0').readSent().served('s2'))).toEqual([])
  })

  it('is none of the reasons for another loss', () => {
    // The tail is asked for again: no id of before has anything to do with that.
    const story = away().session().tail('0-0').announced().idle().explicit('s2@1-0').tail('1-0').readCalled()
    expect(found(story)).toEqual([['unseen', '4.2', 's2']])
  })
})
