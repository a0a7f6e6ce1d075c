/** Programs that read several streams at once, and publishers behind the probe, on a real Redis. */
import { expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { runWire } from '../support/run-wire.js'
import { wire } from '../../src/sources/wire/definition.js'
import { publishing, snapshot, twoStreams } from '../support/wire-consumers.js'
import { describeWithServer } from './redis.js'

await describeWithServer('several streams, and publishers, over the wire', (start) => {
  let url = ''
  async function run(subject: WireSubject, name: string) {
    url ||= (await start()).url
    const wired = await wire(subject, { ...(await findRedis({ url })), shared: false })
    const scenarios = wireScenarios.filter((each) => each.name === name)
    const { scenarios: results, skipped, error } = await runWire(wired, { scenarios, bursts: 0, seed: 1, watchdogMs: 3000 })
    await wired.store.close()
    expect(error).toBeUndefined()
    return results[0] ?? skipped[0]
  }

  it('R22: a second stream that is asked for from its tail again loses what came in between', async () => {
    expect(await run(twoStreams({ from: '$' }), 'wire-several-at-tail')).toMatchObject({
      verdict: { result: 'invalid', anomalies: [{ code: 'unseen', value: 's1' }] },
    })
    expect(await run(twoStreams({ from: 'tail' }), 'wire-several-at-tail')).toMatchObject({
      verdict: { result: 'valid', counts: { owed: 1 } },
    })
  })

  it('R21: what stands in the second stream of an answer is lost to who looks at the first only', async () => {
    expect(await run(twoStreams({ from: 'tail', onlyFirst: true }), 'wire-several-in-one-reply')).toMatchObject({
      verdict: { result: 'invalid' },
    })
    expect(await run(twoStreams({ from: 'tail' }), 'wire-several-in-one-reply')).toMatchObject({ verdict: { result: 'valid' } })
  })

  it('is not tried on a program that reads one stream, nor on a publisher past the probe', async () => {
    expect(await run(snapshot, 'wire-several-at-tail')).toMatchObject({ reason: 'it reads one stream at a time' })
    expect(await run(snapshot, 'wire-acknowledgement-lost')).toMatchObject({ reason: expect.stringContaining('appendsThroughProbe') })
  })

  it('R33: an append that is sent again is there twice', async () => {
    expect(await run(publishing(true), 'wire-acknowledgement-lost')).toMatchObject({
      verdict: { result: 'invalid', anomalies: [{ code: 'duplicate-append', rule: '1.3' }] },
    })
    expect(await run(publishing(false), 'wire-acknowledgement-lost')).toMatchObject({ verdict: { result: 'valid' } })
  })
})
