/** By which act an entry was lost: for each a history that shows it, and one that is near and shows another. */
import { describe, expect, it } from 'vitest'
import { culprits } from '../../src/oracle/catalogue/culprits.js'
import { ORIGIN } from '../../src/contract/stream-id.js'
import { type Story, anomaliesOf, history } from './histories.js'

const of = (story: Story) => [...new Set(anomaliesOf(story.end()).map(({ culprit }) => culprit?.name ?? '-'))]
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

  it('jumps to what it was never given', () => {
    expect(of(history().connected().append('s1').idle({ cursor: '1-0' }))).toEqual(['jumped-at-first'])
    expect(of(history().connected().idle().append('s1').idle({ cursor: '1-0' }))).toEqual(['jumped-after-empty'])
    expect(where(history().connected().append('s1').idle({ cursor: '1-0' }))).toMatchObject({ read: 1, from: '1-0' })
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

it('every culprit has a name of its own, and says what it did', () => {
  expect(new Set(culprits.map(({ name }) => name)).size).toBe(culprits.length)
  const words = { latest: 'LATEST', undelivered: 'NEW' }
  for (const { did } of culprits) expect(did(words)).toMatch(/^[a-z]/)
  expect(new Set(culprits.map(({ did }) => did(words))).size).toBe(culprits.length)
})
