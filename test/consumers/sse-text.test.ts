import { describe, expect, it } from 'vitest'
import type { Frame } from '../../src/consumers/loops.js'
import { toSse } from '../../src/consumers/sse.js'

describe('toSse', () => {
  it.each<[Frame, string]>([
    [{ type: 'connected', cursor: '5-0' }, 'id: 5-0\nevent: connected\ndata: {}\n\n'],
    [{ type: 'connected', cursor: '$' }, 'event: connected\ndata: {}\n\n'],
    [{ type: 'entry', id: '6-0', data: { a: 1 } }, 'id: 6-0\ndata: {"a":1}\n\n'],
    [{ type: 'entry', id: '6-0', data: 'a\nb\r\n\r\n: c' }, 'id: 6-0\ndata: "a\\nb\\r\\n\\r\\n: c"\n\n'],
    [{ type: 'entry', id: '6-0', data: null }, 'id: 6-0\ndata: null\n\n'],
    [{ type: 'entry', id: '6-0', data: undefined }, 'id: 6-0\ndata: null\n\n'],
    [{ type: 'entry', id: '6-0\ndata: injected', data: 1 }, 'data: 1\n\n'],
    [{ type: 'undecodable', id: '7-0', reason: 'no\nJSON' }, 'id: 7-0\nevent: undecodable\ndata: {"reason":"no\\nJSON"}\n\n'],
    [{ type: 'ping' }, ': ping\n\n'],
    [{ type: 'error', message: 'gone', retryInMs: 1000 }, 'event: stream-error\ndata: {"message":"gone","retryInMs":1000}\n\n'],
    [{ type: 'end', reason: 'terminal' }, 'event: end\ndata: {"reason":"terminal"}\n\n'],
  ])('%j', (frame, text) => {
    expect(toSse(frame)).toBe(text)
  })
})
