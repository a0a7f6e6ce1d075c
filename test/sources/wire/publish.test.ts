import { describe, expect, it } from 'vitest'
import { DEFAULT_TEMPLATE, TemplateError, parseTemplate, publisher } from '../../../src/sources/wire/publish.js'

const SENTINEL = { topic: 'task:1', token: 's1@tailrace', data: { sentinel: 's1@tailrace', text: 'a "b" {topic}' } }
const made = (template: string) => parseTemplate(template)(SENTINEL)

describe('a template', () => {
  it('is by default one field', () => {
    expect(made(DEFAULT_TEMPLATE)).toEqual(['XADD', 'task:1', '*', 'data', JSON.stringify(SENTINEL.data)])
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
  })
})

describe('a publisher', () => {
  it('sends the command of a template', async () => {
    const calls: string[][] = []
    const publish = publisher(
      'LPUSH q:{topic} {token}',
      'redis://x',
      () => expect.unreachable(),
      async (...words) => (calls.push(words), 'ok'),
    )
    expect(await publish(SENTINEL)).toBe('ok')
    expect(calls).toEqual([['LPUSH', 'q:task:1', 's1@tailrace']])
  })

  it("calls a function of the user's with the Redis itself, and with a probe in front of it", async () => {
    const publish = publisher(
      async (context) => context,
      'redis://direct',
      async () => 'redis://probe',
      () => expect.unreachable(),
    )
    expect(await publish(SENTINEL)).toEqual({ url: 'redis://direct', probe: 'redis://probe', ...SENTINEL })
  })
})
