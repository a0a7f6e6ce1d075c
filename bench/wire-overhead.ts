/**
 * What the wire proxy costs: the same commands straight to a Redis and through the proxy, in turns within one process, so
 * that whatever else the machine does falls on both alike. The proxy runs in a thread of its own, as the client's
 * event loop would otherwise be measured with it.
 *
 *   npx jiti bench/wire-overhead.ts [--commands 20000] [--pipelines 500] [--same-thread]
 */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { stopwatch } from '../src/clock/clock.js'
import { listen } from '../src/probe/wire/proxy.js'
import { encodeCommand } from '../src/probe/wire/resp/encode.js'
import { replyFramer } from '../src/probe/wire/resp/reply.js'
import { findServerProgram, startLocalServer } from '../src/store/local-server.js'

const ROUNDS = 20
const PIPELINE = 100

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

async function proxyBefore(port: number, sameThread: boolean): Promise<{ port: number; close(): Promise<unknown> }> {
  if (sameThread) return proxy(port)
  const file = fileURLToPath(import.meta.url)
  const boot = `require(${JSON.stringify(fileURLToPath(import.meta.resolve('jiti')))}).createJiti(${JSON.stringify(file)}).import(${JSON.stringify(file)})`
  const worker = new Worker(boot, { eval: true, workerData: { port } })
  const [at] = (await once(worker, 'message')) as [number]
  return { port: at, close: () => worker.terminate() }
}

/** With an interceptor that looks at every message and decides nothing. */
const proxy = (port: number) =>
  listen({ upstream: { host: '127.0.0.1', port }, interceptor: { request: () => undefined, reply: () => undefined } })

const percentile = (sorted: readonly number[], p: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]!

async function compare(): Promise<void> {
  const { values } = parseArgs({
    options: {
      commands: { type: 'string', default: '20000' },
      pipelines: { type: 'string', default: '500' },
      'same-thread': { type: 'boolean', default: false },
    },
  })
  const program = await findServerProgram(process.env['PATH'])
  if (!program) throw new Error('no redis-server or valkey-server on the PATH')
  const server = await startLocalServer(program)
  const port = Number(new URL(server.url).port)
  const through = await proxyBefore(port, values['same-thread'])
  const lanes = [
    { name: 'direct', client: await Client.open(port), latencies: [] as number[], seconds: 0 },
    { name: 'proxy', client: await Client.open(through.port), latencies: [] as number[], seconds: 0 },
  ]
  const single = encodeCommand('XADD', 's', 'MAXLEN', '~', '1000', '*', 'field', 'a value of some thirty bytes')
  const pipeline = Buffer.concat(Array.from({ length: PIPELINE }, (_, index) => encodeCommand('SET', `key:${index}`, 'value')))
  const each = Math.ceil(Number(values.commands) / ROUNDS)
  const pipelines = Math.ceil(Number(values.pipelines) / ROUNDS)
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      for (let i = 0; i < each; i++) {
        const elapsed = stopwatch()
        await lane.client.send(single, 1)
        if (round > 0) lane.latencies.push(elapsed())
      }
      const elapsed = stopwatch()
      for (let i = 0; i < pipelines; i++) await lane.client.send(pipeline, PIPELINE)
      if (round > 0) lane.seconds += elapsed() / 1000
    }
  }
  const rows = lanes.map(({ name, latencies, seconds }) => {
    const sorted = latencies.toSorted((a, b) => a - b)
    return { name, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), rate: (ROUNDS * pipelines * PIPELINE) / seconds }
  })
  const row = (name: string, p50: number, p99: number, rate: string) =>
    console.log(`${name.padEnd(8)} ${p50.toFixed(3).padStart(8)} ${p99.toFixed(3).padStart(8)} ${rate.padStart(22)}`)
  console.log(`${''.padEnd(8)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)} ${`commands/s, pipe ${PIPELINE}`.padStart(22)}`)
  for (const { name, p50, p99, rate } of rows) row(name, p50, p99, Math.round(rate).toLocaleString('en'))
  const [direct, proxied] = rows as [(typeof rows)[0], (typeof rows)[0]]
  row('added', proxied.p50 - direct.p50, proxied.p99 - direct.p99, `${Math.round((100 * proxied.rate) / direct.rate)} %`)
  for (const { client } of lanes) client.socket.destroy()
  await through.close()
  await server.close()
}

if (isMainThread) await compare()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
else parentPort!.postMessage((await proxy((workerData as { port: number }).port)).port)
