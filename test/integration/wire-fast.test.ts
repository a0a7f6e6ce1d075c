/** `--fast`: with modelled time-outs the histories are those of real ones. */
import { expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { wireRunner } from '../support/run-wire.js'
import { wire } from '../../src/sources/wire/definition.js'
import { entriesOf, forEver, group, inProcess, literalDollar, patiently, snapshot, snapshotLoop } from '../support/wire-consumers.js'
import { connect } from '../support/connect.js'
import { describeWithServer } from './redis.js'

/** In RESP2, on a database of its own, with a `$` that is asked for while it blocks. */
const resp2 = inProcess('resp2', (loop) => snapshotLoop(loop), { client: { protocol: 2, db: 3 } as never })

/** Reads several keys. A group and a key called as options are. */
const oddlyNamed = inProcess('oddly-named', async ({ redis, topic, running, deliver }) => {
  const loop = { running }
  const make = (key: string) =>
    redis
      .xgroup('CREATE', key, 'BLOCK', '$', 'MKSTREAM')
      .catch((error: Error) => (error.message.startsWith('BUSYGROUP') ? 'OK' : Promise.reject(error)))
  for (const key of ['STREAMS', topic]) await patiently(loop, () => make(key))
  while (!running.aborted) {
    const streams = await patiently(loop, () =>
      redis.xreadgroup('GROUP', 'BLOCK', 'COUNT', 'COUNT', 10, 'BLOCK', 2000, 'NOACK', 'STREAMS', 'STREAMS', topic, '>', '>'),
    )
    for (const entry of entriesOf(streams)) deliver(entry)
  }
})

await describeWithServer('--fast', (start) => {
  let url = ''
  async function histories(subject: WireSubject, fast: boolean, names: readonly string[]) {
    url ||= (await start()).url
    const client = connect(url)
    await client.flushall()
    const open = await wire(subject, { ...(await findRedis({ url })), shared: false }, { fast })
    expect(open.store.description.endsWith('(--fast: time-outs modelled)')).toBe(fast)
    const runner = wireRunner(open, 1500)
    const all: Record<string, unknown> = {}
    for (const name of names) {
      const { run, verdict } = await runner.judge(wireScenarios.find((each) => each.name === name)!.schedule)
      all[name] = {
        result: verdict.result,
        anomalies: verdict.anomalies.map(({ code, window }) => `${code}@${window}`),
        history: run.history,
      }
    }
    await runner.close()
    await open.store.close()
    client.disconnect()
    return all
  }

  const all = wireScenarios.map(({ name }) => name).filter((name) => !/announcement|late-reply|history/.test(name))
  const waits = all.filter((name) => !/after-tail/.test(name))

  const subjects: readonly (readonly [WireSubject, readonly string[]])[] = [
    [snapshot, all],
    [literalDollar, waits],
    [resp2, all],
    [group(false), waits],
    [group(true), waits],
    [oddlyNamed, ['empty-gap', 'wire-batch-gap', 'wire-longer-than-count']],
    [forEver, ['wire-batch-gap', 'wire-cut-while-blocked', 'wire-longer-than-count']],
  ]
  it('is heard by the lint as a real wait is', async () => {
    const warned = async (subject: WireSubject, fast: boolean, names: readonly string[]) => {
      url ||= (await start()).url
      const open = await wire(subject, { ...(await findRedis({ url })), shared: false }, { fast })
      const runner = wireRunner(open, 1500)
      for (const name of names) await runner.judge(wireScenarios.find((each) => each.name === name)!.schedule)
      await runner.close()
      await open.store.close()
      return open.store.warnings.all
    }
    const names = ['wire-batch-gap', 'wire-longer-than-count', 'wire-cut-while-blocked']
    for (const subject of [snapshot, literalDollar, group(false), group(true)])
      expect(await warned(subject, true, names)).toEqual(await warned(subject, false, names))
    expect((await warned(literalDollar, true, names)).map(({ rule }) => rule)).toContain('L1')
    expect((await warned(group(true), true, names)).map(({ rule }) => rule)).not.toContain('L5')
  }, 120_000)

  for (const [subject, names] of subjects) {
    it(`gives the histories of real time-outs: ${subject.name}`, async () => {
      expect(await histories(subject, true, names)).toEqual(await histories(subject, false, names))
    }, 60_000)
  }
})
