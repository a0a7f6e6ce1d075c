/** Reads whose failure is hidden (3.9), and reads that leave something open (3.12). */
import { ORIGIN } from '../../contract/stream-id.js'
import { withMembers } from '../../contract/with-members.js'
import { readAll, reading } from './decorate.js'
import { mutant } from './mutant.js'

export const readFailureMutants = [
  mutant({
    name: 'swallows-read-error',
    family: 'read',
    breaks: '3.9',
    trips: 'early-empty',
    summary: 'a read that fails is shown as an empty one',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* await readAll(correct, topic, lastId, options).catch(() => [])
      }),
  }),
  mutant({
    name: 'hangs-after-cut',
    family: 'read',
    breaks: '3.9',
    trips: 'stalled',
    summary: 'a read whose connection is cut never settles, unless it is aborted',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const { signal } = options
        const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
        yield* await readAll(correct, topic, lastId, options).catch(async () => {
          await aborted
          return []
        })
      }),
  }),
  mutant({
    name: 'leaks-when-left-early',
    family: 'read',
    breaks: '3.12',
    trips: 'leak',
    summary: 'an iteration that is left early leaves a read behind that nobody can end',
    repository: (correct) => {
      let leaked = false
      const leaking = reading(correct, async function* (topic, lastId, options) {
        let finished = false
        try {
          yield* correct.readMessages(topic, lastId, options)
          finished = true
        } finally {
          if (!finished && options.signal?.aborted) {
            leaked = true
            void readAll(correct, `${topic}:next`, ORIGIN, { timeoutMs: options.timeoutMs, count: 1 }).catch(() => undefined)
          }
        }
      })
      return withMembers(leaking, { close: async () => (leaked ? undefined : correct.close?.()) })
    },
  }),
]
