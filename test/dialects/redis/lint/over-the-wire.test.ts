/** The lint looks on while a real client talks to a real Redis, and verdicts are what they are without it. */
import { afterAll, expect, it } from 'vitest'
import { advanceTo, append } from '../../../../src/schedule/scenario.js'
import { schedule } from '../../../../src/schedule/schedule.js'
import { Runner } from '../../../../src/run/runner.js'
import { type ProbedSubject, wire } from '../../../../src/sources/wire/definition.js'
import { type WireContext, type WireProgram, defineWire } from '../../../../src/subject/wire-subject.js'
import { connect } from '../../../support/connect.js'
import { describeWithRedis } from '../../../integration/redis.js'

/** Follows the stream from "$", and writes down that it is alive through the same connection. */
function follow({ url, topic, onDelivery }: WireContext): WireProgram {
  const client = connect(url, { connectionName: 'follower', retryStrategy: () => null })
  let stopped = false
  const loop = async () => {
    let cursor = '$'
    while (!stopped) {
      const reading = client.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor)
      const note = client.call('XADD', `${topic}:alive`, 'NOMKSTREAM', '*', 'beat', '1')
      const [read] = await Promise.all([reading, note])
      for (const [, entries] of read ?? []) {
        for (const [id, fields] of entries) {
          cursor = id
          onDelivery(fields.join(' '))
        }
      }
    }
  }
  const done = loop().catch(() => undefined)
  return {
    stop: async () => {
      stopped = true
      client.disconnect()
      await done
    },
  }
}

await describeWithRedis('the lint over the wire', (redis) => {
  let wired: ProbedSubject | undefined
  afterAll(() => wired?.store.close())

  it('warns of "$" and of the shared connection, also where nothing was lost', async () => {
    const subject = defineWire({ name: 'follower', topic: 'lint:*', start: follow })
    wired = await wire(subject, { ...redis, close: async () => undefined })
    const { definition, store, open } = wired
    const runner = new Runner(definition, store, { open })
    const warned = () => store.warnings.lastRun.map(({ rule, connection, evidence }) => `${rule} ${connection}: ${evidence}`)

    const inBlock = await runner.judge(schedule([advanceTo('blocked'), append(1)]))
    expect(inBlock.verdict.result).toBe('valid')
    expect(warned()).toEqual([
      'L2 connection 1 (follower): XADD sent behind XREAD BLOCK, which is waiting',
      'L2 connection 1 (follower): XADD and XREAD BLOCK on one connection',
    ])

    const inGap = await runner.judge(schedule([advanceTo('read-returned', { outcome: 'empty' }), append(1)]))
    expect(inGap.verdict.result).toBe('invalid')
    expect(warned()[0]).toBe('L1 connection 1 (follower): XREAD BLOCK on lint:* from "$" again, after an empty answer')

    await runner.close()
    expect(store.warnings.all.map(({ rule }) => rule)).toEqual(['L1', 'L2', 'L2'])
  })
})
