import { describe, expect, it } from 'vitest'
import { Topics } from '../../../../src/dialects/redis/wire/classification.js'

describe('topics', () => {
  it('are another one for each run where the pattern has a star', () => {
    const topics = new Topics('task:*:events')
    const [one, two] = [topics.next(), topics.next()]
    expect(one).toMatch(/^task:tailrace-\w+-1:events$/)
    expect(two).toBe(one.replace('-1:', '-2:'))
    expect(new Topics('task:*').next()).not.toBe(new Topics('task:*').next())
  })

  it('are the same for each run without one', () => {
    const topics = new Topics('orders')
    expect([topics.next(), topics.next()]).toEqual(['orders', 'orders'])
  })

  it('are found among the keys of a request', () => {
    const topics = new Topics('task:*')
    const topic = topics.next()
    expect(topics.among(['config', topic])).toBe(topic)
    expect(topics.among(['config', 'other'])).toBeUndefined()
    expect(topics.keyOf(topic)).toBe(topic)
  })

  it('follow a program to the key of its own that fits', () => {
    const topics = new Topics('task:*')
    const topic = topics.next()
    expect(topics.among(['config', 'task:42'])).toBe('task:42')
    expect([topics.keyOf(topic), topics.keyOf(`${topic}:elsewhere`), topics.keyOf('config')]).toEqual([
      'task:42',
      'task:42:elsewhere',
      'config',
    ])
    expect(topics.among(['task:42'])).toBe('task:42')
  })

  it('take all of a pattern but the star as it is written', () => {
    const topics = new Topics('a.b[1]+(c)$*')
    topics.next()
    expect(topics.among(['axb1ccx'])).toBeUndefined()
    expect(topics.among(['a.b[1]+(c)$x\ny'])).toBe('a.b[1]+(c)$x\ny')
    expect(topics.among(['xa.b[1]+(c)$'])).toBeUndefined()
  })

  it('are what a channel is about whose name holds the key, or fits', () => {
    const topics = new Topics('task:*')
    const key = topics.next()
    expect([`${key}:live`, `live:${key}`, 'task:other', 'task:*'].map((channel) => topics.isAbout(channel))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(topics.isAbout('jobs')).toBe(false)
    expect(topics.concerns({ kind: 'command', name: 'XACK', keys: [key], channels: [] })).toBe(true)
    // Nobody is followed by what they write.
    expect(topics.concerns({ kind: 'command', name: 'XADD', keys: ['task:audit'], channels: [] })).toBe(false)
    expect(topics.key).toBe(key)
  })
})
