import { describe, expect, it } from 'vitest'
import { FENCE } from '../../src/history/event.js'
import { type Story, anomaliesOf, codesOf, findings, history, verdictOf } from './histories.js'

const INJECTED = 'injected by the schedule: this read fails'

describe('premature-end', () => {
  it('ended by itself while something was owed', () => {
    const early = history().connected().append('s1', 's2').poll('s1').finished().closed('ended').witnessed()
    expect(findings(early)).toContainEqual({
      code: 'premature-end',
      rule: '5.1',
      consumer: 0,
      session: 0,
      value: 's2',
      id: '2-0',
      window: 'connect-gap',
    })
    expect(anomaliesOf(early)[0]?.evidence).toBe('the session ended while s2 at 2-0 was owed')
  })

  it('ended with an error of its own', () => {
    const threw = history().connected().idle().append('s1').closed('threw', 'boom').witnessed()
    expect(findings(threw)).toEqual([
      { code: 'premature-end', rule: '5.1', consumer: 0, session: 0, value: 's1', id: '1-0', window: 'empty-gap' },
    ])
    expect(anomaliesOf(threw)[0]?.evidence).toBe('the session ended (boom) while s1 at 1-0 was owed')
  })

  it('ended although nobody had said that nothing more would come', () => {
    expect(codesOf(history().connected().append('s1').poll('s1').closed('ended').append('s2').witnessed())).toEqual(['premature-end'])
  })

  it('is not one that drained before it ended, nor one that ended rightly before the append', () => {
    expect(codesOf(history().connected().append('s1').poll('s1').finished().idle().closed('ended').witnessed())).toEqual([])
    expect(codesOf(history().connected().append('s1').poll('s1').finished().closed('ended').append('s2').witnessed())).toEqual([])
  })

  it('is not one that was on its way to its end when something was appended all the same', () => {
    expect(codesOf(history().connected().append('s1').poll('s1').finished().idle().append('s2').closed('ended').witnessed())).toEqual([])
    const owes = history().connected().append('s1').finished().append('s2').closed('ended').witnessed()
    expect(anomaliesOf(owes).map(({ code, value }) => ({ code, value }))).toEqual([{ code: 'premature-end', value: 's1' }])
  })

  it('is not one that was closed from outside', () => {
    expect(codesOf(history().connected().append('s1').aborted().closed('aborted').witnessed())).toEqual([])
  })

  describe('of a topic that another consumer has removed', () => {
    /** The other one is told that nothing more comes, drains what it owes, and removes the topic, as one does that is the last to go. */
    const removes = (before: Story, { finished }: { finished: boolean }) =>
      (finished ? before.finished() : before).as(1).idle().cleanedUp().closed('ended').as(0)
    const both = () => history().as(1).connected().as(0).connected().append('s1', 's2').as(1).poll('s1', 's2').as(0)
    const away = () => both().reading().returned('batch').entry('s1').deliver('s1').aborted().ended('left').closed('aborted')
    const back = (story: Story) => story.session('id', '1-0').announced().idle().closed('ended').witnessed()

    it('is one whose client was there', () => {
      expect(codesOf(removes(both(), { finished: true }).idle().closed('ended').witnessed())).toEqual(['premature-end', 'premature-end'])
    })

    it('is one whose client was away, where nobody had said that nothing more would come', () => {
      expect(codesOf(back(removes(away(), { finished: false })))).toContain('premature-end')
    })

    it('is not one whose client was away: who cleans up cannot know that it comes back', () => {
      expect(codesOf(back(removes(away(), { finished: true })))).toEqual([])
    })
  })

  it('is not one that threw the fault that the schedule injected: that is unknown', () => {
    const fault = history()
      .connected()
      .append('s1')
      .reading()
      .returned('error', { error: INJECTED })
      .ended('error')
      .closed('threw', INJECTED)
      .witnessed()
    expect(verdictOf(fault)).toMatchObject({
      result: 'unknown',
      anomalies: [],
      reasons: [expect.stringContaining('capabilities.retries: false')],
    })
  })

  it('is not one that the fault has ended behind its rest, before it had the fence: that is unknown, too', () => {
    const late = history().connected().append('s1').poll('s1').idle().waiting().quiescent().append('fence')
    const ended = late.returned('error', { error: INJECTED }).ended('error').closed('threw', INJECTED).witnessed()
    expect(verdictOf(ended)).toMatchObject({ result: 'unknown', anomalies: [] })
  })

  it('is one that swallowed the injected fault and then ended', () => {
    const swallowed = history()
      .connected()
      .append('s1')
      .reading()
      .returned('error', { error: INJECTED })
      .ended('error')
      .closed('ended')
      .witnessed()
    expect(codesOf(swallowed)).toEqual(['premature-end'])
  })
})

describe('livelock', () => {
  it('goes round without its cursor moving while something is owed', () => {
    const wedged = history()
      .connected()
      .append('s1')
      .poison(10)
      .append('s2')
      .poll('s1')
      .reading()
      .returned('error', { error: 'bad json' })
      .ended('error')
      .restless(480)
      .witnessed()
    expect(findings(wedged)).toEqual([{ code: 'livelock', rule: '4.6', consumer: 0, session: 0, value: 's2', id: '12-0' }])
    expect(anomaliesOf(wedged)[0]?.evidence).toBe('after 480 gates it still asks for ids above 1-0, while s2 at 12-0 is owed')
  })

  it('is one whose every read fails since, and says with what', () => {
    const failing = (story: Story, error: string) => story.reading().returned('error', { error }).ended('error')
    const gone = failing(failing(history().connected().append('s1').poll('s1').append('s2'), 'NOGROUP'), 'NOGROUP a')
    const found = anomaliesOf(gone.restless(240).witnessed())
    expect(found).toMatchObject([{ code: 'livelock', rule: '5.1', value: 's2', culprit: { name: 'asked-in-vain', read: 3 } }])
    expect(found[0]?.evidence).toBe('after 240 gates every read still fails (NOGROUP a), while s2 at 2-0 is owed')
    const again = failing(history().connected().append('s1').append('s2'), 'down').poll('s1').restless(240).witnessed()
    expect(findings(again)[0]).toMatchObject({ code: 'livelock', rule: '4.6', value: 's2' })
  })

  it('tells of its start where it never read', () => {
    expect(anomaliesOf(history().connected().append('s1').restless().witnessed())[0]?.evidence).toContain('above its start')
  })

  it('is not a session that owes nothing, however restless', () => {
    expect(codesOf(history().connected().append('s1').poll('s1').restless().witnessed())).toEqual([])
  })

  it('is not a session that was given up before the fence was added for another', () => {
    const two = history().as(1).connected().as(0).connected().append('s1').poll('s1').as(1).poll('s1').restless().as(0).rest(0).witnessed()
    expect(codesOf(two)).toEqual([])
  })

  it('is one that goes wild over the fence', () => {
    const wild = history()
      .connected()
      .append('s1')
      .poll('s1')
      .idle()
      .waiting()
      .quiescent()
      .append(FENCE)
      .returned('error')
      .ended('error')
      .restless()
      .witnessed()
    expect(findings(wild)).toEqual([{ code: 'livelock', rule: '4.6', consumer: 0, session: 0, value: FENCE, id: '2-0' }])
  })
})

describe('stalled', () => {
  it('is a step that never returned', () => {
    const hang = history()
      .connected()
      .reading()
      .event({ type: 'stalled', what: 'the consumer never came to another gate after read-called' })
      .witnessed()
    expect(anomaliesOf(hang)).toEqual([
      { code: 'stalled', rule: '5.3', evidence: 'the consumer never came to another gate after read-called' },
    ])
  })

  it('is of rule 1.8 where an append is held up behind a blocked read', () => {
    const heldUp = history()
      .connected()
      .waiting()
      .event({ type: 'stalled', consumer: 0, what: 'append s1 is held up by a read that is blocked' })
      .witnessed()
    expect(findings(heldUp)).toEqual([{ code: 'stalled', rule: '1.8', consumer: 0 }])
  })

  it('is not a session that merely waits', () => {
    expect(codesOf(history().connected().waiting().witnessed())).toEqual([])
  })
})

describe('a client that has left without its signal', () => {
  const left = () => history().connected().append('s1', 's2').reading().batch('s1', 's2').deliver('s1')
  const leaves = { type: 'aborted', consumer: 0, by: 'return' } as const

  it('is owed nothing more, whether its session closes or goes on', () => {
    expect(codesOf(left().event(leaves).closed('aborted').append('s3').witnessed())).toEqual([])
    expect(codesOf(left().event(leaves).append('s3').idle().quiescent().witnessed())).toEqual([])
    expect(codesOf(left().event(leaves).append('s3').restless().witnessed())).toEqual([])
    expect(verdictOf(left().event(leaves).idle().quiescent().witnessed()).counts).toMatchObject({ owed: 1, delivered: 1, lost: 0 })
  })

  it('comes back for the rest', () => {
    const back = left().event(leaves).closed('aborted').session('id', '1-0').announced()
    expect(codesOf(back.reading({ cursor: '2-0' }).blocked().emptied().quiescent().witnessed())).toEqual(['unseen'])
  })
})

describe('read-after-close', () => {
  it('is no read that may be for another one, which is still open', () => {
    const shared = () => history().as(1).connected().as(0).connected().append('s1').poll('s1').aborted().closed('aborted')
    expect(codesOf(shared().reading().blocked().witnessed())).toEqual([])
    const alone = shared().as(1).aborted().closed('aborted').as(0)
    expect(codesOf(alone.reading().blocked().witnessed())).toEqual(['read-after-close'])
    expect(codesOf(shared().append('s2').deliver('s2').witnessed())).toEqual(['read-after-close'])
  })

  it('is a read issued after close had settled', () => {
    const zombie = history().connected().append('s1').poll('s1').aborted().closed('aborted').reading().witnessed()
    expect(findings(zombie)).toEqual([{ code: 'read-after-close', rule: '5.4', consumer: 0, session: 0 }])
    expect(anomaliesOf(zombie)[0]?.evidence).toBe('the session was closed, and then it issued a read')
  })

  it('is no read for another consumer, with whom it shared a reader, but one for nobody', () => {
    const shared = () => history().as(1).connected().as(0).connected().append('s1').poll('s1').aborted().closed('aborted').as(0).reading()
    expect(codesOf(shared().batch().as(1).deliver('s1').witnessed())).toEqual([])
    const afterAll = history().as(1).connected().as(0).connected().append('s1').poll('s1').aborted().closed('aborted')
    afterAll.as(1).poll('s1').aborted().closed('aborted').as(0).reading()
    expect(findings(afterAll.witnessed())).toEqual([{ code: 'read-after-close', rule: '5.4', consumer: 0, session: 0 }])
    const handsOut = history().as(1).connected().as(0).connected().append('s1').aborted().closed('aborted').deliver('s1').as(1).poll('s1')
    expect(codesOf(handsOut.witnessed())).toContain('read-after-close')
  })

  it('is an entry handed out after it', () => {
    const zombie = history()
      .connected()
      .append('s1')
      .poll('s1')
      .append('s2')
      .reading()
      .batch('s2')
      .aborted()
      .closed('aborted')
      .deliver('s2')
      .witnessed()
    expect(findings(zombie)).toEqual([{ code: 'read-after-close', rule: '5.4', consumer: 0, session: 0 }])
    expect(anomaliesOf(zombie)[0]?.evidence).toContain('handed out an entry')
  })

  it('is not a read between the abort and the close, nor one of the next session, nor of another consumer', () => {
    expect(codesOf(history().connected().append('s1').poll('s1').aborted().reading().closed('aborted').witnessed())).toEqual([])
    const next = history().session('beginning').append('s1').poll('s1').aborted().closed('aborted')
    expect(codesOf(next.session('beginning').poll('s1').end())).toEqual([])
    expect(
      codesOf(history().as(0).connected().append('s1').poll('s1').aborted().closed('aborted').as(1).session('beginning').poll('s1').end()),
    ).toEqual([])
  })
})
