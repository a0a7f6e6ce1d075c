/**
 * Bytes that are wrong in a few places, in both directions. Seeded; for a long run:
 *
 *   TAILRACE_FUZZ_SECONDS=600 TAILRACE_FUZZ_SEED=1 npx vitest run test/dialects/redis/proxy/fuzz.test.ts --testTimeout 700000
 */
import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listen } from '../../../../src/dialects/redis/proxy/proxy.js'
import { chunksOf, reply, request, splits } from '../resp/messages.js'

/** So many seconds, or so many runs. */
const seconds = process.env['TAILRACE_FUZZ_SECONDS']
const howLong = seconds === undefined ? { numRuns: 150 } : { numRuns: 2 ** 31, interruptAfterTimeLimit: 1000 * Number(seconds) }
const seed = Number(process.env['TAILRACE_FUZZ_SEED'] ?? 42)

const HEAP_EVERY = 20_000
/** In MB, of what is still reachable. */
function heapInUse(): number {
  setFlagsFromString('--expose_gc')
  ;(runInNewContext('gc') as () => void)()
  return Math.round(process.memoryUsage().heapUsed / 1e6)
}

const KNOWN =
  /^wire connection \d+: (?:closed, because the (?:client|server) sent bytes that are not RESP|aborted, because|a reply of type)/

/** Valid messages, some bytes changed, taken out or put in. */
const damaged = (message: fc.Arbitrary<Buffer>) =>
  fc
    .tuple(fc.array(message, { minLength: 1, maxLength: 8 }), fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.nat(255)), { maxLength: 2 }))
    .map(([messages, damages]) => {
      const bytes = Array.from(Buffer.concat(messages))
      for (const [place, how, byte] of damages) bytes.splice(place % (bytes.length + 1), how === 2 ? 0 : 1, ...(how === 1 ? [] : [byte]))
      return Buffer.from(bytes)
    })
const ending = fc.constantFrom('end', 'destroy', 'reset')

function finish(socket: Socket, how: 'end' | 'destroy' | 'reset'): void {
  if (how === 'end') socket.end()
  else if (how === 'destroy') socket.destroy()
  else socket.resetAndDestroy()
}

async function write(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    if (socket.destroyed) return
    socket.write(chunk)
    await setImmediate()
  }
}

describe('the wire proxy, given damaged bytes by both sides,', () => {
  it('neither crashes nor leaves a socket, and says at most what it closed', async () => {
    let logged = 0
    const unknown: string[] = []
    const log = (line: string) => {
      logged++
      if (!KNOWN.test(line)) unknown.push(line)
    }
    let answer: (socket: Socket) => Promise<void> = async () => {}
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
      socket.resume()
      void answer(socket)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const later = () => setImmediate(undefined)
    const proxy = await listen({
      upstream: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
      log,
      interceptor: {
        request: ({ index, request }) => (index % 3 === 0 && request.args.length > 0 ? later() : undefined),
        reply: ({ index }, message) => (index % 4 === 0 && message.value() ? later() : undefined),
        push: (_, message) => (message.size % 2 === 0 ? later() : undefined),
      },
    })
    let runs = 0
    const heaps: number[] = []
    const run = fc.asyncProperty(
      damaged(request),
      damaged(reply),
      splits,
      ending,
      ending,
      async (asks, says, lengths, byClient, byServer) => {
        answer = async (socket) => {
          await write(socket, chunksOf(says, lengths))
          finish(socket, byServer)
        }
        const client = connect({ port: proxy.port, host: '127.0.0.1' }).on('error', () => {})
        // Not `once`: it rejects on an error, and a reset is one.
        const closed = new Promise((resolve) => client.once('close', resolve))
        client.resume()
        await write(client, chunksOf(asks, lengths))
        finish(client, byClient)
        await closed
        await Promise.all(proxy.connections.map((connection) => connection.closed))
        expect(proxy.connections).toEqual([])
        if (++runs % HEAP_EVERY === 0) heaps.push(heapInUse())
      },
    )
    await fc.assert(run, { ...howLong, seed })
    await proxy.close()
    while (sockets.size > 0) await setImmediate()
    server.close()
    await once(server, 'close')
    if (seconds !== undefined) console.log(`${runs} runs, ${logged} connections closed with a reason, heap in MB: ${heaps.join(' ')}`)
    expect(logged).toBeGreaterThan(0)
    expect(unknown).toEqual([])
  })
})
