/**
 * What the wire proxy costs: the same commands straight to a Redis and through the proxy, in turns within one process, so
 * that whatever else the machine does falls on both alike. The proxy runs in a thread of its own, as the client's
 * event loop would otherwise be measured with it. Its interceptor looks at every message and decides nothing.
 */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { stopwatch } from '../../src/clock/clock.js'
import { encodeCommand } from '../../src/dialects/redis/resp/request.js'
import { replyFramer } from '../../src/dialects/redis/resp/reply.js'
import { findServerProgram, startLocalServer } from '../../src/dialects/redis/local-server.js'
import type { Options } from '../options.js'
import { seeded } from '../../src/random/seeded.js'
import type { OverheadResult } from '../results.js'
import { bootstrap, median, quantile } from '../statistics.js'

const ROUNDS = 20

/** Milliseconds, and commands per second. */
interface Round {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
}

export const PIPELINE = 100

class Client {
  readonly #framer = replyFramer()
  #left = 0
  #done = () => {}

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#left -= this.#framer.push(chunk).length
      if (this.#left === 0) this.#done()
    })
  }

  static async open(port: number): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Client(socket)
  }

  /** Resolves when `count` replies are there. */
  send(bytes: Buffer, count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#left = count
      this.#done = resolve
      this.socket.write(bytes)
    })
  }
}

export async function wireOverhead({ seed, quick, say }: Options): Promise<OverheadResult['wire']> {
  say('overhead of the wire probe')
  const program = await findServerProgram(process.env['PATH'])
  if (!program) throw new Error('no redis-server or valkey-server on the PATH')
  const server = await startLocalServer(program)
  const port = Number(new URL(server.url).port)
  const proxy = new Worker(new URL('proxy-thread.js', import.meta.url), { workerData: { port } })
  const [through] = (await once(proxy, 'message')) as [number]
  const lanes = [
    { arm: 'direct', client: await Client.open(port), rounds: [] as Round[] },
    { arm: 'through the probe', client: await Client.open(through), rounds: [] as Round[] },
  ]
  const single = encodeCommand('XADD', 's', 'MAXLEN', '~', '1000', '*', 'field', 'a value of some thirty bytes')
  const pipeline = Buffer.concat(Array.from({ length: PIPELINE }, (_, index) => encodeCommand('SET', `key:${index}`, 'value')))
  const [singles, pipelines] = quick ? [200, 5] : [2000, 25]
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const latencies: number[] = []
      for (let i = 0; i < singles; i++) {
        const elapsed = stopwatch()
        await lane.client.send(single, 1)
        latencies.push(elapsed())
      }
      const elapsed = stopwatch()
      for (let i = 0; i < pipelines; i++) await lane.client.send(pipeline, PIPELINE)
      const perSecond = (pipelines * PIPELINE * 1000) / elapsed()
      if (round > 0) lane.rounds.push({ p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), perSecond })
    }
  }
  for (const { client } of lanes) client.socket.destroy()
  await proxy.terminate()
  await server.close()
  return lanes.map(({ arm, rounds }) => {
    const over = (what: keyof Round) =>
      bootstrap(
        rounds.map((round) => round[what]),
        median,
        seeded(seed, `wire ${arm} ${what}`),
      )
    return { arm, p50: over('p50'), p99: over('p99'), perSecond: over('perSecond') }
  })
}
