import { describe, expect, it } from 'vitest'
import { hidePassword, parseRedisUrl } from '../../src/adapters/redis-url.js'

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379 }],
    ['redis://h:1/2', { host: 'h', port: 1, db: 2 }],
    ['redis://:p%40ss@h:1', { host: 'h', port: 1, password: 'p@ss' }],
    ['redis://me:secret@h:1/0', { host: 'h', port: 1, username: 'me', password: 'secret', db: 0 }],
    ['redis://[::1]:7', { host: '::1', port: 7 }],
    ['rediss://h:1', { host: 'h', port: 1, tls: {} }],
    ['unix:///run/redis.sock', { path: '/run/redis.sock' }],
    ['unix://me:secret@localhost/a%20b.sock?db=3', { path: '/a b.sock', username: 'me', password: 'secret', db: 3 }],
  ])('takes %s apart', (url, parts) => {
    expect(parseRedisUrl(url)).toEqual(parts)
  })

  it.each(['', 'localhost:6379', 'http://h', 'redis://h/x', 'redis://me:secret@h:port'])('refuses "%s"', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(TypeError)
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/)
  })
})

it('shows no password', () => {
  expect(hidePassword('redis://me:se@cret@h:1/2')).toBe('redis://me:***@h:1/2')
  expect(hidePassword('redis://:secret@h:1')).toBe('redis://:***@h:1')
  expect(hidePassword('redis://h:1')).toBe('redis://h:1')
})
