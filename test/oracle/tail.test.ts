import { describe, expect, it } from 'vitest'
import { anomaliesOf, codesOf, findings, history } from './histories.js'

describe('stale-tail', () => {
  it('is below an id that was acknowledged before the call', () => {
    const stale = history().append('s1', 's2').connected('1-0').append('s3').reading({ cursor: '2-0' }).served('s3').end()
    expect(findings(stale)).toEqual([{ code: 'stale-tail', rule: '2.3', consumer: 0, id: '1-0' }])
    expect(anomaliesOf(stale)[0]?.evidence).toBe('the tail was 1-0 although s2 had been acknowledged at 2-0 before it was asked for')
  })

  it('is the origin of a topic that has entries', () => {
    expect(findings(history().append('s1').connected('0-0').append('s2').reading({ cursor: '1-0' }).served('s2').end())).toEqual([
      { code: 'stale-tail', rule: '2.3', consumer: 0, id: '0-0' },
    ])
  })

  it('is not one that an append overtook while it was asked for', () => {
    const overtaken = history()
      .session()
      .tailCalled()
      .tailSent()
      .append('s1')
      .tailReturned('0-0')
      .announced()
      .append('s2')
      .poll('s1', 's2')
      .end()
    expect(codesOf(overtaken)).toEqual([])
  })

  it('is not one that goes back because its entry was removed', () => {
    expect(codesOf(history().append('s1', 's2').remove('delete', 's2').connected('1-0').append('s3').poll('s3').end())).toEqual([])
    expect(
      codesOf(
        history().append('s1').session().tailCalled().tailSent().remove('trim', 's1').tailReturned('0-0').append('s2').poll('s2').end(),
      ),
    ).toEqual([])
  })

  it('is, where it is declared to survive that, one that went back when its entry was removed', () => {
    const survives = { capabilities: { tailSurvivesTrim: true } }
    const back = (how: 'trim' | 'delete' | 'drop', tail: string) =>
      history().append('s1', 's2').remove(how, 's1', 's2').connected(tail).append('s3').poll('s3').end()
    expect(findings(back('trim', '0-0'), survives)).toEqual([{ code: 'stale-tail', rule: '2.5', consumer: 0, id: '0-0' }])
    expect(findings(back('delete', '1-0'), survives)).toEqual([{ code: 'stale-tail', rule: '2.5', consumer: 0, id: '1-0' }])
    expect(codesOf(back('trim', '2-0'), survives)).toEqual([])
    expect(codesOf(back('drop', '0-0'), survives)).toEqual([])
    expect(codesOf(back('trim', '0-0'))).toEqual([])
    const gone = history().append('s1', 's2').remove('trim', 's1').remove('drop', 's2').connected('0-0').append('s3').poll('s3').end()
    expect(codesOf(gone, survives)).toEqual([])
    const trimmedAll = history().append('s1').remove('trim', 's1').remove('drop').connected('0-0').append('s2').poll('s2').end()
    expect(codesOf(trimmedAll, survives)).toEqual([])
  })

  it('is not one below an append of unknown outcome, which may have happened later', () => {
    expect(codesOf(history().unknown('s1').connected('0-0').landed('s1@1-0').append('s2').poll('s1@1-0', 's2').end())).toEqual([])
  })

  it('compares as numbers', () => {
    expect(codesOf(history().append('s1@9-0', 's2@10-0').connected('10-0').append('s3').poll('s3').end())).toEqual([])
    expect(
      codesOf(history().append('s1@9-0', 's2@10-0').connected('9-0').append('s3').reading({ cursor: '10-0' }).served('s3').end()),
    ).toEqual(['stale-tail'])
  })
})

describe('phantom-tail', () => {
  it('is an id that was never assigned', () => {
    const phantom = history().append('s1').connected('7-0').append('s2@8-0').poll('s2').end()
    expect(findings(phantom)).toEqual([{ code: 'phantom-tail', rule: '2.4', consumer: 0, id: '7-0' }])
    expect(anomaliesOf(phantom)[0]?.evidence).toBe('the tail was 7-0, an id that was never assigned')
  })

  it.each(['$', '0', '', 'null', '1', '01-0'])('is no id at all: "%s" breaks rule 2.1', (tail) => {
    const found = anomaliesOf(history().connected(tail).append('s1').reading({ cursor: '0-0' }).served('s1').end())
    expect(found).toEqual([
      { code: 'phantom-tail', rule: '2.1', consumer: 0, id: tail, evidence: `the tail was "${tail}", which is not an id` },
    ])
  })

  it('is an id that was assigned only after that', () => {
    const early = history().connected('1-0').append('s1').idle().end()
    expect(findings(early)).toContainEqual({ code: 'phantom-tail', rule: '2.4', consumer: 0, id: '1-0' })
    expect(anomaliesOf(early).map(({ evidence }) => evidence)).toContain('the tail was 1-0, an id that was assigned only after that')
    // One whose append was under way, and one that the log has from somebody else.
    expect(codesOf(history().called('s1').connected('1-0').acknowledged('s1@1-0').idle().end())).not.toContain('phantom-tail')
    expect(codesOf(history().unknown('s1').landed('s1@1-0').connected('1-0').append('s2@2-0').poll('s2').end())).not.toContain(
      'phantom-tail',
    )
  })

  it('is not the origin, an entry, a removed entry, or one that does not decode', () => {
    expect(codesOf(history().connected('0-0').append('s1').poll('s1').end())).toEqual([])
    expect(codesOf(history().append('s1').connected('1-0').append('s2').poll('s2').end())).toEqual([])
    expect(codesOf(history().append('s1').remove('delete', 's1').connected('1-0').append('s2').poll('s2').end())).toEqual([])
    expect(codesOf(history().poison().connected('1-0').append('s1').poll('s1').end())).toEqual([])
  })

  it('is not a tail that failed', () => {
    expect(codesOf(history().session().tailCalled().tailSent().tailFailed().tail('0-0').append('s1').poll('s1').end())).toEqual([])
  })
})
