/** Tails that lie (§2 of the rules). Whoever starts there misses entries, or gets those that are not for it. */
import { systemClock } from '../../clock/clock.js'
import { LATEST, ORIGIN } from '../../contract/stream-id.js'
import { everySecond, perTopic, scan, successor, tailing } from './decorate.js'
import { mutant } from './mutant.js'

export const tailMutants = [
  mutant({
    name: 'tail-is-dollar',
    family: 'tail',
    breaks: '2.1',
    trips: 'phantom-tail',
    summary: 'the tail is "$"',
    repository: (correct) => tailing(correct, async () => LATEST),
  }),
  mutant({
    name: 'empty-topic-is-dollar',
    family: 'tail',
    breaks: '2.2',
    trips: 'phantom-tail',
    summary: 'the tail of an empty topic is "$"',
    repository: (correct) =>
      tailing(correct, async (topic) => {
        const tail = await correct.getStreamTailId(topic)
        return tail === ORIGIN ? LATEST : tail
      }),
  }),
  mutant({
    name: 'empty-topic-is-now',
    family: 'tail',
    breaks: '2.2',
    trips: 'phantom-tail',
    summary: 'the tail of an empty topic is the time of the caller',
    repository: (correct) =>
      tailing(correct, async (topic) => {
        const tail = await correct.getStreamTailId(topic)
        return tail === ORIGIN ? `${systemClock.now()}-0` : tail
      }),
  }),
  mutant({
    name: 'cached-tail',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is asked for once, and remembered',
    repository: (correct) => {
      const cache = perTopic((): { id?: string } => ({}))
      return tailing(correct, async (topic) => (cache(topic).id ??= await correct.getStreamTailId(topic)))
    },
  }),
  mutant({
    name: 'tail-of-replica',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is asked of a replica that is one entry behind',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic)).at(-2)?.id ?? ORIGIN),
  }),
  mutant({
    name: 'head-for-tail',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is the first entry (XRANGE for XREVRANGE)',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic))[0]?.id ?? ORIGIN),
  }),
  mutant({
    name: 'greatest-as-text',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is the greatest id as text: 9-0 above 10-0',
    repository: (correct) =>
      tailing(
        correct,
        async (topic) =>
          (await scan(correct, topic))
            .map(({ id }) => id)
            .sort()
            .at(-1) ?? ORIGIN,
      ),
  }),
  mutant({
    name: 'tail-from-clock',
    family: 'tail',
    breaks: '2.4',
    trips: 'phantom-tail',
    summary: 'the tail is the time of the caller',
    repository: (correct) => tailing(correct, async () => `${systemClock.now()}-0`),
  }),
  mutant({
    name: 'tail-plus-one',
    family: 'tail',
    breaks: '2.4',
    trips: 'phantom-tail',
    summary: 'the tail is the id after the last one',
    repository: (correct) => tailing(correct, async (topic) => successor(await correct.getStreamTailId(topic))),
  }),
  mutant({
    name: 'origin-every-second-time',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'every second tail is answered by a server that has nothing yet',
    repository: (correct) => {
      const isBehind = everySecond()
      return tailing(correct, async (topic) => (isBehind(topic) ? ORIGIN : correct.getStreamTailId(topic)))
    },
  }),
]
