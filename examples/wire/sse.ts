/**
 * The server of examples/sse, with one of two loops: what its clients are sent is judged, over HTTP, and what it asks of its
 * Redis is held. The loops differ in where the cursor comes from, and in nothing else.
 *
 *   REDIS_URL=redis://… npx jiti examples/wire/sse.ts literal-dollar|snapshot <port>
 */
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { systemClock } from '../../src/clock/clock.js'
import { literalDollar, snapshotCursor } from '../../src/consumers/loops.js'
import type { SseTaskEvents } from '../../src/consumers/sse.js'
import { createServer } from '../sse/server.js'

const LOOPS: Readonly<Record<string, SseTaskEvents>> = { 'literal-dollar': literalDollar, snapshot: snapshotCursor }

const [name = '', port] = process.argv.slice(2)
const events = LOOPS[name]
if (events === undefined) throw new Error(`"${name}" is no loop: ${Object.keys(LOOPS).join(' or ')}, please`)

const repository = new RedisStreamRepository(process.env['REDIS_URL']!)
const server = createServer({ repository, clock: systemClock, events })
server.listen(Number(port ?? 0), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close(() => void repository.close())
  server.closeAllConnections()
})
