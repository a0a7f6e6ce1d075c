import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { pipeFrames } from '../../examples/sse/stream.js'
import type { Frame } from '../../src/consumers/loops.js'

/** A client that has room for one frame at a time. */
class Slow extends EventEmitter {
  readonly written: string[] = []

  write(text: string): boolean {
    this.written.push(text)
    this.emit('written')
    return false
  }
}

function session() {
  const slow = new Slow()
  const controller = new AbortController()
  let asked = 0
  let left = false
  async function* frames(): AsyncGenerator<Frame> {
    try {
      for (;;) {
        asked++
        yield { type: 'ping' }
      }
    } finally {
      left = true
    }
  }
  const written = once(slow, 'written')
  const piped = pipeFrames(frames(), slow as unknown as ServerResponse, controller.signal)
  return { slow, controller, piped, written, asked: () => asked, left: () => left }
}

describe('pipeFrames', () => {
  it('asks for the next frame only when the client has room', async () => {
    const { slow, controller, piped, written, asked } = session()
    await written
    for (const frames of [1, 2, 3]) {
      // Whatever is under way ends before the next macrotask: nothing here waits for anything but the client.
      await new Promise(setImmediate)
      expect([asked(), slow.written.length]).toEqual([frames, frames])
      slow.emit('drain')
    }
    controller.abort()
    await piped
  })

  it('leaves when a client that has no room goes away', async () => {
    const { controller, piped, written, left, slow } = session()
    await written
    controller.abort()
    await piped
    expect(left()).toBe(true)
    expect(slow.listenerCount('drain')).toBe(0)
  })

  it('throws what goes wrong otherwise', async () => {
    const { slow, piped, written } = session()
    await written
    await new Promise(setImmediate)
    slow.emit('error', new Error('broken'))
    await expect(piped).rejects.toThrow('broken')
  })
})
