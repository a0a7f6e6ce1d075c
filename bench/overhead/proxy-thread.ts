/** The wire proxy in a thread of its own: tells its port. */
import { parentPort, workerData } from 'node:worker_threads'
import { listen } from '../../src/dialects/redis/proxy/proxy.js'

const { port } = await listen({
  upstream: { host: '127.0.0.1', port: (workerData as { port: number }).port },
  interceptor: { request: () => undefined, reply: () => undefined },
})
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage(port)
