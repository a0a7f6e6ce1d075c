import { once } from 'node:events'
import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { followEvents } from '../../../src/sources/wire/command.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function served(listener: RequestListener, port = 0): Promise<number> {
  const server = createServer(listener)
  await once(server.listen(port, '127.0.0.1'), 'listening')
  closing.push(() => (server.closeAllConnections(), server.close()))
  return (server.address() as AddressInfo).port
}

/** Follows, and can wait for so many lines. */
function follow(port: number) {
  const lines: string[] = []
  let wake = () => {}
  const stream = followEvents(`http://127.0.0.1:${port}/events`, (line) => {
    lines.push(line)
    wake()
  })
  closing.push(() => stream.stop())
  const until = async (count: number) => {
    while (lines.length < count) await new Promise<void>((resolve) => (wake = resolve))
    return lines
  }
  return { stream, until }
}

describe('an event stream', () => {
  it('is followed line by line, also where characters come in parts', async () => {
    const [head, tail] = [Buffer.from('id: 1\ndata: {"tä').subarray(0, -1), Buffer.from('ä').subarray(-1)]
    const port = await served(({ headers, url }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`: ${headers.accept} ${url}\n\n`)
      response.write(head)
      setImmediate(() => response.write(Buffer.concat([tail, Buffer.from('sk"}\n\n')])))
    })
    expect(await follow(port).until(3)).toEqual([': text/event-stream /events', 'id: 1', 'data: {"täsk"}'])
  })

  it('is waited for until its server listens', async () => {
    const port = await served(() => {})
    await closing.splice(0)[0]!()
    const { until } = follow(port)
    await served((_, response) => response.end('data: late\n\n'), port)
    expect(await until(1)).toEqual(['data: late'])
  })

  it('says why it cannot be followed', async () => {
    const port = await served((_, response) => response.writeHead(404).end())
    const { stream } = follow(port)
    expect(await stream.failed).toBe(`the events at http://127.0.0.1:${port}/events cannot be followed: it answers 404`)
  })

  it('says nothing where it was stopped', async () => {
    const port = await served((_, response) => response.write('data: 1\n\n'))
    const { stream, until } = follow(port)
    await until(1)
    stream.stop()
    const verdict = await Promise.race([stream.failed, new Promise((resolve) => setImmediate(() => setImmediate(() => resolve('silent'))))])
    expect(verdict).toBe('silent')
  })
})
