import { parseStreamId } from '../../../src/contract/stream-id.js'
import { describe, expect, it } from 'vitest'
import type { ProbedStore } from '../../../src/dialects/wire-dialect.js'
import { parseStreamId as id } from '../../../src/contract/stream-id.js'
import { Publisher, Sentinels, TemplateError, parseTemplate } from '../../../src/sources/wire/sentinels.js'

const SENTINEL = { topic: 'task:1', token: 's1@tailrace', data: { sentinel: 's1@tailrace', text: 'a "b" {topic}' } }
const made = (template: string) => parseTemplate(template)(SENTINEL)

describe('a template', () => {
  it('has one field, as Redis is sent one by default', () => {
    expect(made('XADD {topic} * data {json}')).toEqual(['XADD', 'task:1', '*', 'data', JSON.stringify(SENTINEL.data)])
  })

  it.each([
    ['XADD {topic} * id {token}', ['XADD', 'task:1', '*', 'id', 's1@tailrace']],
    ['XADD {topic}:x  *  a pre-{token}-{token}', ['XADD', 'task:1:x', '*', 'a', 'pre-s1@tailrace-s1@tailrace']],
    [
      `XADD {topic} * text "a \\"quoted\\" {token}" empty '' more "two words"`,
      ['XADD', 'task:1', '*', 'text', 'a "quoted" s1@tailrace', 'empty', '', 'more', 'two words'],
    ],
    [`XADD {topic} * json '{"v":"{token}"}'`, ['XADD', 'task:1', '*', 'json', '{"v":"s1@tailrace"}']],
    [
      `EVAL "return redis.call('XADD', KEYS[1], '*', 'v', ARGV[1])" 1 {topic} {token}`,
      ['EVAL', "return redis.call('XADD', KEYS[1], '*', 'v', ARGV[1])", '1', 'task:1', 's1@tailrace'],
    ],
    ['XADD {topic} * a {other} b {token}', ['XADD', 'task:1', '*', 'a', '{other}', 'b', 's1@tailrace']],
  ])('%s', (template, words) => {
    expect(made(template)).toEqual(words)
  })

  it('fills in once: what a value contains stays', () => {
    expect(made('XADD {topic} * data {json}').at(-1)).toContain('{topic}')
  })

  it.each([
    ['', 'is no command'],
    ['XADD', 'is no command'],
    ['XADD {topic} * data 1', 'carries no sentinel'],
    ['XADD task * data {json}', 'names no topic'],
  ])('%j is refused: %s', (template, why) => {
    expect(() => parseTemplate(template)).toThrow(TemplateError)
    expect(() => parseTemplate(template)).toThrow(why)
    if (why !== 'carries no sentinel') expect(() => parseTemplate(template, { carries: false })).toThrow(why)
    expect(() => parseTemplate(template, { example: 'APPEND {topic} {json}' })).toThrow(/, as in APPEND \{topic\} \{json\}$/)
  })
})

it('what tells of an entry may name it by its id, or not at all', () => {
  const told = (template: string) => parseTemplate(template, { carries: false })({ ...SENTINEL, id: '5-0' })
  expect(told('PUBLISH {topic}:live {id}').at(-1)).toBe('5-0')
  expect(told('PUBLISH {topic}:live new').at(-1)).toBe('new')
  const sentinels = new Sentinels()
  sentinels.set('s1@tailrace', id('5-0'))
  sentinels.set('s2@tailrace', id('15-0'))
  expect(sentinels.namedIn('{"id":"5-0"}')).toEqual(['s1@tailrace'])
  expect(sentinels.namedIn('s1@tailrace at 5-0, and 15-0')).toEqual(['s1@tailrace', 's2@tailrace'])
  expect(sentinels.namedIn('105-0 new 5-01')).toEqual([])
})

const storeOf = (more: Partial<ProbedStore>) => ({
  publishes: 'APPEND {topic} {json}',
  publisherProbe: { address: async () => 'redis://probe', loseNext: () => {}, unmet: undefined },
  call: async () => expect.unreachable(),
  ...more,
})

describe('a publisher', () => {
  it('sends what the dialect appends with by default', async () => {
    const calls: string[][] = []
    const publisher = new Publisher({}, storeOf({ call: async (words) => (calls.push([...words]), 'ok') }), '')
    await publisher.publish(SENTINEL)
    expect(calls).toEqual([['APPEND', 'task:1', JSON.stringify(SENTINEL.data)]])
  })

  it('sends the command of a template', async () => {
    const calls: string[][] = []
    const publisher = new Publisher(
      { publish: 'LPUSH q:{topic} {token}' },
      storeOf({ call: async (words) => (calls.push([...words]), 'ok') }),
      '',
    )
    expect(await publisher.publish(SENTINEL)).toBe('ok')
    expect(calls).toEqual([['LPUSH', 'q:task:1', 's1@tailrace']])
  })

  it("calls a function of the user's with the Redis itself, and with a probe in front of it", async () => {
    const publisher = new Publisher({ publish: async (context) => context }, storeOf({}), 'redis://direct')
    expect(await publisher.publish(SENTINEL)).toEqual({ url: 'redis://direct', probe: 'redis://probe', ...SENTINEL })
  })
})

describe('sentinels', () => {
  it('are those of the topic where an entry of another one has the same id, whichever came first', () => {
    for (const tokens of [
      ['s1@tailrace', 'x1@tailrace'],
      ['x1@tailrace', 's1@tailrace'],
    ]) {
      const sentinels = new Sentinels()
      for (const token of tokens) sentinels.set(token, parseStreamId('5-0'))
      expect(sentinels.at(['5-0'])).toEqual(['s1@tailrace'])
      expect(sentinels.idOf('x1@tailrace')).toBe('5-0')
    }
  })
})
