import type { HistoryEvent } from '../../src/history/event.js'
import { describe, expect, it } from 'vitest'
import { anomaliesOf, codesOf, findings, history, verdictOf } from './histories.js'

describe('lost-append', () => {
  it('is an acknowledged value that the log does not have, and nobody is owed it', () => {
    const lost = history().connected().pretended('s1').append('s2').poll('s2').end()
    expect(findings(lost)).toEqual([{ code: 'lost-append', rule: '1.1', value: 's1', id: '1-0' }])
    expect(anomaliesOf(lost)[0]?.evidence).toBe('s1 was acknowledged at 1-0, and the log does not have it')
    expect(verdictOf(lost).counts).toMatchObject({ owed: 1, delivered: 1, lost: 0 })
  })

  it('is not one that the schedule trimmed, deleted or dropped', () => {
    for (const how of ['trim', 'delete', 'drop'] as const) {
      expect(codesOf(history().connected().append('s1').remove(how, 's1').append('s2').poll('s2').end())).toEqual([])
    }
  })

  it('is not one of unknown outcome, nor one that was rejected', () => {
    expect(codesOf(history().connected().unknown('s1').rejected('s2').append('s3').poll('s3').end())).toEqual([])
  })

  it('is the one whose id the log gives to another value', () => {
    const reused = history().connected().append('s1@5-0').pretended('s2@5-0').poll('s1').end()
    expect(codesOf(reused)).toEqual(['inconsistent-offsets', 'lost-append', 'nonmonotonic-append'])
  })

  it('is nothing that can be said where the log was never scanned', () => {
    const broken = history().connected().append('s1').poll('s1').events
    expect(verdictOf(broken, { cutShort: 'the store died' })).toMatchObject({
      result: 'unknown',
      anomalies: [],
      reasons: ['the store died'],
    })
  })
})

describe('duplicate-append', () => {
  const twice = history().connected().append('s1').landed('s1@2-0')

  it('is one value at two ids of the log, and no fault of the consumer that delivers both', () => {
    const both = twice.poll('s1@1-0', 's1@2-0').end()
    expect(findings(both)).toEqual([{ code: 'duplicate-append', rule: '1.3', value: 's1', id: '1-0' }])
    expect(anomaliesOf(both)[0]?.evidence).toContain('in the log 2 times: 1-0, 2-0')
  })

  it('is not two values that look alike', () => {
    expect(codesOf(history().connected().append('s1', 's11').poll('s1', 's11').end())).toEqual([])
  })
})

describe('inconsistent-offsets', () => {
  it('is a value that was acknowledged at an id where the log does not have it', () => {
    const elsewhere = history().connected().pretended('s1@9-0').landed('s1@1-0').poll('s1@1-0').end()
    expect(findings(elsewhere)).toEqual([{ code: 'inconsistent-offsets', rule: '1.4', value: 's1', id: '9-0' }])
    expect(anomaliesOf(elsewhere)[0]?.evidence).toBe('s1 is in the log at 1-0, but the append was acknowledged at 9-0')
  })

  it('is one that a read returned at another id than the log has', () => {
    const misread = history().connected().waiting().append('s1').batch('s1@0-7').deliver('s1').idle({ cursor: '1-0' }).end()
    expect(findings(misread)).toEqual([{ code: 'inconsistent-offsets', rule: '1.4', value: 's1', id: '0-7' }])
    expect(anomaliesOf(misread)[0]?.evidence).toBe('s1 is in the log at 1-0, but read #1 returned it at 0-7')
  })

  it('is one that the consumer handed out under another id than the log has', () => {
    const misnamed = history().connected().append('s1', 's2').reading().batch('s1', 's2').deliver('s1', 's2@1-0').end()
    expect(findings(misnamed)).toEqual([{ code: 'inconsistent-offsets', rule: '1.4', value: 's2', id: '1-0' }])
    expect(anomaliesOf(misnamed)[0]?.evidence).toBe('the log has s1 at 1-0, and not s2, but the consumer handed it out as 1-0')
  })

  it('is not a frame without an id, whose append nobody was told the id of', () => {
    const unnamed = history().connected().unknown('s1').landed('s1@1-0').reading().batch('s1').deliver({ value: 's1' }).end()
    expect(verdictOf(unnamed)).toMatchObject({ result: 'valid', anomalies: [] })
  })

  it('is one id with two values, though the log has only one of them', () => {
    const [found] = anomaliesOf(history().connected().append('s1@5-0').pretended('s2@5-0').poll('s1').end())
    expect(found).toMatchObject({ code: 'inconsistent-offsets', value: 's2', id: '5-0' })
    expect(found?.evidence).toBe('the log has s1 at 5-0, and not s2, but the append was acknowledged at 5-0')
  })

  it('is an acknowledgement without an id', () => {
    const silent = history()
      .connected()
      .called('s1')
      .event({ type: 'append-returned', value: 's1', outcome: 'ok' })
      .landed('s1@1-0')
      .poll('s1')
      .end()
    expect(findings(silent)).toEqual([{ code: 'inconsistent-offsets', rule: '1.4', value: 's1' }])
  })

  it('is not one whose id came again after the topic had been dropped', () => {
    const again = history()
      .session('beginning')
      .explicit('s1@1-0')
      .poll('s1')
      .remove('drop', 's1')
      .explicit('s2@1-0')
      .reading({ cursor: '0-0' })
      .served('s2')
      .end()
    expect(verdictOf(again)).toMatchObject({ result: 'valid', anomalies: [] })
  })

  it('is not one of unknown outcome, which has no id to compare', () => {
    expect(codesOf(history().connected().unknown('s1').landed('s1@1-0').poll('s1').end())).toEqual([])
  })
})

describe('nonmonotonic-append', () => {
  it('is an id that is not above one that was acknowledged before', () => {
    const back = history().connected().append('s1@9-0', 's2@8-0').poll('s2', 's1').end()
    expect(findings(back)).toEqual([{ code: 'nonmonotonic-append', rule: '1.4', value: 's2', id: '8-0' }])
    expect(anomaliesOf(back)[0]?.evidence).toBe('s2 was appended after s1 had been acknowledged at 9-0, and got 8-0')
  })

  it('compares as numbers: 10-0 is above 9-0, and 5-10 above 5-9', () => {
    expect(codesOf(history().connected().append('s1@5-9', 's2@5-10', 's3@9-0', 's4@10-0').poll('s1', 's2', 's3', 's4').end())).toEqual([])
  })

  it('is not one that overlaps the other, in whatever order the two got their ids', () => {
    const side = history().connected().called('s1').called('s2').acknowledged('s2@1-0').acknowledged('s1@2-0')
    expect(codesOf(side.poll('s2', 's1').end())).toEqual([])
    const other = history().connected().called('s1').called('s2').acknowledged('s1@2-0').acknowledged('s2@1-0')
    expect(codesOf(other.poll('s2', 's1').end())).toEqual([])
  })

  it('is not one whose id the schedule chose', () => {
    expect(
      codesOf(history().session('beginning').append('s1@9-0').poll('s1').remove('drop', 's1').explicit('s2@3-0').idle().end()),
    ).not.toContain('nonmonotonic-append')
  })

  it('is not one in a topic that was made anew between the two, whoever removed it', () => {
    const bySchedule = history().session('beginning').append('s1@9-0').poll('s1').remove('drop', 's1').append('s2@9-0').idle().end()
    expect(codesOf(bySchedule)).not.toContain('nonmonotonic-append')
    const drops = (type: 'command-called' | 'command-returned'): HistoryEvent => ({ type, consumer: 0, command: 'DEL', does: ['drop'] })
    const byConsumer = (...between: readonly string[]) =>
      codesOf(
        history()
          .connected()
          .append('s1@9-0')
          .poll('s1')
          .event(drops('command-called'))
          .append(...between)
          .event(drops('command-returned'))
          .append('s3@9-0')
          .reading({ cursor: '0-0' })
          .served('s3')
          .end(),
      )
    expect(byConsumer()).not.toContain('nonmonotonic-append')
    // Appended while the command that removes the topic was under way: it may have gone away with it.
    expect(byConsumer('s2@9-1')).not.toContain('nonmonotonic-append')
    expect(
      codesOf(history().session('beginning').append('s1@9-0').remove('drop', 's1').append('s2@9-1', 's3@9-0').poll('s2', 's3').end()),
    ).toContain('nonmonotonic-append')
  })
})

describe('aborted-read', () => {
  it('is a rejected value that is in the log all the same', () => {
    const found = history().connected().rejected('s1').landed('s1@1-0').append('s2').poll('s1@1-0', 's2').end()
    expect(findings(found)).toEqual([{ code: 'aborted-read', rule: '1.2', value: 's1', id: '1-0' }])
    expect(anomaliesOf(found)[0]?.evidence).toContain('the append of s1 was rejected, and it is in the log at 1-0')
  })

  it('is one that a read returned, though it is gone at the end', () => {
    expect(findings(history().connected().rejected('s1').append('s2').poll('s1@1-0', 's2@1-0').end())).toContainEqual({
      code: 'aborted-read',
      rule: '1.2',
      value: 's1',
      id: '1-0',
    })
  })

  it('is not one that never appears', () => {
    expect(codesOf(history().connected().rejected('s1').append('s2').poll('s2').end())).toEqual([])
  })

  it('is not one of unknown outcome', () => {
    expect(codesOf(history().connected().unknown('s1').landed('s1@1-0').poll('s1').end())).toEqual([])
  })
})
