/** Functions of a subject that hide what is wrong where they are wrong themselves: nothing is green on their word. */
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { Json } from '../../src/contract/stream-repository.js'
import type { Hooks, OwnSubject } from '../support/own-loops.js'
import { loopWith, own } from '../support/own-loops.js'
import { told } from '../integration/both.js'

const run = async (overrides: Partial<OwnSubject>, hooks: Hooks = {}, ...names: string[]) => {
  const chosen = names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name))
  const subject = own('own', { consume: loopWith(hooks), ...overrides })('memory')
  return told(await runTarget(repositoryTarget(subject, memoryStore()), { scenarios: chosen, bursts: 40, seed: 1, watchdogMs: 200 }))
}

describe('isAnnouncement', () => {
  it('that comes true of nothing is unknown, also where everything is delivered', async () => {
    expect(await run({ isAnnouncement: ({ type }) => type === 'ready' })).toEqual([
      'unknown',
      'undisturbed: isAnnouncement was true of no frame, so nothing was tried between the announcement and the first read: is it right?',
    ])
  })

  it.each<[string, Hooks]>([
    ['after the first empty read', { announcement: () => ({ type: 'hello' }), quiet: () => [{ type: 'ready' }] }],
    [
      'after the first entry',
      { entry: (entry) => [{ type: 'entry', ...entry }, { type: 'ready' }], announcement: () => ({ type: 'hello' }) },
    ],
  ])('may come true %s', async (_, hooks) => {
    expect(await run({ isAnnouncement: ({ type }) => type === 'ready' }, hooks, 'quiet-again')).toEqual(['valid'])
  })

  it('is not asked for where a subject declares none', async () => {
    const { isAnnouncement: _, ...rest } = own('own', { consume: loopWith() })('memory')
    const result = await runTarget(repositoryTarget(rest, memoryStore()), { scenarios, bursts: 0, seed: 1 })
    expect(told(result)).toEqual(['valid'])
  })
})

it('entryOf that comes true of nothing is unknown', async () => {
  expect(await run({ entryOf: ({ type, id }) => (type === 'message' ? { id: id! } : undefined) })).toEqual([
    'unknown',
    expect.stringMatching(/no frame that it handed out carries one: is entryOf right\?$/),
  ])
})

describe('isTruncation', () => {
  it('that comes true of nothing, where entries were trimmed away, is unknown', async () => {
    const [result, ...reasons] = await run({ isTruncation: ({ type }) => type === 'truncatd' })
    expect([result, ...reasons]).toEqual([
      'unknown',
      expect.stringMatching(/^trimmed-while-behind: entries that were owed were trimmed away, and isTruncation was true of no frame/),
    ])
  })

  it('that is true of every frame is unknown: every loss would be told', async () => {
    expect(await run({ isTruncation: () => true })).toEqual([
      'unknown',
      'undisturbed: isTruncation was true of a frame, although no entry was gone: is it right?',
    ])
  })

  it('is not asked for where nothing was trimmed', async () => {
    expect(await run({ isTruncation: () => false }, {}, 'empty-gap')).toEqual(['valid'])
  })
})

describe('resumeIdOf', () => {
  const resumes = { capabilities: { resumes: true } }

  it('that gives no id for any frame is unknown: nobody could come back', async () => {
    expect(await run({ ...resumes, resumeIdOf: ({ type, id }) => (type === 'message' ? id : undefined) })).toEqual([
      'unknown',
      'undisturbed: resumeIdOf gave no id for any frame, so nobody could come back with one: is it right?',
    ])
  })

  it('is not asked for where a subject does not say that it resumes', async () => {
    expect(await run({ resumeIdOf: () => undefined }, {}, 'empty-gap')).toEqual(['valid'])
  })
})

describe('payload', () => {
  const payload = (make: (token: string, body: Json) => Json) => run({ payload: make })

  it.each<[string, (token: string, body: Json) => Json]>([
    ['leaves it out', (token) => ({ text: token })],
    [
      'leaves it out, and makes something new each time',
      (() => {
        let made = 0
        return (token: string) => ({ text: token, made: ++made })
      })(),
    ],
  ])('without the body is unknown: %s', async (_, make) => {
    expect(await payload(make)).toEqual([
      'unknown',
      'awkward-payloads: rule 1.5 is not tried: payload(token, body) leaves the body out, and with it every awkward payload',
    ])
  })

  it.each<[string, (token: string, body: Json) => Json]>([
    ['as it is', (token, body) => ({ id: token, event: { body } })],
    ['as text', (token, body) => ({ id: token, text: JSON.stringify(body) })],
    ['where it is text', (token, body) => ({ id: token, text: typeof body === 'string' ? body : '' })],
    [
      'beside something new each time',
      (() => {
        let made = 0
        return (token: string, body: Json) => ({ id: token, body, made: ++made })
      })(),
    ],
  ])('may hold the body %s', async (_, make) => {
    expect(await payload(make)).toEqual(['valid'])
  })
})
