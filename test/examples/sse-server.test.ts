/** The example over real HTTP, on the loopback. Nothing here waits for a time: each wait is for a fact. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from '../../examples/sse/page.js'
import { createServer } from '../../examples/sse/server.js'
import { systemClock } from '../../src/clock/clock.js'
import type { ReadOptions } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { withMembers } from '../../src/contract/with-members.js'
import { SseClient } from './sse-client.js'

const TOPIC = 'task:t1'
let real: InMemoryStreamRepository
let server: Server
let base: string
let events: string
/** Called with the options of each read that reaches the store. */
let onRead: (options: ReadOptions) => void

beforeEach(async () => {
  real = new InMemoryStreamRepository({ clock: systemClock })
  onRead = () => {}
  const repository = withMembers(real, {
    readMessages: (topic: string, cursor: string, options: ReadOptions) => {
      onRead(options)
      return real.readMessages(topic, cursor, options)
    },
  })
  server = createServer({ repository, clock: systemClock })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  events = `${base}/tasks/t1/events`
})

afterEach(async () => {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
  await real.close()
})

const post = (body: string, type = 'application/json', method = 'POST') =>
  fetch(events, { method, body, headers: { 'content-type': type } })

describe('GET /tasks/:id/events', () => {
  it('says that it is connected, then sends what is appended, and ends after the terminal entry', async () => {
    await real.sendData(TOPIC, 'before')
    await using client = await SseClient.connect(events)
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(client.response.headers.get('cache-control')).toContain('no-cache')
    expect(await client.next()).toEqual({ id: '1-0', event: 'connected', data: {} })

    expect(await (await post('{"type":"token","text":"a\\nb"}')).json()).toEqual({ id: '2-0' })
    expect(await client.next()).toEqual({ id: '2-0', data: { type: 'token', text: 'a\nb' } })
    await post('{"type":"done"}')
    expect(await client.take(3)).toEqual([{ id: '3-0', data: { type: 'done' } }, { event: 'end', data: { reason: 'terminal' } }, undefined])
  })

  it('resumes above Last-Event-ID', async () => {
    let cut: string | undefined
    {
      await using client = await SseClient.connect(events)
      await client.next()
      await real.sendData(TOPIC, 'one')
      cut = (await client.next())?.id
    }
    await real.sendData(TOPIC, 'two')
    await real.sendData(TOPIC, 'three')
    await using again = await SseClient.connect(events, { 'last-event-id': cut! })
    expect(await again.take(3)).toMatchObject([{ event: 'connected' }, { data: 'two' }, { data: 'three' }])
  })

  it('resumes with the id of "connected" where the client was cut off before its first entry', async () => {
    await real.sendData(TOPIC, 'before')
    let cut: string | undefined
    {
      await using client = await SseClient.connect(events)
      cut = (await client.next())?.id
    }
    await real.sendData(TOPIC, 'owed')
    await using again = await SseClient.connect(events, { 'last-event-id': cut! })
    expect(await again.take(2)).toMatchObject([{ event: 'connected' }, { data: 'owed' }])
  })

  it('reads from the beginning with ?from=0-0, which Last-Event-ID overrides', async () => {
    for (const data of [1, 2]) await real.sendData(TOPIC, data)
    await using all = await SseClient.connect(`${events}?from=0-0`)
    expect(await all.take(3)).toMatchObject([{ event: 'connected' }, { data: 1 }, { data: 2 }])
    await using rest = await SseClient.connect(`${events}?from=0-0`, { 'last-event-id': '1-0' })
    expect(await rest.take(2)).toMatchObject([{ event: 'connected' }, { data: 2 }])
  })

  it('ends a client that comes after the end', async () => {
    await post('{"type":"done"}')
    await using client = await SseClient.connect(events)
    expect(await client.take(3)).toMatchObject([{ event: 'connected' }, { event: 'end', data: { reason: 'status' } }, undefined])
  })

  it('aborts its read when the client goes away', async () => {
    const aborted = new Promise<void>((resolve) => {
      onRead = ({ signal }) => signal!.addEventListener('abort', () => resolve())
    })
    const read = new Promise<void>((resolve) => {
      real.stream.onWait = () => resolve()
    })
    const client = await SseClient.connect(events)
    await read
    client.leave()
    await expect(aborted).resolves.toBeUndefined()
  })

  it('keeps two clients of a task, and two tasks, apart', async () => {
    await using a = await SseClient.connect(events)
    await using b = await SseClient.connect(events)
    await using other = await SseClient.connect(`${base}/tasks/t2/events`)
    for (const client of [a, b, other]) await client.next()
    await real.sendData(TOPIC, 'both')
    await real.sendData('task:t2', 'other')
    expect(await Promise.all([a, b, other].map((client) => client.next()))).toMatchObject([
      { data: 'both' },
      { data: 'both' },
      { data: 'other' },
    ])
  })
})

describe('what is refused', () => {
  it.each([
    ['a body that is not JSON', () => post('{'), 400],
    ['a body of another type', () => post('{}', 'text/plain'), 415],
    ['a body that is too large', () => post(JSON.stringify('x'.repeat(70_000))), 413],
    ['another method', () => post('{}', 'application/json', 'PUT'), 405],
    ['a cursor that is no id', () => fetch(events, { headers: { 'last-event-id': '$' } }), 400],
    ['another path', () => fetch(`${base}/tasks/`), 404],
    ['an id that is none', () => fetch(`${base}/tasks/a%2Fb/events`), 404],
  ])('%s', async (_, request, status) => {
    expect((await request()).status).toBe(status)
    expect(real.stream.topics()).toEqual([])
  })

  it('tells an append that failed from one that may have happened', async () => {
    await real.close()
    expect((await post('{}')).status).toBe(503)
    real.sendData = async () => Promise.reject(Object.assign(new Error('time-out'), { outcome: 'unknown' }))
    expect((await post('{}')).status).toBe(504)
  })
})

describe('GET /', () => {
  it('serves a page whose script parses', async () => {
    const response = await fetch(base)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toBe(page)
    const script = /<script>(.*)<\/script>/s.exec(page)![1]!
    expect(() => new Script(script)).not.toThrow()
  })
})

describe('as a program', () => {
  it('starts as the README says, prints its address, and stops on SIGTERM with a client connected', async () => {
    const jiti = fileURLToPath(new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url))
    const program = fileURLToPath(new URL('../../examples/sse/server.ts', import.meta.url))
    const { REDIS_URL: _, ...env } = process.env
    const child = spawn(process.execPath, [jiti, program], { env: { ...env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const address = line.toString().trim()
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
      await using client = await SseClient.connect(`${address}tasks/t1/events`)
      expect(await client.next()).toMatchObject({ event: 'connected' })
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
