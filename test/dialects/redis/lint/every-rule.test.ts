/** Every rule on the real bytes of a server, in RESP2 and RESP3: conversations of the other tests have answers made up by us. */
import { expect, it } from 'vitest'
import { openProbe } from '../../../../src/dialects/redis/wire/probe.js'
import type { Probe } from '../../../../src/dialects/wire-dialect.js'
import { Topics } from '../../../../src/dialects/redis/wire/classification.js'
import { Lint } from '../../../../src/dialects/redis/lint/lint.js'
import { connect } from '../../../support/connect.js'
import { blockedClients, describeWithServer, until } from '../../../integration/redis.js'

const probeOf = (url: string, lint: Lint): Promise<Probe> =>
  openProbe({
    url,
    // Nobody holds anything here.
    topics: new Topics('elsewhere'),
    listener: { onRequest: () => undefined, onMessage: () => undefined, onOver: () => undefined },
    lint: lint.session({ topic: 'tasks', shownAs: 'tasks' }),
  })

await describeWithServer('every lint rule', (start) => {
  it.each([2, 3] as const)('finds its habit in RESP%i', async (protocol) => {
    const server = await start()
    const lint = new Lint()
    const probe = await probeOf(server.url, lint)
    const aside = connect(server.url)
    const say = async (client: ReturnType<typeof connect>, ...lines: readonly string[]) => {
      for (const command of lines) await client.call(...(command.split(' ') as [string, ...string[]]))
    }

    const worker = connect(probe.url, { protocol, connectionName: 'worker', retryStrategy: () => null })
    await say(worker, 'XGROUP CREATE tasks workers $ MKSTREAM', 'XADD tasks 1-0 f v', 'XADD tasks 2-0 f v')
    await say(worker, 'XREADGROUP GROUP workers w1 COUNT 1 STREAMS tasks >', 'XREADGROUP GROUP workers w1 COUNT 1 NOACK STREAMS tasks >')
    const waits = worker.call('XREADGROUP', 'GROUP', 'workers', 'w1', 'BLOCK', '0', 'STREAMS', 'tasks', '>').catch(() => 'cut off')
    const [id] = await until(async () => {
      const blocked = await blockedClients(aside)
      return blocked.length > 0 && blocked
    })
    await aside.client('KILL', 'ID', Number(id))
    expect(await waits).toBe('cut off')

    const again = connect(probe.url, { protocol, retryStrategy: () => null })
    await say(again, 'XREADGROUP GROUP workers w1 STREAMS tasks >', 'XPENDING tasks workers', 'XPENDING tasks workers - + 10')
    await say(again, 'XGROUP DELCONSUMER tasks workers w1', 'XREAD BLOCK 1 STREAMS tasks $', 'XREAD BLOCK 1 STREAMS tasks $')
    await say(again, 'XREAD COUNT 50 STREAMS tasks 0', 'XADD tasks MAXLEN 1 3-0 f v', 'XADD tasks MAXLEN 1 4-0 f v')
    await say(
      again,
      'XGROUP CREATE tasks others 0',
      'MULTI',
      'XREADGROUP GROUP others o1 COUNT 1 STREAMS tasks >',
      'EXEC',
      'XACK tasks others 4-0',
    )
    // Claimed by somebody else, then acknowledged here by its id alone.
    await say(aside, 'XADD tasks 5-0 f v', 'XREADGROUP GROUP others o2 STREAMS tasks >')
    await say(again, 'XACK tasks others 5-0')
    again.disconnect()
    await probe.close()
    aside.disconnect()

    expect(lint.all.map(({ rule, connection, evidence }) => `${rule} ${connection}: ${evidence}`)).toEqual([
      'L1 connection 2: XREAD BLOCK on tasks from "$" again, after an empty answer',
      'L2 connection 1 (worker): XADD and XREADGROUP BLOCK on one connection',
      'L2 connection 2: XADD and XREAD BLOCK on one connection',
      'L3 connection 1 (worker): XGROUP CREATE tasks workers $',
      'L4 connection 2: XREADGROUP workers on tasks from ">" after a reconnect, and no read of the pending list',
      'L5 connection 1 (worker): XREADGROUP workers on tasks with NOACK',
      'L5 connection 2: XACK tasks others of entries that the program was not given',
      'L6 connection 2: XGROUP DELCONSUMER tasks workers with 1 entry pending',
      'L7 connection 2: XADD MAXLEN 1 on tasks, which is read with COUNT 50',
      'L7 connection 2: XADD MAXLEN 1 on tasks, while a reader is more than 1 behind',
    ])
  })
})
