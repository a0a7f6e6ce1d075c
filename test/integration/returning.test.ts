/** Clients that come back: with the last id on any frame, before their first entry, to a topic that was made anew, on a new connection. */
import { expect, it } from 'vitest'
import { isAfter, parseStreamId } from '../../src/contract/stream-id.js'
import type { ConsumeContext } from '../../src/subject/subject.js'
import { type Hooks, type OwnSubject, loopWith, own } from '../support/own-loops.js'
import { describeOnBoth, told } from './both.js'

const resumes = { capabilities: { resumes: true } } as const
const make = (name: string, hooks: Hooks, overrides: Partial<OwnSubject> = {}) =>
  own(name, { ...resumes, consume: loopWith(hooks), ...overrides })

// ── the last id on any frame

const ping = (id?: string) => [{ type: 'ping', id }]

/** 0, 1, 2 … as texts. */
const counted = () => {
  let n = 0
  return () => ping(String(n++))
}

const KEEP_ALIVES = {
  right: [
    make('have no id', { quiet: () => ping() }),
    make('have the id of the cursor', { quiet: (_, at) => ping(at) }),
    make('have ids that are none', { quiet: () => ping('ping-17') }),
    make('are counted from 0', { quiet: counted() }),
    make(
      'have ids that nobody sends back',
      { quiet: () => ping('0-0') },
      { resumeIdOf: ({ type, id }) => (type === 'entry' ? id : undefined) },
    ),
  ],
  again: [
    make('have the id 0-0', { quiet: () => ping('0-0') }),
    make('have the id 0', { quiet: () => ping('0') }),
    make(
      'have the id 0 in another member',
      { quiet: () => [{ type: 'ping', data: '0-0' }] },
      {
        resumeIdOf: ({ type, id, data }) => (type === 'ping' ? String(data) : id),
      },
    ),
  ],
  lost: [make('have an empty id', { quiet: () => ping('') })],
}

await describeOnBoth('keep-alives', (on) => {
  it.each(KEEP_ALIVES.right.map((subject) => [subject('memory').name, subject] as const))('are right: they %s', async (_, subject) => {
    expect(told(await on.run(subject, 'resumed', 'back-after-keep-alives'))).toEqual(['valid'])
  })

  it.each(KEEP_ALIVES.again.map((subject) => [subject('memory').name, subject] as const))('are wrong: they %s', async (_, subject) => {
    expect(told(await on.run(subject, 'back-after-keep-alives'))).toEqual(['invalid', 'back-after-keep-alives: replayed-history, rule 5.5'])
  })

  it.each(KEEP_ALIVES.lost.map((subject) => [subject('memory').name, subject] as const))('are wrong: they %s', async (_, subject) => {
    expect(told(await on.run(subject, 'back-after-keep-alives'))).toEqual(['invalid', 'back-after-keep-alives: entry-skip, rule 5.5'])
  })
})

// ── before the first entry

const primed: Hooks = { announcement: (id) => ({ id }) }
const entriesAlone: Partial<OwnSubject> = { resumeIdOf: ({ type, id }) => (type === 'entry' ? id : undefined) }
/** What its clients had last, as their server knows it. */
const remembering = (): Hooks => {
  const places = new Map<string, string>()
  const who = ({ topic, consumer }: ConsumeContext) => `${topic} ${consumer}`
  return {
    start: (context) => context.from ?? places.get(who(context)),
    before: (context, at) => void places.set(who(context), at),
  }
}

await describeOnBoth('a client that comes back before its first entry', (on) => {
  const scenario = 'back-before-first-entry'

  it.each(
    [
      make('the announcement has an id', primed),
      make(
        'the announcement has an id, in a member of its own',
        { announcement: (data) => ({ data }) },
        {
          resumeIdOf: ({ type, id, data }) => (type === 'connected' ? String(data) : id),
        },
      ),
      make('a keep-alive has an id', { quiet: (_, at) => ping(at) }),
      make('its server remembers its place', remembering(), entriesAlone),
    ].map((subject) => [subject('memory').name, subject] as const),
  )('has lost nothing: %s', async (_, subject) => {
    expect(told(await on.run(subject, scenario))).toEqual(['valid'])
  })

  it.each(
    [
      make('only entries have ids', {}, entriesAlone),
      make('only entries have ids that are sent back', primed, entriesAlone),
      make('its id is taken for nothing', { ...primed, start: () => undefined }),
    ].map((subject) => [subject('memory').name, subject] as const),
  )('has lost what came meanwhile: %s', async (_, subject) => {
    expect(told(await on.run(subject, scenario))).toEqual(['invalid', `${scenario}: entry-skip, rule 5.5`])
  })

  it('has nothing to come back with, as far as is known, where no frame has an id', async () => {
    const { skipped } = await on.run(make('nothing has an id', {}), scenario)
    expect(skipped).toEqual([
      { name: scenario, reason: expect.stringMatching(/^no frame .* has an id to come back with \(resumeIdOf/) as string },
    ])
  })
})

// ── a topic that was made anew

const isOld = (at: string, tail: string) => isAfter(parseStreamId(at), parseStreamId(tail))
const startsOver = (from: (tail: string) => string): Hooks => ({
  before: async ({ repository, topic }, at) => {
    const tail = await repository.getStreamTailId(topic)
    return isOld(at, tail) ? from(tail) : undefined
  },
})
/** Takes lower ids for old ones, for as long as it lives. */
const highest = (forgets: boolean): Hooks => {
  const marks = new Map<string, string>()
  const key = ({ topic, consumer }: ConsumeContext) => `${topic} ${consumer}`
  return {
    before: async (context, at) => {
      const { repository, topic } = context
      const tail = await repository.getStreamTailId(topic)
      if (forgets && isOld(marks.get(key(context)) ?? '0-0', tail)) marks.delete(key(context))
      return isOld(at, tail) ? '0-0' : undefined
    },
    entry: (entry, context) => {
      if (!isOld(entry.id, marks.get(key(context)) ?? '0-0')) return []
      marks.set(key(context), entry.id)
      return [{ type: 'entry', ...entry }]
    },
  }
}
const tells: Partial<OwnSubject> = { isTruncation: ({ type }) => type === 'reset' }
const signalling = async function* (context: ConsumeContext) {
  const { repository, topic, from } = context
  const tail = from === undefined ? undefined : await repository.getStreamTailId(topic)
  const isReset = from !== undefined && tail !== undefined && isOld(from, tail)
  if (isReset) yield { type: 'reset' }
  yield* loopWith({ start: () => (isReset ? '0-0' : from) })(context)
}

await describeOnBoth('a topic that was made anew', (on) => {
  const away = ['recreated-while-away', 'recreated-after-return', 'recreated-between-sessions']

  it.each(
    [
      make(
        'its consumer starts over',
        startsOver(() => '0-0'),
        tells,
      ),
      make(
        'its consumer goes on with the tail of now',
        startsOver((tail) => tail),
        tells,
      ),
      make('its consumer lets go of what it kept', highest(true), tells),
      own('its consumer says so, and starts over', { ...resumes, ...tells, consume: signalling }),
    ].map((subject) => [subject('memory').name, subject] as const),
  )('loses nothing: %s', async (_, subject) => {
    expect(told(await on.run(subject, ...away))).toEqual(['valid'])
  })

  it.each(
    [
      make('its consumer waits above the id that came back', {}, tells),
      make('its consumer takes lower ids for old', highest(false), tells),
    ].map((subject) => [subject('memory').name, subject] as const),
  )('loses what is appended from then on: %s', async (_, subject) => {
    const [result, ...faults] = told(await on.run(subject, ...away))
    expect(result).toBe('invalid')
    expect(faults).toEqual(['recreated-while-away: unseen, rule 5.6', 'recreated-after-return: unseen, rule 5.6'])
  })

  it('is nothing that one which only goes on above an id has to know of', async () => {
    expect(told(await on.run(make('no frame tells of it', {}), ...away))).toEqual(['valid'])
  })
})

// ── another connection

/** Numbers its frames, keep-alives included, and is asked on the next connection for what lies above the last number of this one. */
const numbering = (anew: boolean) =>
  async function* ({ repository, topic, clock, signal, read }: ConsumeContext) {
    const origin = await repository.getStreamTailId(topic)
    const seen = new Set<string>()
    let known = 0
    yield { type: 'connected' }
    while (!signal.aborted) {
      let [number, at] = [0, origin]
      try {
        while (!signal.aborted) {
          let entries = 0
          for await (const { id, data } of repository.readMessages(topic, at, { ...read, signal })) {
            entries++
            number++
            at = id
            if ((anew && number <= known) || seen.has(id)) continue
            seen.add(id)
            yield { type: 'entry', id, data }
          }
          if (entries > 0) continue
          number++
          await clock.sleep(100, signal)
        }
      } catch {
        known = number
        await clock.sleep(50, signal)
      }
    }
  }

await describeOnBoth('numbers that begin anew on each connection', (on) => {
  it('lose what comes after a quiet time and a cut, where the last of the old ones is compared with them', async () => {
    const [result, fault] = told(await on.run(own('compares', { consume: numbering(true) }), 'cut-while-idle'))
    expect([result, fault]).toEqual(['invalid', 'cut-while-idle: unseen, rule 4.8'])
  })

  it('lose nothing where entries are told by their ids', async () => {
    expect(told(await on.run(own('does not', { consume: numbering(false) }), 'cut-while-idle'))).toEqual(['valid'])
  })
})
