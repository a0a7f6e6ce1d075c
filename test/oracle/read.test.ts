import { describe, expect, it } from 'vitest'
import { parseStreamId } from '../../src/contract/stream-id.js'
import { type Story, anomaliesOf, codesOf, findings, history } from './histories.js'

describe('stale-read', () => {
  it('is empty although something was due at the call', () => {
    const stale = history().connected().append('s1').idle().poll('s1').end()
    expect(findings(stale)).toEqual([{ code: 'stale-read', rule: '3.6', consumer: 0, value: 's1', id: '1-0' }])
    expect(anomaliesOf(stale)[0]?.evidence).toBe('read #1 after 0-0 came back empty although s1 had been acknowledged at 1-0 before it')
  })

  it('is not one that an append came into while it was under way', () => {
    expect(codesOf(history().connected().reading().append('s1').returned('empty').ended().poll('s1').end())).toEqual([])
    expect(codesOf(history().connected().waiting().append('s1').emptied().poll('s1').end())).toEqual([])
  })

  it('is not one whose entry was removed before it came back', () => {
    expect(
      codesOf(history().connected().append('s1').poll('s1').append('s2').reading().remove('delete', 's2').returned('empty').ended().end()),
    ).toEqual([])
  })

  it('is not one that asked with "$", which is above everything', () => {
    expect(
      codesOf(history().session('beginning').append('s1').idle({ cursor: '$' }).reading({ cursor: '0-0' }).served('s1').end()),
    ).toEqual([])
  })

  it('is not one whose session was told to stop, whatever it then comes back with', () => {
    const stopped = history().session('beginning').append('s1').reading().aborted().returned('empty').ended().closed('aborted')
    expect(codesOf(stopped.session('beginning').poll('s1').end())).toEqual([])
  })

  it('is not one that was told to stop', () => {
    const stopped = history()
      .session('beginning')
      .append('s1')
      .reading()
      .aborted()
      .returned('empty', { aborted: true })
      .ended('left')
      .closed('aborted')
    expect(codesOf(stopped.session('beginning').poll('s1').end())).toEqual([])
  })

  it('is not one below an append of unknown outcome, which may have happened later', () => {
    expect(codesOf(history().connected().unknown('s1').idle().landed('s1@1-0').poll('s1').end())).toEqual([])
  })

  it('is no empty read where an entry went that a rejected append never wrote', () => {
    expect(codesOf(history().connected().rejected('s1').idle().append('s2').poll('s2').end())).toEqual([])
  })

  it('speaks of rule 4.6 where undecodable entries fill the batch that it asked for', () => {
    const wedged = history().connected().poison(2).append('s1').reading({ count: 2 }).returned('empty').ended().reading().served('s1').end()
    expect(findings(wedged)).toEqual([{ code: 'stale-read', rule: '4.6', consumer: 0, value: 's1', id: '3-0' }])
  })
})

describe('early-empty', () => {
  it('is empty although nothing had ended the time that it was to wait', () => {
    const spins = history().connected().reading().returned('empty', { early: true }).ended().append('s1').poll('s1').end()
    expect(findings(spins)).toEqual([{ code: 'early-empty', rule: '3.8', consumer: 0 }])
    expect(anomaliesOf(spins)[0]?.evidence).toBe('read #1 came back empty at once, although nothing had ended its 2000 ms')
  })

  it('speaks of rule 3.9 where something ended its wait that it does not tell of', () => {
    const swallowed = history()
      .connected()
      .waiting()
      .disconnected()
      .returned('empty', { early: true })
      .ended()
      .append('s1')
      .poll('s1')
      .end()
    expect(findings(swallowed)).toEqual([{ code: 'early-empty', rule: '3.9', consumer: 0 }])
  })

  it('is told once, however often it spins', () => {
    const spin = history().connected()
    for (let i = 0; i < 5; i++) spin.reading().returned('empty', { early: true }).ended()
    expect(codesOf(spin.append('s1').poll('s1').end())).toEqual(['early-empty'])
  })

  it('is not one that waited, nor one that is stale, nor one that was given up', () => {
    expect(codesOf(history().connected().idle().append('s1').poll('s1').end())).toEqual([])
    const stale = history().connected().append('s1').reading().returned('empty', { early: true }).ended().poll('s1').end()
    expect(codesOf(stale)).toEqual(['stale-read'])
    const givenUp = history()
      .connected()
      .reading()
      .returned('empty', { early: true, aborted: true })
      .ended('left')
      .append('s1')
      .poll('s1')
      .end()
    expect(codesOf(givenUp)).toEqual([])
  })

  it('is not one that something woke which was gone again; what came before or stays is no excuse', () => {
    const woken = (how: 'trim' | 'delete' | 'drop') =>
      history()
        .connected()
        .waiting()
        .append('s1')
        .remove(how, 's1')
        .returned('empty', { early: true })
        .ended()
        .append('s2')
        .poll('s2')
        .end()
    for (const how of ['trim', 'delete', 'drop'] as const) expect(codesOf(woken(how))).toEqual([])
    const before = history().connected().append('s1').remove('trim', 's1').waiting().returned('empty', { early: true }).ended()
    expect(codesOf(before.append('s2').poll('s2').end())).toEqual(['early-empty'])
    const stays = history().connected().waiting().append('s1').returned('empty', { early: true }).ended().poll('s1').end()
    expect(codesOf(stays)).toEqual(['early-empty'])
  })
})

describe('unasked-wait', () => {
  const now = { timeoutMs: 0 }

  it('is two reads in a row that were not to wait, and waited until that was ended', () => {
    const waits = history().connected().idle(now).idle(now).append('s1').poll('s1').end()
    expect(findings(waits)).toEqual([{ code: 'unasked-wait', rule: '3.13', consumer: 0 }])
    expect(anomaliesOf(waits)[0]?.evidence).toBe(
      'reads #1 and #2 were made with a time-out of 0 ms, and waited until the schedule ended their waits',
    )
  })

  it('is told once, and of one consumer', () => {
    const both = history().as(1).connected().as(0).connected().idle(now).as(1).idle(now).idle(now).idle(now).append('s1').poll('s1')
    expect(findings(both.as(0).poll('s1').end(0, 1))).toEqual([{ code: 'unasked-wait', rule: '3.13', consumer: 1 }])
  })

  it('is not one alone, nor one of which the answer came while a read of the repository waited', () => {
    const right = (story: Story) => expect(codesOf(story.append('s1').poll('s1').end())).toEqual([])
    right(history().connected().idle(now))
    right(history().connected().idle(now).empty(now).idle(now).empty(now))
    right(history().connected().waiting(now).returned('empty').ended().waiting(now).returned('empty').ended())
    const late = (story: Story) => story.waiting(now).expired().returned('empty', { late: true }).ended()
    right(late(history().connected().idle(now)))
    right(late(late(history().connected())))
    right(history().connected().idle().idle())
  })
})

describe('short-read', () => {
  it('stopped below count although there was more', () => {
    const short = history().connected().append('s1', 's2').poll('s1').poll('s2').end()
    expect(findings(short)).toEqual([{ code: 'short-read', rule: '3.4', consumer: 0, value: 's2', id: '2-0' }])
    expect(anomaliesOf(short)[0]?.evidence).toBe(
      'read #1 returned 1 of at most 10 entries and stopped at 1-0, although s2 at 2-0 was there',
    )
  })

  it('is not one that stopped at count', () => {
    expect(codesOf(history().connected().append('s1', 's2').reading({ count: 1 }).served('s1').poll('s2').end())).toEqual([])
  })

  it('is not one that an append woke: the others came while it was on its way back', () => {
    expect(codesOf(history().connected().waiting().append('s1', 's2', 's3').served('s1').poll('s2', 's3').end())).toEqual([])
  })

  it('is not one that the consumer left early', () => {
    const left = history()
      .connected()
      .append('s1', 's2')
      .reading()
      .returned('batch')
      .entry('s1')
      .deliver('s1')
      .ended('left')
      .poll('s2')
      .end()
    expect(codesOf(left)).toEqual([])
  })

  it('is not one whose rest was removed while it was under way', () => {
    expect(codesOf(history().connected().append('s1', 's2').reading().remove('delete', 's2').served('s1').end())).toEqual([])
  })

  it('is not one whose adapter skips undecodable entries that count', () => {
    const skips = history().connected().append('s1').poison(2).append('s2').reading({ count: 3 }).served('s1').poll('s2').end()
    expect(codesOf(skips)).toEqual([])
  })

  it('counts an undecodable entry once, where the adapter hands it out', () => {
    const batch = history()
      .connected()
      .poison()
      .append('s1')
      .reading({ count: 2 })
      .returned('batch')
      .entry({ id: '1-0', undecodable: true })
      .ended()
    expect(findings(batch.poll('s1').end())).toEqual([{ code: 'short-read', rule: '3.4', consumer: 0, value: 's1', id: '2-0' }])
  })
})

describe('over-read', () => {
  it('is an id at the cursor, or below it', () => {
    const over = history().append('s1').connected('1-0').append('s2').reading().batch('s1', 's2').deliver('s2').end()
    expect(findings(over)).toEqual([{ code: 'over-read', rule: '3.1', consumer: 0, value: 's1', id: '1-0' }])
    expect(anomaliesOf(over)[0]?.evidence).toBe('read #1 after 1-0 returned 1-0: the cursor is exclusive')
  })

  it('is not one above it by the sequence only, nor by one digit more', () => {
    expect(codesOf(history().append('s0@9-9').connected('9-9').append('s1@9-10', 's2@10-0').poll('s1', 's2').end())).toEqual([])
  })

  it('is nothing to ask of "$"', () => {
    expect(codesOf(history().connected().waiting({ cursor: '$' }).append('s1').served('s1').end())).toEqual([])
  })
})

describe('overfull-read', () => {
  it('is more than count', () => {
    const overfull = history().connected().append('s1', 's2').reading({ count: 1 }).served('s1', 's2').end()
    expect(findings(overfull)).toEqual([{ code: 'overfull-read', rule: '3.5', consumer: 0 }])
    expect(anomaliesOf(overfull)[0]?.evidence).toBe('read #1 returned 2 entries, with count 1')
  })

  it('is not exactly count', () => {
    expect(codesOf(history().connected().append('s1', 's2').reading({ count: 2 }).served('s1', 's2').end())).toEqual([])
  })
})

describe('int-poll-skip', () => {
  it('is a due id missing below the highest one returned', () => {
    const skip = history().connected().append('s1', 's2', 's3').poll('s1', 's3').end()
    expect(findings(skip)).toContainEqual({ code: 'int-poll-skip', rule: '3.4', consumer: 0, value: 's2', id: '2-0' })
    expect(codesOf(skip)).toEqual(['poll-skip', 'int-poll-skip'])
    expect(anomaliesOf(skip)[1]?.evidence).toBe('read #1 after 0-0 reached 3-0 and left out s2 at 2-0')
  })

  it('is not one that was removed, that does not decode, or that is above the last', () => {
    expect(codesOf(history().connected().append('s1', 's2', 's3').remove('delete', 's2').poll('s1', 's3').end())).toEqual([])
    expect(codesOf(history().connected().append('s1').poison().append('s2').poll('s1', 's2').end())).toEqual([])
    expect(codesOf(history().connected().append('s1', 's2').reading({ count: 1 }).served('s1').poll('s2').end())).toEqual([])
  })
})

describe('a read that is made of pages', () => {
  const firstPage = () => history().connected().append('s1', 's2', 's3').reading({ count: 4 }).returned('batch').entry('s1').deliver('s1')

  it('owes nothing that was trimmed before it came to it', () => {
    expect(codesOf(firstPage().remove('trim', 's1', 's2').entry('s3').deliver('s3').ended().end())).toEqual([])
  })

  it('saw nothing in the wrong order where an entry came and went between two pages', () => {
    expect(codesOf(firstPage().append('s4', 's5').remove('trim', 's2', 's3', 's4').entry('s5').deliver('s5').ended().end())).toEqual([])
  })

  it('owes what was trimmed after it had passed it', () => {
    const passed = firstPage().entry('s3').remove('trim', 's1', 's2').deliver('s3').ended()
    expect(codesOf(passed.end())).toEqual(['int-poll-skip'])
  })

  it('owes what was trimmed after its first page had come', () => {
    const held = history().connected().append('s1', 's2').reading().returned('batch').remove('trim', 's1').entry('s2').deliver('s2').ended()
    expect(codesOf(held.end())).toEqual(['int-poll-skip'])
    const empty = history().connected().append('s1').reading().returned('empty').remove('trim', 's1').ended()
    expect(codesOf(empty.end())).toEqual(['stale-read'])
  })
})

describe('int-nonmonotonic-poll', () => {
  it('is a batch whose ids do not rise', () => {
    const reversed = history().connected().append('s1', 's2').reading().batch('s2', 's1').deliver('s1', 's2').idle({ cursor: '2-0' }).end()
    expect(findings(reversed)).toEqual([{ code: 'int-nonmonotonic-poll', rule: '3.4', consumer: 0, id: '1-0' }])
    expect(anomaliesOf(reversed)[0]?.evidence).toBe('read #1 returned 1-0 after 2-0')
  })

  it('is one id twice', () => {
    expect(codesOf(history().connected().append('s1').reading().batch('s1', 's1').deliver('s1').end())).toEqual(['int-nonmonotonic-poll'])
  })

  it('compares as numbers', () => {
    expect(codesOf(history().connected().append('s1@9-9', 's2@9-10', 's3@10-0').poll('s1', 's2', 's3').end())).toEqual([])
  })
})

describe('incompatible-order', () => {
  const late = history().connected().called('s1').append('s2@2-0').poll('s2').acknowledged('s1@1-0')

  it('is an id that became visible below one that had been read already', () => {
    const found = late.end()
    expect(findings(found)).toContainEqual({ code: 'incompatible-order', rule: '1.7', consumer: 0, value: 's1', id: '1-0' })
    expect(anomaliesOf(found).at(-1)?.evidence).toBe(
      'read #1 after 0-0 reached 2-0 without s1 at 1-0, whose append was acknowledged only after the read had begun',
    )
  })

  it('is one whose outcome was never known, too', () => {
    const unknown = history().connected().unknown('s1').append('s2@2-0').poll('s2').landed('s1@1-0').end()
    expect(codesOf(unknown)).toEqual(['entry-skip', 'incompatible-order'])
  })

  it('is not an append under way that the read already returned', () => {
    expect(codesOf(history().connected().called('s1').poll('s1@1-0').acknowledged('s1@1-0').append('s2').poll('s2').end())).toEqual([])
  })

  it('is not one of the next life of a topic that the schedule dropped', () => {
    const dropped = history()
      .session('beginning')
      .explicit('s1@5-0')
      .poll('s1')
      .remove('drop', 's1')
      .explicit('s2@3-0')
      .reading({ cursor: '0-0' })
      .served('s2')
    expect(codesOf(dropped.end())).not.toContain('incompatible-order')
  })
})

describe('unexpected', () => {
  it('is something that was never appended', () => {
    const strange = history().connected().append('s1').reading().batch('s1', { id: '1-5', got: '{"x":1}' }).deliver('s1').end()
    expect(findings(strange)).toEqual([{ code: 'unexpected', rule: '3.11', consumer: 0, id: '1-5' }])
    expect(anomaliesOf(strange)[0]?.evidence).toBe('read #1 returned an entry at 1-5 with {"x":1}, which was never appended here')
  })

  it('is an entry of another topic', () => {
    const other = history()
      .connected()
      .event({ type: 'elsewhere', value: 'x1' })
      .append('s1@2-0')
      .reading()
      .batch('x1@1-0', 's1')
      .deliver('s1')
      .end()
    expect(findings(other)).toEqual([{ code: 'unexpected', rule: '3.11', consumer: 0, id: '1-0' }])
    expect(anomaliesOf(other)[0]?.evidence).toContain('x1 at 1-0')
  })

  it('is a frame that the consumer made up, with an id or without', () => {
    const made = history().connected().append('s1').poll('s1').deliver({ got: '"hello"' }, { id: '1-7' }).end()
    expect(findings(made)).toEqual([
      { code: 'unexpected', rule: '3.11', consumer: 0 },
      { code: 'unexpected', rule: '3.11', consumer: 0, id: '1-7' },
    ])
  })

  it('is not an undecodable entry, handed out as such or as a frame', () => {
    const poison = history()
      .connected()
      .poison()
      .reading()
      .returned('batch')
      .entry({ id: '1-0', undecodable: true })
      .deliver({ id: '1-0' })
      .ended()
    expect(codesOf(poison.append('s1').poll('s1').end())).toEqual([])
  })

  it('is not a frame that tells only the id of an append of unknown outcome', () => {
    const nameless = history().connected().unknown('s1').landed('s1@1-0').reading().batch('s1').deliver({ id: '1-0' }).end()
    expect(codesOf(nameless)).toEqual([])
  })

  it('nor is it one where the entry is gone by the end, and a read had it', () => {
    const gone = { type: 'removed', how: 'trim', ids: [parseStreamId('1-0')] } as const
    const unknown = () => history().connected().unknown('s1').append('s2@2-0')
    expect(codesOf(unknown().reading().batch('s1@1-0', 's2').event(gone).deliver({ id: '1-0' }).deliver('s2').end())).toEqual([])
    expect(codesOf(unknown().event(gone).reading().batch('s2').deliver({ id: '1-0' }).deliver('s2').end())).toContain('unexpected')
  })
})

describe('corrupt-read', () => {
  it('is a payload that a read did not return as it was appended', () => {
    const corrupt = history().connected().append('s1').reading().batch({ id: '1-0', value: 's1', got: '{"body":"?"}' }).deliver('s1').end()
    expect(findings(corrupt)).toEqual([{ code: 'corrupt-read', rule: '1.5', consumer: 0, value: 's1', id: '1-0' }])
    expect(anomaliesOf(corrupt)[0]?.evidence).toBe('read #1 returned s1 at 1-0 as {"body":"?"}, which is not what was appended')
  })

  it('is one that the consumer spoilt', () => {
    const spoilt = history().connected().append('s1').reading().batch('s1').deliver({ id: '1-0', value: 's1', got: '{}' }).end()
    expect(findings(spoilt)).toEqual([{ code: 'corrupt-read', rule: '1.5', consumer: 0, value: 's1' }])
    expect(anomaliesOf(spoilt)[0]?.evidence).toBe('the consumer handed out s1 as {}, which is not what was appended')
  })

  it('is a good entry that is said not to decode', () => {
    const undecodable = history().connected().append('s1').reading().batch({ id: '1-0', undecodable: true }).deliver('s1').end()
    expect(findings(undecodable)).toEqual([{ code: 'corrupt-read', rule: '1.5', consumer: 0, value: 's1', id: '1-0' }])
  })

  it('is not an entry that does not decode indeed', () => {
    const poison = history().connected().poison().reading().batch({ id: '1-0', undecodable: true }).append('s1').poll('s1').end()
    expect(codesOf(poison)).toEqual([])
  })
})

describe('future-read', () => {
  it('was returned before it was appended', () => {
    const future = history().connected().reading().batch('s1@1-0').deliver('s1@1-0').append('s1@1-0').end()
    expect(findings(future)).toContainEqual({ code: 'future-read', rule: '1.4', consumer: 0, value: 's1', id: '1-0' })
    expect(anomaliesOf(future).find(({ code }) => code === 'future-read')?.evidence).toBe('read #1 returned s1 before it was appended')
  })

  it('is not one whose append had been called and had not returned', () => {
    expect(codesOf(history().connected().called('s1').poll('s1@1-0').acknowledged('s1@1-0').end())).toEqual([])
  })
})
