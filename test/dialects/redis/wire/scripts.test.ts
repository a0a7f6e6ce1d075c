/** Scripts that read are known by their text, and called by its digest or by a name. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ALL, Scripts } from '../../../../src/dialects/redis/wire/classification.js'

const READING = "return redis.call('xrange', KEYS[1], ARGV[1], '+')"
const WRITING = "return redis.call('XADD', KEYS[1], '*', 'a', ARGV[1])"
const sha = (text: string) => createHash('sha1').update(text).digest('hex')
const read = (cursor: string) => ({ kind: 'read', keys: ['k'], cursors: [cursor], count: ALL, timeoutMs: 0, script: true })

describe('a script', () => {
  const ask = (scripts: Scripts, ...words: string[]) =>
    scripts.request({ name: words[0]!.toUpperCase(), args: words.map((word) => Buffer.from(word)) })

  it('that reads is a read, from the first argument that looks like a cursor', () => {
    const scripts = new Scripts()
    expect(ask(scripts, 'EVAL', READING, '1', 'k', '10', '5-0')).toEqual(read('5-0'))
    expect(ask(scripts, 'eval_ro', READING, '1', 'k', '$')).toEqual(read('$'))
    expect(ask(scripts, 'EVAL', READING, '1', 'k')).toEqual(read('?'))
  })

  it('that does not read is none', () => {
    const scripts = new Scripts()
    expect(ask(scripts, 'EVAL', WRITING, '1', 'k', '5-0')).toBeUndefined()
    expect(ask(scripts, 'EVALSHA', sha(WRITING), '1', 'k', '5-0')).toBeUndefined()
    expect(ask(scripts, 'GET', 'k')).toBeUndefined()
  })

  it('is known by its digest once its text has passed', () => {
    const scripts = new Scripts()
    expect(ask(scripts, 'EVALSHA', sha(READING), '1', 'k', '5-0')).toBeUndefined()
    expect(ask(scripts, 'SCRIPT', 'LOAD', READING)).toBeUndefined()
    expect(ask(scripts, 'EVALSHA', sha(READING).toUpperCase(), '1', 'k', '5-0')).toEqual(read('5-0'))
  })

  it('is known by its name once its library has passed', () => {
    const scripts = new Scripts()
    const library = `#!lua name=mine\nredis.register_function('poll', function(keys, args) ${READING} end)`
    ask(scripts, 'FUNCTION', 'LOAD', 'REPLACE', library)
    expect(ask(scripts, 'FCALL_RO', 'poll', '1', 'k', '5-0')).toEqual(read('5-0'))
    expect(ask(scripts, 'FCALL', 'other', '1', 'k', '5-0')).toBeUndefined()
  })
})
