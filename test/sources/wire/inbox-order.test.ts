/** In which order things come out, and for how long they are waited for, by a virtual clock. */
import { describe, expect, it } from 'vitest'
import { type Clock, virtualClock } from '../../../src/clock/clock.js'
import { Inbox } from '../../../src/sources/wire/inbox.js'

const request = (name: string) => ({ type: 'request', request: name }) as const
const delivery = (token: string) => ({ type: 'delivery', token }) as const
const EXIT = { type: 'exit' } as const
const ANNOUNCEMENT = { type: 'announcement' } as const

/** Virtual, and tells how long it was waited for. */
function inbox({ announces = false } = {}) {
  const clock: Clock = virtualClock()
  const running = new AbortController()
  const box = new Inbox<string>(clock, { announces })
  return { box, clock, running, next: () => box.next(running.signal) }
}

describe('the order', () => {
  it('is deliveries before requests, and requests one after the other', async () => {
    const { box, next } = inbox()
    for (const each of [request('a'), delivery('x'), request('b'), delivery('y')]) box.push(each)
    expect([await next(), await next(), await next(), await next()]).toEqual([delivery('x'), delivery('y'), request('a'), request('b')])
  })

  it('lets a request wait for every delivery that is due', async () => {
    const { box, next, clock } = inbox()
    box.expect(['x', 'y'])
    box.push(request('a'))
    box.push(delivery('x'))
    expect(await next()).toEqual(delivery('x'))
    const due = next()
    void clock.sleep(2999).then(() => box.push(delivery('y')))
    expect(await due).toEqual(delivery('y'))
    expect(await next()).toEqual(request('a'))
    expect(clock.now()).toBe(2999)
  })

  it('lets the first request wait for the announcement', async () => {
    const { box, next, clock } = inbox({ announces: true })
    box.push(request('a'))
    void clock.sleep(100).then(() => box.push(ANNOUNCEMENT))
    expect(await next()).toEqual(ANNOUNCEMENT)
    expect(await next()).toEqual(request('a'))
  })

  it('has the exit last, with the first reason', async () => {
    const { box, next } = inbox()
    box.push({ type: 'exit', error: 'first' })
    box.push(EXIT)
    box.push(request('a'))
    box.push(delivery('x'))
    expect([await next(), await next(), await next(), await next()]).toEqual([
      delivery('x'),
      request('a'),
      { type: 'exit', error: 'first' },
      { type: 'exit', error: 'first' },
    ])
  })

  it('has the exit also where a delivery is due that cannot come any more', async () => {
    const { box, next } = inbox()
    box.expect(['x'])
    box.push(EXIT)
    expect(await next()).toEqual(EXIT)
  })
})

describe('patience', () => {
  it('ends where a program asks on and shows nothing', async () => {
    const { box, next, clock } = inbox()
    box.expect(['x'])
    box.push(request('a'))
    expect(await next()).toEqual(request('a'))
    expect(clock.now()).toBe(3000)
    // Once given up it is not waited for again.
    box.push(request('b'))
    expect(await next()).toEqual(request('b'))
    expect(clock.now()).toBe(3000)
  })

  it('ends for an announcement, too', async () => {
    const { box, next, clock } = inbox({ announces: true })
    box.push(request('a'))
    expect(await next()).toEqual(request('a'))
    expect(clock.now()).toBe(600)
  })

  it('is longer for an announcement that is known to need no answer', async () => {
    const clock = virtualClock()
    const box = new Inbox<string>(clock, { announces: true, announcesFirst: () => true })
    const { signal } = new AbortController()
    box.push(request('a'))
    void clock.sleep(2999).then(() => box.push(ANNOUNCEMENT))
    expect([await box.next(signal), await box.next(signal)]).toEqual([ANNOUNCEMENT, request('a')])
    // What comes behind it waits no longer than before.
    box.push(request('b'))
    expect(await box.next(signal)).toEqual(request('b'))
    expect(clock.now()).toBe(2999)
  })

  it('ends for a command before a client gives its answer up, whatever is due', async () => {
    const clock = virtualClock()
    const box = new Inbox<string>(clock, { announces: false, isCommand: (each) => each.startsWith('ack') })
    const { signal } = new AbortController()
    for (const due of ['a', 'fence@tailrace']) {
      box.expect([due])
      box.push(request(`ack ${due}`))
      const before = clock.now()
      expect(await box.next(signal)).toEqual(request(`ack ${due}`))
      expect(clock.now() - before).toBe(600)
    }
    // What is due is waited for by a read all the same.
    box.push(request('read'))
    const before = clock.now()
    void clock.sleep(2500).then(() => ['a', 'fence@tailrace'].map((token) => box.push(delivery(token))))
    expect([await box.next(signal), await box.next(signal)]).toEqual([delivery('a'), delivery('fence@tailrace')])
    expect(clock.now() - before).toBe(2500)
  })

  it('begins when the program has asked for more, not before', async () => {
    const { box, next, clock } = inbox()
    box.expect(['x'])
    const due = next()
    await clock.sleep(60_000)
    box.push(delivery('x'))
    expect(await due).toEqual(delivery('x'))
  })
})

describe('an inbox', () => {
  it('forgets requests that were given up', async () => {
    const { box, next } = inbox()
    for (const name of ['a', 'gone', 'b']) box.push(request(name))
    box.drop((name) => name === 'gone')
    expect([await next(), await next()]).toEqual([request('a'), request('b')])
  })

  it('gives nothing once it is aborted, also while it waits', async () => {
    const { box, next, running } = inbox()
    const waiting = next()
    running.abort()
    expect(await waiting).toBeUndefined()
    box.push(request('a'))
    expect(await next()).toBeUndefined()
  })
})
