/** What the repository probe costs where nobody holds anything: the same calls on the model, bare, observed, and instrumented. */
import { stopwatch } from '../../src/clock/clock.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { instrument, Passing } from '../../src/testing/instrument.js'
import { wrap } from '../../src/sources/repository/source.js'
import type { Options } from '../options.js'
import { seeded } from '../../src/random/seeded.js'
import type { OverheadResult } from '../results.js'
import { bootstrap, median } from '../statistics.js'

const TOPIC = 'topic'
const BATCH = 1000
const BARE = 'bare'

const CALLS: Readonly<Record<string, (repository: StreamRepository) => Promise<void>>> = {
  getStreamTailId: async (repository) => void (await repository.getStreamTailId(TOPIC)),
  'readMessages, one entry': async (repository) => {
    for await (const entry of repository.readMessages(TOPIC, '0-0', { timeoutMs: 0, count: 1 }))
      if (entry.id === '') throw new Error('no id')
  },
}

/** So many reads through a probe that holds nothing, for a profile. */
export async function probedReads(reads: number): Promise<void> {
  const model = new InMemoryStreamRepository({ clock: null })
  await model.sendData(TOPIC, 'entry')
  const { repository } = instrument(model)
  for (let i = 0; i < reads; i++) await CALLS['readMessages, one entry']!(repository)
}

export async function probeOverhead({ seed, quick, say }: Options): Promise<OverheadResult['probe']> {
  say('overhead of the repository probe')
  const model = new InMemoryStreamRepository({ clock: null })
  await model.sendData(TOPIC, 'entry')
  const repositories: Readonly<Record<string, StreamRepository>> = {
    [BARE]: model,
    'probe, nothing held': wrap({ repository: model, within: (call) => call(), settle: (answer) => answer }, new Passing()),
    'instrument, nothing awaited': instrument(model).repository,
  }
  const lanes = Object.entries(CALLS).flatMap(([call, run]) =>
    Object.entries(repositories).map(([arm, repository]) => ({ call, arm, run: () => run(repository), nanoseconds: [] as number[] })),
  )
  const [warm, rounds] = [3, quick ? 10 : 60]
  for (let round = 0; round < warm + rounds; round++) {
    for (const { run, nanoseconds } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const elapsed = stopwatch()
      for (let i = 0; i < BATCH; i++) await run()
      if (round >= warm) nanoseconds.push((elapsed() * 1e6) / BATCH)
    }
  }
  return lanes.map(({ call, arm, nanoseconds }) => ({
    call,
    arm,
    nanoseconds: bootstrap(nanoseconds, median, seeded(seed, `${call} ${arm}`)),
  }))
}
