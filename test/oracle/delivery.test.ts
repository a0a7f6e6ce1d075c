import { describe, expect, it } from 'vitest'
import { FENCE } from '../../src/history/event.js'
import { anomaliesOf, codesOf, findings, history, verdictOf } from './histories.js'

const AT_LEAST_ONCE = { delivery: 'at-least-once' } as const
const mine = { consumer: 0, session: 0 }

describe('entry-skip', () => {
  it('is owed and undelivered, below the first delivered', () => {
    const skip = history().connected().append('s1', 's2').reading({ cursor: '1-0' }).served('s2').end()
    expect(findings(skip)).toEqual([
      { code: 'entry-skip', rule: '4.1', culprit: 'jumped-at-first', ...mine, value: 's1', id: '1-0', window: 'connect-gap' },
    ])
    expect(anomaliesOf(skip)[0]?.evidence).toBe('s1 at 1-0 was owed and never delivered: it lies below the first delivered entry')
  })

  it('is not what was there before the session, nor what it delivered late', () => {
    expect(codesOf(history().append('s1').connected('1-0').append('s2').poll('s2').end())).toEqual([])
    expect(codesOf(history().connected().append('s1').poll('s1').append('s2').poll('s2').end())).toEqual([])
  })

  it('compares as numbers: 9-0 is below 10-0', () => {
    const skip = history().connected('0-0').append('s1@9-0', 's2@10-0').reading({ cursor: '9-0' }).served('s2').end()
    expect(codesOf(skip)).toEqual(['entry-skip'])
  })
})

describe('poll-skip', () => {
  it('is owed and undelivered, between two delivered', () => {
    const skip = history().connected().append('s1').poll('s1').append('s2', 's3').reading({ cursor: '2-0' }).served('s3').end()
    expect(findings(skip)).toEqual([
      { code: 'poll-skip', rule: '4.3', culprit: 'jumped-after-batch', ...mine, value: 's2', id: '2-0', window: 'batch-gap' },
    ])
    expect(anomaliesOf(skip)[0]?.evidence).toContain('s2 at 2-0 was owed and never delivered: it lies between two delivered entries')
  })

  it('is not what was removed before anything above it was delivered', () => {
    for (const how of ['trim', 'delete'] as const) {
      expect(codesOf(history().connected().append('s1').poll('s1').append('s2', 's3').remove(how, 's2').poll('s3').end())).toEqual([])
    }
  })

  it('is what the session had passed already when it was removed', () => {
    const passed = history()
      .connected()
      .append('s1')
      .poll('s1')
      .append('s2', 's3')
      .reading({ cursor: '2-0' })
      .served('s3')
      .remove('trim', 's1', 's2')
      .end()
    expect(findings(passed)).toEqual([
      { code: 'poll-skip', rule: '4.3', culprit: 'jumped-after-batch', ...mine, value: 's2', id: '2-0', window: 'batch-gap' },
    ])
    expect(verdictOf(passed).counts).toMatchObject({ owed: 3, delivered: 2, lost: 1 })
  })
})

describe('unseen', () => {
  it('is owed and undelivered, with nothing delivered above it', () => {
    const unseen = history()
      .connected()
      .idle()
      .append('s1')
      .idle({ cursor: '$' })
      .waiting({ cursor: '$' })
      .quiescent()
      .append(FENCE)
      .served(FENCE)
      .quiescent()
      .witnessed()
    expect(findings(unseen)).toEqual([
      { code: 'unseen', rule: '4.2', culprit: 'latest-anew', ...mine, value: 's1', id: '1-0', window: 'empty-gap' },
    ])
    expect(anomaliesOf(unseen)[0]?.evidence).toBe('s1 at 1-0 was owed and never delivered: it lies beyond the last delivered entry')
  })

  it('lies beyond the last entry though the fence above it arrived: the fence is no entry of the stream', () => {
    const lost = history().connected().append('s1').poll('s1').idle().append('s2').reading({ cursor: '2-0' }).emptied().end()
    expect(codesOf(lost)).toEqual(['unseen'])
  })

  it('is the fence itself where the consumer is dead, and that is no entry lost', () => {
    const dead = history()
      .connected()
      .append('s1')
      .poll('s1')
      .idle()
      .waiting()
      .quiescent()
      .append(FENCE)
      .emptied()
      .waiting()
      .quiescent()
      .witnessed()
    expect(findings(dead)).toEqual([
      { code: 'unseen', rule: '3.7', culprit: 'not-woken', ...mine, value: FENCE, id: '2-0', window: 'in-block' },
    ])
    expect(verdictOf(dead).counts).toMatchObject({ owed: 1, delivered: 1, lost: 0 })
  })

  it('is not one that a timer of its own may still bring, unless it says how long these take', () => {
    const rests = (withinMs?: number) =>
      ({ type: 'quiescent', consumer: 0, silent: true, ...(withinMs === undefined ? {} : { withinMs }) }) as const
    const missing = (first?: number, second?: number) =>
      history()
        .connected()
        .append('s1')
        .poll('s1')
        .append('s2')
        .event(rests(first))
        .append(FENCE)
        .deliver(FENCE)
        .event(rests(second))
        .witnessed()
    expect(codesOf(missing())).toEqual(['unseen'])
    expect(verdictOf(missing(15_000))).toMatchObject({
      result: 'unknown',
      anomalies: [],
      counts: { owed: 2, delivered: 1, lost: 0 },
      reasons: [expect.stringContaining('s2 at 2-0 may still come (waited 15 s)')],
    })
    expect(codesOf(missing(15_000), { catchUpWithinMs: 15_000 })).toEqual(['unseen'])
    // What was lost before the fence stays lost: when it came to rest first, nothing was left to wait for.
    expect(codesOf(missing(undefined, 15_000))).toEqual(['unseen'])
  })

  it('is not one that is pending, and may still be claimed', () => {
    const pending = (claims: 'none' | 'missed') =>
      history()
        .connected()
        .append('s1')
        .idle({ cursor: '>' })
        .waiting({ cursor: '>' })
        .quiescent()
        .append(FENCE)
        .served(FENCE)
        .quiescent()
        .event({ type: 'pending', values: ['s1'], claims, withinMs: 10_000 })
        .witnessed()
    expect(verdictOf(pending('none'))).toMatchObject({
      result: 'unknown',
      reasons: [expect.stringContaining('s1 at 1-0 is pending in its group, and may still come (waited 10 s)')],
    })
    expect(codesOf(pending('none'), { catchUpWithinMs: 10_000 })).toEqual(['unseen'])
    expect(codesOf(pending('missed'))).toEqual(['unseen'])
  })

  it('is not an entry whose fence alone is missing, nor a fence whose entry alone is', () => {
    const codes = (events: ReturnType<typeof history>) => anomaliesOf(events.witnessed()).map(({ code, value }) => `${code} ${value}`)
    const start = () => history().connected().idle().append('s1')
    expect(codes(start().poll('s1').idle().waiting().quiescent().append(FENCE).emptied().waiting().quiescent())).toEqual([
      `unseen ${FENCE}`,
    ])
    expect(codes(start().idle({ cursor: '1-0' }).waiting().quiescent().append(FENCE).served(FENCE).quiescent())).toEqual(['unseen s1'])
  })

  it('is not judged before the session came to rest, nor in one that was aborted', () => {
    expect(codesOf(history().connected().append('s1').reading({ cursor: '1-0' }).witnessed())).toEqual([])
    expect(codesOf(history().connected().append('s1').aborted().closed('aborted').witnessed())).toEqual([])
  })

  it('is not what the server lost', () => {
    const server = history().connected().pretended('s1').append('s2').poll('s2').end()
    expect(codesOf(server)).toEqual(['lost-append'])
  })

  it('is one of unknown outcome that is in the log, and not one that is not', () => {
    const after = (landed: string) => history().connected().unknown('s1').landed(landed).idle({ cursor: '1-0' }).end()
    expect(codesOf(after('s1@1-0'))).toEqual(['unseen'])
    expect(codesOf(after('other@1-0'))).toEqual([])
  })

  it('is not one that a frame names by its id alone', () => {
    const nameless = history().connected().append('s1').reading().batch('s1').deliver({ id: '1-0' }).end()
    expect(verdictOf(nameless)).toMatchObject({ result: 'valid', anomalies: [], counts: { owed: 1, delivered: 1 } })
  })
})

describe('sessions are judged one by one', () => {
  it('"some reader saw it" makes good nothing that another one lost', () => {
    const two = history().as(0).connected().as(1).connected().append('s1').as(0).poll('s1').as(1).idle({ cursor: '1-0' })
    expect(findings(two.end(0, 1))).toEqual([
      { code: 'unseen', rule: '4.9', culprit: 'shared-cursor', consumer: 1, session: 0, value: 's1', id: '1-0', window: 'connect-gap' },
    ])
  })

  it('two consumers that are both right are right, though their steps interleave', () => {
    const two = history().as(0).connected().as(1).session().tail('0-0').as(0).reading().append('s1').as(1).announced().append('s2')
    two.as(0).returned('empty').ended().poll('s1', 's2').as(1).poll('s1', 's2')
    expect(verdictOf(two.end(0, 1))).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
  })

  it('a shared cursor makes each of two consumers lose what the other got', () => {
    const shared = history()
      .as(0)
      .connected()
      .as(1)
      .connected()
      .append('s1', 's2')
      .as(0)
      .reading({ count: 1 })
      .served('s1')
      .as(1)
      .reading({ cursor: '1-0', count: 1 })
      .served('s2')
    const found = findings(shared.as(0).idle({ cursor: '2-0' }).end(0, 1))
    expect(found.map(({ code, consumer, value }) => [code, consumer, value])).toEqual([
      ['entry-skip', 1, 's1'],
      ['unseen', 0, 's2'],
    ])
  })

  it('a second session that resumes from an id owes what is above it, and not what the first one had', () => {
    const first = history()
      .connected()
      .append('s1', 's2')
      .reading()
      .returned('batch')
      .entry('s1')
      .deliver('s1')
      .aborted()
      .ended('left')
      .closed('aborted')
      .append('s3')
    expect(codesOf(first.session('id', '1-0').poll('s2', 's3').end())).toEqual([])
  })

  it('a second session that asks the tail when it should resume loses what came in between', () => {
    const first = history().connected().append('s1').poll('s1').aborted().closed('aborted').append('s2')
    expect(findings(first.session('id', '1-0').tail('2-0').idle().end())).toEqual([
      { code: 'unseen', rule: '5.5', culprit: 'tail-on-resume', consumer: 0, session: 1, value: 's2', id: '2-0', window: 'connect-gap' },
    ])
  })

  it('a second session that lost what was in flight when its client went away breaks rule 5.3', () => {
    const first = history().connected().append('s1').poll('s1').waiting().append('s2').aborted().closed('aborted')
    expect(findings(first.session('id', '1-0').idle({ cursor: '2-0' }).end())).toEqual([
      { code: 'unseen', rule: '5.3', culprit: 'resumed-ahead', consumer: 0, session: 1, value: 's2', id: '2-0', window: 'connect-gap' },
    ])
  })

  it('a second session that loses what came after it had begun breaks the rule of the window', () => {
    const first = history().connected().append('s1').poll('s1').aborted().closed('aborted')
    expect(findings(first.session('id', '1-0').idle().append('s2').idle({ cursor: '2-0' }).end())).toMatchObject([
      { code: 'unseen', rule: '4.2', culprit: 'jumped-after-empty', session: 1, window: 'empty-gap' },
    ])
  })

  it('a second session that starts at the tail owes nothing of what came in between', () => {
    const first = history().connected().append('s1').poll('s1').aborted().closed('aborted').append('s2')
    expect(codesOf(first.connected('2-0').append('s3').poll('s3').end())).toEqual([])
  })
})

describe('duplicate-delivery', () => {
  const twice = history().connected().append('s1').poll('s1').reading({ cursor: '0-0' }).served('s1').end()

  it('is a value delivered again within one session', () => {
    expect(findings(twice)).toEqual([{ code: 'duplicate-delivery', rule: '4.7', ...mine, value: 's1', id: '1-0' }])
    expect(anomaliesOf(twice)[0]?.evidence).toBe('s1 was delivered twice within one session')
  })

  it('is nothing where delivery is declared at least once', () => {
    expect(codesOf(twice, AT_LEAST_ONCE)).toEqual([])
    const again = history().connected().append('s1', 's2').poll('s1', 's2').reading({ cursor: '0-0' }).served('s1', 's2').end()
    expect(codesOf(again, AT_LEAST_ONCE)).toEqual([])
    expect(codesOf(again)).toEqual(['duplicate-delivery', 'duplicate-delivery'])
  })

  it('is nothing across sessions or consumers', () => {
    const across = history().session('beginning').append('s1').poll('s1').aborted().closed('aborted').session('beginning').poll('s1')
    expect(codesOf(across.as(1).session('beginning').poll('s1').end(0, 1))).toEqual([])
  })

  it('is a value delivered more often than the log has it', () => {
    const thrice = history().connected().append('s1').landed('s1@2-0').poll('s1@1-0', 's1@2-0').deliver('s1@2-0').end()
    expect(codesOf(thrice)).toEqual(['duplicate-delivery', 'duplicate-append'])
  })
})

describe('nonmonotonic-poll', () => {
  it('is a delivery below one that came before it', () => {
    const back = history().connected().append('s1', 's2').reading().batch('s1', 's2').deliver('s2', 's1').end()
    expect(findings(back)).toEqual([{ code: 'nonmonotonic-poll', rule: '4.7', ...mine, value: 's1', id: '1-0' }])
    expect(anomaliesOf(back)[0]?.evidence).toBe('1-0 was delivered after 2-0')
  })

  it('compares as numbers', () => {
    expect(codesOf(history().connected().append('s1@9-9', 's2@9-10', 's3@10-0').poll('s1', 's2', 's3').end())).toEqual([])
  })

  it('is not a repeat, nor another session, nor a frame without an id', () => {
    const repeat = history().connected().append('s1', 's2').poll('s1', 's2').reading({ cursor: '0-0' }).served('s1', 's2').end()
    expect(codesOf(repeat, AT_LEAST_ONCE)).toEqual([])
    const sessions = history()
      .session('beginning')
      .append('s1', 's2')
      .poll('s1', 's2')
      .aborted()
      .closed('aborted')
      .session('beginning')
      .poll('s1', 's2')
      .end()
    expect(codesOf(sessions)).toEqual([])
    expect(
      codesOf(history().connected().append('s1', 's2').reading().batch('s1', 's2').deliver({ value: 's2' }, { value: 's1' }).end()),
    ).toEqual([])
  })
})

describe('replayed-history', () => {
  it('delivers to a session from the tail what was there before it asked', () => {
    const replayed = history()
      .append('s1')
      .session()
      .tail('1-0')
      .announced()
      .append('s2')
      .reading({ cursor: '0-0' })
      .served('s1', 's2')
      .end()
    expect(findings(replayed)).toEqual([{ code: 'replayed-history', rule: '4.1', ...mine, value: 's1', id: '1-0' }])
    expect(anomaliesOf(replayed)[0]?.evidence).toContain('s1 was delivered to a session that started at the tail')
  })

  it('is not an entry between the question and its answer: it may come, and it may not', () => {
    const between = () => history().session().tailCalled().tailSent().append('s1')
    expect(codesOf(between().tailReturned('0-0').announced().append('s2').poll('s1', 's2').end())).toEqual([])
    expect(codesOf(between().tailReturned('1-0').announced().append('s2').poll('s2').end())).toEqual([])
  })

  it('is not an entry between the answer and the announcement, which may come too', () => {
    const between = () => history().session().tail('0-0').append('s1').announced().append('s2')
    expect(codesOf(between().poll('s1', 's2').end())).toEqual([])
    expect(codesOf(between().reading({ cursor: '1-0' }).served('s2').end())).toEqual([])
  })

  it('is not an entry behind the announcement of a session that took its cursor without asking for the tail', () => {
    const own = () => history().append('s1').session().announced().append('s2')
    expect(codesOf(own().reading({ cursor: '1-0' }).served('s2').end())).toEqual([])
    expect(codesOf(own().reading({ cursor: '0-0' }).served('s1', 's2').end())).toEqual(['replayed-history'])
  })

  it('is not an entry behind the first read of a session that read the history to find its end', () => {
    const own = () => history().append('s1').session().reading({ cursor: '0-0' }).batch('s1').append('s2').announced()
    expect(codesOf(own().reading({ cursor: '1-0' }).served('s2').end())).toEqual([])
    expect(codesOf(own().reading({ cursor: '0-0' }).served('s1', 's2').end())).toEqual(['replayed-history'])
  })

  it('is not an entry while the call was held before it reached the store', () => {
    expect(
      codesOf(history().session().tailCalled().append('s1').tailSent().tailReturned('1-0').announced().append('s2').poll('s2').end()),
    ).toEqual([])
  })

  it('is not one of unknown outcome, which may have happened later', () => {
    expect(codesOf(history().unknown('s1').connected().landed('s1@1-0').append('s2').poll('s1', 's2').end())).toEqual([])
  })

  it('is not what another reader had in hand of a topic made anew, unless the session has read it itself since', () => {
    const anew = () => history().append('s1').remove('drop', 's1').connected().append('s2')
    expect(codesOf(anew().reading().batch('s2').deliver('s1', 's2').end())).not.toContain('replayed-history')
    expect(codesOf(anew().reading().batch('s1', 's2').deliver('s1', 's2').end())).toContain('replayed-history')
    const kept = () => history().append('s1').connected().append('s2')
    expect(codesOf(kept().reading().batch('s2').deliver('s1', 's2').end())).toContain('replayed-history')
  })

  it('is nothing in a session from the beginning or from an id', () => {
    expect(codesOf(history().append('s1').session('beginning').poll('s1').end())).toEqual([])
    expect(codesOf(history().append('s1', 's2').session('id', '1-0').poll('s2').end())).toEqual([])
  })

  it('is, in a session that resumes, what its client has already', () => {
    const again = history().append('s1', 's2').session('id', '1-0').reading({ cursor: '0-0' }).served('s1', 's2').end()
    expect(findings(again)).toEqual([{ code: 'replayed-history', rule: '5.5', ...mine, value: 's1', id: '1-0' }])
    expect(anomaliesOf(again)[0]?.evidence).toBe('1-0 was delivered to a session that resumed after 1-0')
    expect(codesOf(again, AT_LEAST_ONCE)).toEqual([])
  })
})

describe('truncated-skip, where it is declared that clients are told', () => {
  const SIGNALS = { capabilities: { signalsTruncation: true } } as const
  const trimmed = () => history().connected().append('s1', 's2').remove('trim', 's1')

  it('is owed, trimmed before it was delivered, and nobody was told', () => {
    const silent = trimmed().poll('s2').end()
    expect(findings(silent, SIGNALS)).toEqual([
      { code: 'truncated-skip', rule: '6.1', ...mine, value: 's1', id: '1-0', window: 'connect-gap' },
    ])
    expect(anomaliesOf(silent, SIGNALS)[0]?.evidence).toContain('s1 at 1-0 was owed and trimmed away')
  })

  it('is nothing where the client was told, nor where nothing is declared', () => {
    expect(codesOf(trimmed().signalled().poll('s2').end(), SIGNALS)).toEqual([])
    expect(codesOf(trimmed().poll('s2').end())).toEqual([])
  })

  it('is not a signal that came before', () => {
    expect(codesOf(history().connected().signalled().append('s1', 's2').remove('trim', 's1').poll('s2').end(), SIGNALS)).toEqual([
      'truncated-skip',
    ])
  })

  it('is not what was delivered first, nor what was deleted, nor a session that did not come to rest', () => {
    expect(codesOf(history().connected().append('s1').poll('s1').remove('trim', 's1').end(), SIGNALS)).toEqual([])
    expect(codesOf(history().connected().append('s1', 's2').remove('delete', 's1').poll('s2').end(), SIGNALS)).toEqual([])
    expect(codesOf(trimmed().poll('s2').aborted().closed('aborted').witnessed(), SIGNALS)).toEqual([])
  })
})

describe('truncated-skip, of a topic that is deleted', () => {
  const SIGNALS = { capabilities: { signalsTruncation: true } } as const
  const begun = () => history().connected().append('s1').poll('s1')

  it('is not to be noticed where the topic went away before there was a cycle of reads, or after one before the trim', () => {
    const after = begun().append('s2', 's3').remove('trim', 's2').remove('drop', 's3')
    expect(codesOf(after.end(), SIGNALS)).toEqual([])
    const before = begun().remove('drop', 's1').append('s2', 's3').remove('trim', 's2')
    expect(codesOf(before.poll('s3').end(), SIGNALS)).toEqual([])
  })

  it('is to be noticed where there was one', () => {
    const after = begun().append('s2', 's3').remove('trim', 's2').poll('s3').idle().remove('drop', 's3')
    expect(codesOf(after.end(), SIGNALS)).toEqual(['truncated-skip'])
    const before = begun().remove('drop', 's1').idle().idle().append('s2', 's3').remove('trim', 's2')
    expect(codesOf(before.poll('s3').end(), SIGNALS)).toEqual(['truncated-skip'])
  })
})

describe('a topic that was made anew with lower ids', () => {
  const SIGNALS = { capabilities: { signalsRecreation: true } } as const
  const anew = () => history().session('beginning').explicit('s1@5-0').poll('s1').remove('drop', 's1').explicit('s2@3-0')

  it('is lost on those who say that they notice, and did not', () => {
    expect(findings(anew().end(), SIGNALS)).toEqual([
      { code: 'entry-skip', rule: '6.2', culprit: 'kept-old-cursor', ...mine, value: 's2', id: '3-0', window: 'batch-gap' },
    ])
  })

  it('is owed by nobody else', () => {
    expect(codesOf(anew().end())).toEqual([])
  })

  it('is delivered again from the beginning by those who noticed, which is no step back', () => {
    expect(codesOf(anew().signalled().reading({ cursor: '0-0' }).served('s2').end(), SIGNALS)).toEqual([])
  })
})
