/** Entries that go away (§6 of the rules), and those who take them away too soon. */
import { ORIGIN } from '../../contract/stream-id.js'
import { snapshotCursor } from '../../consumers/loops.js'
import { changing, scan, tailing } from './decorate.js'
import { loop, tailOf } from './loop.js'
import { mutant } from './mutant.js'

export const retentionMutants = [
  mutant({
    name: 'keeps-newest-three',
    family: 'retention',
    breaks: '3.4',
    trips: 'int-poll-skip',
    summary: 'a reader that is behind sees the newest three entries only',
    repository: (correct) =>
      changing(correct, async (batch, _, topic) => {
        const kept = new Set((await scan(correct, topic)).slice(-3).map(({ id }) => id))
        return batch.length > 0 && batch.every(({ id }) => !kept.has(id)) ? batch : batch.filter(({ id }) => kept.has(id))
      }),
  }),
  mutant({
    name: 'cleans-up-when-empty',
    family: 'retention',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'a topic that was found empty is removed, and with it what was appended meanwhile',
    consume: loop({ between: ({ trail, context }) => (trail.endsWith('e') ? context.repository.cleanupStream(context.topic) : undefined) }),
  }),
  mutant({
    name: 'cleans-up-when-done',
    family: 'retention',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'the topic is removed as soon as the status says done',
    capabilities: { endsOnStatus: true },
    consume: loop({
      between: async ({ context }) => {
        if ((await context.status()) !== 'done') return undefined
        await context.repository.cleanupStream(context.topic)
        return 'end'
      },
    }),
  }),
  mutant({
    name: 'takes-gone-for-end',
    family: 'retention',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'a topic that is gone after an empty read is taken for the end of the session',
    consume: loop({
      between: async ({ trail, context }) => (/[pf].*e$/.test(trail) && (await tailOf(context)) === ORIGIN ? 'end' : undefined),
    }),
  }),
  mutant({
    name: 'silent-truncation',
    family: 'retention',
    breaks: '6.1',
    trips: 'truncated-skip',
    capability: 'signalsTruncation',
    summary: 'it says that it signals trimmed entries, and skips them in silence',
    consume: snapshotCursor,
  }),
  mutant({
    name: 'waits-above-old-ids',
    family: 'retention',
    breaks: '6.2',
    trips: 'entry-skip',
    capability: 'signalsRecreation',
    summary: 'it says that it signals a topic made anew, and waits above ids that will not come again',
    consume: snapshotCursor,
  }),
  mutant({
    name: 'tail-goes-back',
    family: 'retention',
    breaks: '2.5',
    trips: 'stale-tail',
    capability: 'tailSurvivesTrim',
    summary: 'it says that its tail survives, and answers with the last entry left',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic)).at(-1)?.id ?? ORIGIN),
  }),
]
