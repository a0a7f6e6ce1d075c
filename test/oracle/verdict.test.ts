import { describe, expect, it } from 'vitest'
import { FENCE, type History } from '../../src/history/event.js'
import { ANOMALY_CODES, type AnomalyCode, LOST, anomaly, catalogue, kindOf } from '../../src/oracle/anomaly.js'
import { WINDOWS } from '../../src/oracle/window.js'
import { NO_COUNTS, addCounts } from '../../src/oracle/check.js'
import { codesOf, history, verdictOf } from './histories.js'

const right = () => history().connected().append('s1').poll('s1')
const wrong = () => history().connected().append('s1').idle({ cursor: '1-0' })

describe('a verdict', () => {
  it('is valid where everything owed was delivered', () => {
    expect(verdictOf(right().end())).toMatchObject({ result: 'valid', anomalies: [], reasons: [] })
  })

  it('is invalid before it is unknown, and then says only why it could not be followed to its end', () => {
    expect(verdictOf(wrong().end(), { cutShort: 'step 3 could not be followed' })).toMatchObject({
      result: 'invalid',
      reasons: ['step 3 could not be followed'],
    })
    expect(verdictOf(wrong().end())).toMatchObject({ result: 'invalid', reasons: [] })
  })

  it('is unknown before it is valid', () => {
    expect(verdictOf(right().end(), { cutShort: 'step 3 could not be followed' })).toMatchObject({
      result: 'unknown',
      reasons: ['step 3 could not be followed'],
    })
  })

  it('names losses first, then deliveries, reads, tails and appends', () => {
    const all = history()
      .append('s0')
      .connected('0-0')
      .append('s1', 's2')
      .pretended('s9@9-0')
      .reading({ cursor: '2-0' })
      .batch('s1')
      .deliver('s1', 's1')
      .idle({ cursor: '9-0' })
    expect(codesOf(all.end())).toEqual(['unseen', 'duplicate-delivery', 'over-read', 'short-read', 'stale-tail', 'lost-append'])
  })

  it('does not change when it is asked for twice', () => {
    const events = wrong().end()
    expect(verdictOf(events)).toEqual(verdictOf(events))
  })

  it('of nothing at all is unknown', () => {
    expect(verdictOf([])).toEqual({
      result: 'unknown',
      anomalies: [],
      reasons: ['nothing was owed: no entry was appended after the consumer had promised delivery'],
      counts: NO_COUNTS,
    })
  })
})

describe('unknown says why', () => {
  const reason = (events: History, cutShort?: string) => {
    const { result, reasons } = verdictOf(events, cutShort === undefined ? {} : { cutShort })
    expect(result).toBe('unknown')
    return reasons
  }

  it('nothing was appended after the promise', () => {
    expect(reason(history().append('s1').connected('1-0').end())).toEqual([
      'nothing was owed: no entry was appended after the consumer had promised delivery',
    ])
  })

  it('no append was acknowledged', () => {
    expect(reason(history().connected().rejected('s1').witnessed())).toEqual(['nothing was owed: no append was acknowledged (rejected)'])
    expect(reason(history().connected().unknown('s1').witnessed())).toEqual(['nothing was owed: no append was acknowledged (timed out)'])
    const mute = history().connected().called('s1').event({ type: 'append-returned', value: 's1', outcome: 'fail' })
    expect(reason(mute.witnessed())).toEqual(['nothing was owed: no append was acknowledged (fail)'])
  })

  it('the tail failed', () => {
    expect(reason(history().session().tailCalled().tailSent().tailFailed('no such host').append('s1').witnessed())).toEqual([
      'nothing was owed: the consumer never came to read, because the tail failed (no such host)',
    ])
  })

  it('the consumer had ended before', () => {
    expect(reason(history().session().closed('ended').append('s1').witnessed())).toEqual([
      'nothing was owed: the consumer had ended before',
    ])
    expect(reason(history().session().closed('threw', 'boom').append('s1').witnessed())).toEqual([
      'nothing was owed: the consumer had ended before (boom)',
    ])
  })

  it('all that was owed was trimmed before it could be delivered', () => {
    expect(reason(history().connected().append('s1').remove('trim', 's1').end())).toEqual([
      'nothing was owed: what was appended after the consumer had promised delivery was removed again before it came to read it',
    ])
  })

  it('what was owed was not judged, because no consumer came to rest', () => {
    const why = 'nothing was judged: no consumer came to rest, so what was owed is merely pending'
    expect(reason(history().connected().append('s1').reading().witnessed())).toEqual([why])
  })

  it('the session was told to stop, and none took up what it left', () => {
    const left = history().connected().append('s1').aborted().closed('aborted').witnessed()
    expect(reason(left)).toEqual([expect.stringContaining('nothing was owed')])
    expect(verdictOf(left).counts).toMatchObject({ owed: 0, delivered: 0 })
  })

  it('the schedule was cut short: then that is all there is to say', () => {
    expect(reason(history().connected().end(), 'it diverged')).toEqual(['it diverged'])
  })

  it('the consumer ended on the injected fault', () => {
    const ended = right()
      .reading()
      .returned('error')
      .ended('error')
      .closed('threw', 'injected by the schedule: this read fails')
      .witnessed()
    expect(reason(ended)).toEqual([expect.stringContaining('the consumer ended with the error of a read that the schedule let fail')])
  })

  it('the consumer gave up, with what the last of several reads had failed with; not at once, and not with something else', () => {
    const cutOff = (times: number) => {
      const story = history().connected().append('s1')
      for (let i = 0; i < times; i++)
        story.reading().disconnected().returned('error', { error: 'the connection was lost' }).ended('error', 'the connection was lost')
      return story
    }
    const gaveUp = cutOff(2).closed('threw', 'no more tries: the connection was lost').witnessed()
    expect(reason(gaveUp)).toEqual([expect.stringContaining('the consumer ended with the error of a read')])
    expect(codesOf(cutOff(1).closed('threw', 'the connection was lost').witnessed())).toEqual(['premature-end'])
    expect(codesOf(cutOff(2).closed('threw', 'x is undefined').witnessed())).toEqual(['premature-end'])
    expect(codesOf(cutOff(2).closed('ended').witnessed())).toEqual(['premature-end'])
  })
})

describe('counts', () => {
  it('tell what was owed, delivered and lost, the fence aside', () => {
    const events = history().connected().append('s1', 's2').reading().batch('s1', 's2').deliver('s1').end()
    expect(verdictOf(events).counts).toMatchObject({ owed: 2, delivered: 1, lost: 1 })
  })

  it('tell how many gaps were hit, with how many entries, and how many of those arrived', () => {
    const events = history()
      .connected()
      .append('s1', 's2')
      .poll('s1', 's2')
      .idle()
      .append('s3')
      .idle({ cursor: '3-0' })
      .waiting()
      .append('s4')
      .served('s4')
      .end()
    expect(verdictOf(events).counts).toEqual({ owed: 4, delivered: 3, lost: 1, gaps: 2, injected: 3, injectedDelivered: 2 })
  })

  it('take appends in a row into one gap, and the next move of the consumer as another', () => {
    const rows = history().session().tail('0-0').append('s1').append('s2').announced()
    expect(verdictOf(rows.append('s3').readCalled().append('s4').readSent().served('s3', 's4').end()).counts).toMatchObject({
      gaps: 2,
      injected: 2,
    })
  })

  it('count for each session what it owes', () => {
    const two = history().as(0).connected().as(1).connected().append('s1').as(0).poll('s1').as(1).poll('s1').end(0, 1)
    expect(verdictOf(two).counts).toMatchObject({ owed: 2, delivered: 2, gaps: 2, injected: 2 })
  })

  it('leave out what was trimmed in time, but not what was delivered before', () => {
    const trimmed = history().connected().append('s1').poll('s1').append('s2', 's3').remove('trim', 's1', 's2').poll('s3').end()
    expect(verdictOf(trimmed).counts).toMatchObject({ owed: 2, delivered: 2, lost: 0 })
  })

  it('add up', () => {
    const { counts } = verdictOf(wrong().end())
    expect(addCounts(NO_COUNTS, counts)).toEqual(counts)
    expect(addCounts(counts, counts)).toEqual({ owed: 2, delivered: 0, lost: 2, gaps: 2, injected: 2, injectedDelivered: 0 })
  })
})

describe('anomalies', () => {
  it('each speak of a rule', () => {
    for (const code of ANOMALY_CODES)
      expect(anomaly(code, 'evidence')).toEqual({ code, rule: expect.stringMatching(/^[1-6]\.\d+$/), evidence: 'evidence' })
  })

  it('that are losses speak of the rule of their window; the others keep their own', () => {
    const rules = ['4.1', '4.2', '4.3', '3.7', '4.5']
    for (const code of LOST) expect(WINDOWS.map((window) => anomaly(code, '', { window }).rule)).toEqual(rules)
    expect(anomaly('premature-end', '', { window: 'empty-gap' }).rule).toBe('5.1')
    expect(anomaly('unseen', '', { window: 'empty-gap', rule: '5.5' }).rule).toBe('5.5')
  })

  it('have a record each, of which all but what no history shows have a check of their own', () => {
    expect(new Set(ANOMALY_CODES).size).toBe(ANOMALY_CODES.length)
    expect(catalogue.filter(({ check }) => check === undefined).map(({ code }) => code)).toEqual(['leak'])
    const checks = catalogue.flatMap(({ check }) => check ?? [])
    expect(new Set(checks).size).toBe(checks.length)
    for (const record of catalogue) {
      expect(record.hint).toMatch(/^[a-z].*[^.]$/)
      expect(record.seen).toMatch(/^[a-z].*[^.]$/)
      expect(kindOf(record.code)).toBe(record)
    }
    expect(kindOf('of-another-version')).toBeUndefined()
  })

  it('are looked for in the order of reports: losses, deliveries, reads, tails, appends', () => {
    expect(ANOMALY_CODES.slice(0, 3)).toEqual([...LOST])
    const firstOf: readonly AnomalyCode[] = ['truncated-skip', 'corrupt-read', 'phantom-tail', 'aborted-read']
    const order = firstOf.map((code) => ANOMALY_CODES.indexOf(code))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })
})

describe('what comes only with the next entry', () => {
  const kept = () =>
    history()
      .connected()
      .append('s1')
      .reading()
      .batch('s1')
      .idle()
      .waiting()
      .quiescent()
      .append(FENCE)
      .deliver('s1')
      .served(FENCE)
      .quiescent()
      .witnessed()

  it('is not shown by a consumer in this process, which was at rest before that', () => {
    expect(verdictOf(kept(), { prompt: true })).toMatchObject({
      result: 'unknown',
      anomalies: [],
      reasons: [expect.stringMatching(/^s1 at 1-0 came only with the next entry: consumer 0 was at rest before that, and had kept it/)],
    })
  })

  it('is delivered where it may have been on its way', () => {
    expect(verdictOf(kept()).result).toBe('valid')
  })
})
