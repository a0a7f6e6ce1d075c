/** What goes first: a delivery that is due, an announcement, a request. Patience is a clock that the test lets run out. */
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/clock/clock.js'
import { Inbox, type InboxOptions } from '../../../src/sources/wire/inbox.js'

const { signal } = new AbortController()

/** `endPatience` ends whatever is being waited for. */
function impatient(options: InboxOptions<string>) {
  let endPatience = () => {}
  let asked = () => {}
  let over = false
  const clock: Clock = {
    now: () => 0,
    sleep: () => {
      asked()
      // It is had in parts.
      return over ? Promise.resolve() : new Promise((resolve) => (endPatience = resolve))
    },
  }
  /** Runs once somebody waits. */
  const whenWaiting = () => {
    over = false
    return new Promise<void>((resolve) => (asked = resolve))
  }
  return {
    inbox: new Inbox<string>(clock, options),
    whenWaiting,
    endPatience: () => {
      over = true
      endPatience()
    },
  }
}

describe('the inbox', () => {
  it('gives what was shown before the request that came with it', async () => {
    const { inbox } = impatient({ announces: false })
    inbox.push({ type: 'request', request: 'read' })
    inbox.push({ type: 'delivery', token: 'a' })
    expect(await inbox.next(signal)).toEqual({ type: 'delivery', token: 'a' })
    expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'read' })
  })

  it('lets a request wait for the deliveries that are due', async () => {
    const { inbox, whenWaiting } = impatient({ announces: false })
    inbox.expect(['a'])
    inbox.push({ type: 'request', request: 'read' })
    const waiting = whenWaiting()
    const next = inbox.next(signal)
    await waiting
    inbox.push({ type: 'delivery', token: 'a' })
    expect(await next).toEqual({ type: 'delivery', token: 'a' })
    expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'read' })
  })

  it('says what is due until that is shown, whether or not it has been looked at', async () => {
    const { inbox } = impatient({ announces: false })
    inbox.expect(['a', 'b'])
    expect(inbox.isDue('a')).toBe(true)
    inbox.push({ type: 'delivery', token: 'a' })
    expect([inbox.isDue('a'), inbox.isDue('b')]).toEqual([false, true])
    await inbox.next(signal)
    expect([inbox.isDue('a'), inbox.isDue('b')]).toEqual([false, true])
  })

  it('lets a request through when nothing is shown in time', async () => {
    const { inbox, whenWaiting, endPatience } = impatient({ announces: true })
    inbox.push({ type: 'request', request: 'read' })
    const waiting = whenWaiting()
    const next = inbox.next(signal)
    await waiting
    endPatience()
    expect(await next).toEqual({ type: 'request', request: 'read' })
  })

  it('waits less for one that has let its patience run out, but for the fence, until something comes late', async () => {
    const slept: number[] = []
    const clock: Clock = { now: () => 0, sleep: async (ms) => void slept.push(ms) }
    const inbox = new Inbox<string>(clock, { announces: false })
    const waitsFor = async (token: string) => {
      slept.length = 0
      inbox.expect([token])
      inbox.push({ type: 'request', request: 'read' })
      expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'read' })
      return slept.reduce((sum, ms) => sum + ms, 0)
    }
    expect([await waitsFor('a'), await waitsFor('b'), await waitsFor('fence@tailrace')]).toEqual([3000, 600, 3000])
    inbox.push({ type: 'delivery', token: 'a' })
    await inbox.next(signal)
    expect(await waitsFor('c')).toBe(3000)
  })

  it('waits less for one that asks for the next page before it shows the last one, and for the fence, too', async () => {
    const slept: number[] = []
    const clock: Clock = { now: () => 0, sleep: async (ms) => void slept.push(ms) }
    let asksOn = false
    const inbox = new Inbox<string>(clock, { announces: false, asksOn: () => asksOn, onAskedOn: () => void (asksOn = true) })
    const shows = async (token: string) => {
      slept.length = 0
      inbox.expect([token])
      inbox.push({ type: 'request', request: 'page' })
      expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'page' })
      inbox.push({ type: 'delivery', token })
      expect(await inbox.next(signal)).toEqual({ type: 'delivery', token })
      return slept.reduce((sum, ms) => sum + ms, 0)
    }
    expect([await shows('a'), await shows('b'), await shows('fence@tailrace')]).toEqual([3000, 600, 600])
  })

  it('does not make a request wait that is known to go before the announcement', async () => {
    const { inbox } = impatient({ announces: true, precedes: (request) => (request === 'tail' ? 'yes' : 'no') })
    inbox.push({ type: 'request', request: 'tail' })
    expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'tail' })
  })

  it('still expects the announcement after one of which it was not known', async () => {
    const { inbox, whenWaiting, endPatience } = impatient({
      announces: true,
      precedes: (request) => (request === 'tail' ? 'unknown' : 'no'),
    })
    inbox.push({ type: 'request', request: 'tail' })
    let waiting = whenWaiting()
    let next = inbox.next(signal)
    await waiting
    endPatience()
    expect(await next).toEqual({ type: 'request', request: 'tail' })

    inbox.push({ type: 'request', request: 'read' })
    waiting = whenWaiting()
    next = inbox.next(signal)
    await waiting
    inbox.push({ type: 'announcement' })
    expect(await next).toEqual({ type: 'announcement' })
    expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'read' })
  })

  it('lets a message wait until the one before was shown, or made the program ask', async () => {
    const message = { connection: { name: '', open: true }, text: '', pass: () => {} }
    for (const answer of [{ type: 'delivery', token: 'a' } as const, { type: 'request', request: 'read' } as const]) {
      const { inbox } = impatient({ announces: false })
      inbox.told(['a'])
      inbox.push({ type: 'message', message })
      const next = inbox.next(signal)
      inbox.push(answer)
      expect(await next).toEqual(answer)
      expect(await inbox.next(signal)).toEqual({ type: 'message', message })
    }
  })

  it('does not wait for a program that makes nothing of a message beyond its patience', async () => {
    const { inbox, whenWaiting, endPatience } = impatient({ announces: false })
    const message = { connection: { name: '', open: true }, text: '', pass: () => {} }
    inbox.told(['a'])
    inbox.push({ type: 'message', message })
    const waiting = whenWaiting()
    const next = inbox.next(signal)
    await waiting
    endPatience()
    expect(await next).toEqual({ type: 'message', message })
  })

  it('forgets messages whose connection has ended', async () => {
    const { inbox } = impatient({ announces: false })
    const connection = { name: '', open: true }
    inbox.push({ type: 'message', message: { connection, text: '', pass: () => {} } })
    connection.open = false
    inbox.drop(() => false)
    inbox.push({ type: 'exit' })
    expect(await inbox.next(signal)).toEqual({ type: 'exit' })
  })

  it('lets a command wait for what is due, until it is known that this is shown behind it', async () => {
    let later = false
    const options = {
      announces: false,
      isCommand: (request: string) => request === 'ack',
      showsLater: () => later,
      onShownLater: () => void (later = true),
    }
    const { inbox, whenWaiting, endPatience } = impatient(options)
    inbox.expect(['a'])
    inbox.push({ type: 'request', request: 'read' })
    inbox.push({ type: 'request', request: 'ack' })
    const waiting = whenWaiting()
    const next = inbox.next(signal)
    await waiting
    endPatience()
    expect(await next).toEqual({ type: 'request', request: 'ack' })
    // The read goes on waiting.
    inbox.push({ type: 'delivery', token: 'a' })
    expect(await inbox.next(signal)).toEqual({ type: 'delivery', token: 'a' })
    expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'read' })
    expect(later).toBe(true)
    inbox.expect(['b'])
    inbox.push({ type: 'request', request: 'ack' })
    expect(await inbox.next(signal)).toEqual({ type: 'request', request: 'ack' })
  })
})
