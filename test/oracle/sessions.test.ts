import { describe, expect, it } from 'vitest'
import { analyse, type Session } from '../../src/oracle/analysis.js'
import { type Story, history } from './histories.js'

const sessionsOf = (story: Story): readonly Session[] => analyse(story.end()).sessions
const owedBy = (session: Session | undefined) => session?.owed.map(({ value }) => value).filter((value) => value !== 'fence')
const owed = (story: Story) => owedBy(sessionsOf(story)[0])

describe('the attach signal', () => {
  it('is the announcement, where there is one', () => {
    expect(owed(history().session().tail('0-0').append('s1').announced().append('s2').poll('s2'))).toEqual(['s2'])
  })

  it('is the announcement, though it comes after the first read', () => {
    expect(owed(history().session().tail('0-0').idle().append('s1').announced().append('s2').poll('s1', 's2'))).toEqual(['s2'])
  })

  it('is else the return of the tail', () => {
    expect(owed(history().session().tailCalled().tailSent().append('s1').tailReturned('1-0').append('s2').poll('s2'))).toEqual(['s2'])
  })

  it('is the first tail that came back, not one that failed, nor one that is asked for again later', () => {
    expect(owed(history().session().tailCalled().tailSent().tailFailed().append('s1').tail('1-0').append('s2').poll('s2'))).toEqual(['s2'])
    expect(owed(history().session().tail('0-0').append('s1').poll('s1').append('s2').tail('2-0').append('s3').poll('s3'))).toEqual([
      's1',
      's2',
      's3',
    ])
  })

  it('is else the moment when the first read was in the store', () => {
    expect(owed(history().session().readCalled({ cursor: '$' }).append('s1').readSent().blocked().append('s2').served('s2'))).toEqual([
      's2',
    ])
    expect(owed(history().session().reading({ cursor: '$' }).returned('empty').ended().append('s1').idle())).toEqual(['s1'])
  })

  it('is of its own session and its own consumer', () => {
    const [first, second, other] = sessionsOf(
      history()
        .connected()
        .append('s1')
        .poll('s1')
        .aborted()
        .closed('aborted')
        .append('s2')
        .connected('2-0')
        .append('s3')
        .poll('s3')
        .as(1)
        .connected('3-0')
        .append('s4')
        .poll('s4')
        .as(0)
        .poll('s4'),
    )
    expect([first, second, other].map((session) => session?.consumer)).toEqual([0, 0, 1])
    expect([first, second, other].map(owedBy)).toEqual([['s1'], ['s3', 's4'], ['s4']])
  })

  it('that never came owes nothing', () => {
    const [session] = analyse(history().session().tailCalled().append('s1').witnessed()).sessions
    expect(session).toMatchObject({ owed: [], quiet: false })
    expect(session).not.toHaveProperty('attach')
  })
})

describe('what is owed', () => {
  it('to a session from the beginning is everything', () => {
    expect(owed(history().append('s1').session('beginning').append('s2').poll('s1', 's2'))).toEqual(['s1', 's2'])
  })

  it('to a session from an id is what lies above it, by number', () => {
    expect(owed(history().append('s1@9-9', 's2@9-10', 's3@10-0').session('id', '9-9').poll('s2', 's3'))).toEqual(['s2', 's3'])
  })

  it('is in the order of ids, and includes the fence', () => {
    const [session] = sessionsOf(history().connected().called('s1').append('s2@1-0').acknowledged('s1@2-0').poll('s2', 's1'))
    expect(session?.owed.map(({ value }) => value)).toEqual(['s2', 's1', 'fence'])
  })

  it('is nothing that was appended after the session was told to end, or after it ended because all was done', () => {
    expect(owedBy(analyse(history().connected().append('s1').finished().closed('ended').append('s2').witnessed()).sessions[0])).toEqual([
      's1',
    ])
    expect(owedBy(analyse(history().connected().append('s1').aborted().append('s2').closed('aborted').witnessed()).sessions[0])).toEqual([
      's1',
    ])
  })

  it('is what was appended after the session had ended of itself, without being told', () => {
    expect(owedBy(analyse(history().connected().append('s1').closed('ended').append('s2').witnessed()).sessions[0])).toEqual(['s1', 's2'])
  })

  it('is nothing that was rejected, nor lost by the server, nor poison', () => {
    expect(owed(history().connected().rejected('s1').pretended('s2').poison().append('s3').poll('s3'))).toEqual(['s3'])
  })

  it('is an append of unknown outcome where it is in the log', () => {
    expect(owed(history().connected().unknown('s1').unknown('s2').landed('s2@1-0').poll('s2'))).toEqual(['s2'])
    expect(owed(history().connected().called('s1').landed('s1@1-0').poll('s1'))).toEqual(['s1'])
  })

  it('is, where an id comes again, the entry that is there', () => {
    const again = history().session('beginning').explicit('s1@1-0').remove('drop', 's1').explicit('s2@1-0').poll('s2').end()
    const [session] = analyse(again, { capabilities: { signalsRecreation: true } }).sessions
    expect(session?.owed.map(({ value, removed }) => [value, Number.isFinite(removed)])).toEqual([
      ['s1', true],
      ['s2', false],
      ['fence', false],
    ])
    expect(session?.undelivered).toEqual([])
  })
})

describe('a session', () => {
  it('is quiet once it came to rest, and not when it was restless afterwards', () => {
    expect(sessionsOf(history().connected().append('s1').poll('s1'))[0]?.quiet).toBe(true)
    expect(analyse(history().connected().rest().restless().witnessed()).sessions[0]?.quiet).toBe(false)
    expect(analyse(history().connected().witnessed()).sessions[0]?.quiet).toBe(false)
  })

  it('knows the lowest and the highest that it delivered, the fence aside', () => {
    const [session] = sessionsOf(history().connected().append('s1@9-0', 's2@10-0').reading().batch('s1', 's2').deliver('s2', 's1'))
    expect(session).toMatchObject({ firstDelivered: { id: '9-0' }, lastDelivered: { id: '10-0' } })
    const [silent] = sessionsOf(history().connected())
    expect([silent!.firstDelivered, silent!.lastDelivered]).toEqual([undefined, undefined])
  })
})
