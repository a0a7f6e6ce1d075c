/** Sessions that are not independent of each other (4.9), or of the one before them (5.3): what they keep, they keep in common. */
import { type StreamId, isAfter, isStreamId } from '../../contract/stream-id.js'
import type { StreamRepository } from '../../contract/stream-repository.js'
import { readOnce } from '../../consumers/loops.js'
import { withMembers } from '../../contract/with-members.js'
import { perTopic } from './decorate.js'
import { batchOf, handOver, loop, tailOf } from './loop.js'
import { type Mutant, mutant } from './mutant.js'

const looping = (values: Omit<Mutant, 'family'>): Mutant => mutant({ family: 'cursor-loop', ...values })

/** A repository that all sessions of a topic keep something in. */
interface Shared extends StreamRepository {
  readonly shared: (topic: string) => { cursor?: string; readonly handedOut: Set<string> }
}

const sharing = (correct: StreamRepository): StreamRepository =>
  withMembers(correct, { shared: perTopic((): ReturnType<Shared['shared']> => ({ handedOut: new Set() })) })

const isAhead = (shared: string | undefined, own: string): shared is StreamId =>
  isStreamId(shared) && isStreamId(own) && isAfter(shared, own)

export const sharedStateMutants = [
  looping({
    name: 'one-cursor-for-all',
    breaks: '4.9',
    trips: 'unseen',
    summary: 'the consumers of a topic share one cursor',
    repository: sharing,
    consume: loop({
      read: async function* ({ context, cursor }) {
        const shared = (context.repository as Shared).shared(context.topic)
        if (isAhead(shared.cursor, cursor.id)) cursor.id = shared.cursor
        const entries = yield* readOnce(context, cursor)
        if (!isAhead(shared.cursor, cursor.id)) shared.cursor = cursor.id
        return entries
      },
    }),
  }),
  looping({
    name: 'once-for-all',
    breaks: '4.9',
    trips: 'unseen',
    summary: 'an entry that one consumer was given is a repeat to the others',
    repository: sharing,
    consume: loop({
      read: async function* (turn) {
        const { handedOut } = (turn.context.repository as Shared).shared(turn.context.topic)
        const batch = await batchOf(turn)
        const fresh = batch.filter(({ id }) => !handedOut.has(id))
        for (const { id } of fresh) handedOut.add(id)
        yield* handOver(turn, fresh)
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
  looping({
    name: 'resumes-from-what-it-read',
    breaks: '5.3',
    trips: 'unseen',
    summary: 'a session that comes back goes on behind what was read, not behind what was handed out',
    capability: 'resumes',
    repository: sharing,
    consume: loop({
      start: async (context) =>
        context.from === undefined ? tailOf(context) : ((context.repository as Shared).shared(context.topic).cursor ?? context.from),
      read: async function* (turn) {
        const batch = await batchOf(turn)
        const last = batch.at(-1)
        if (last !== undefined) (turn.context.repository as Shared).shared(turn.context.topic).cursor = last.id
        return yield* handOver(turn, batch)
      },
    }),
  }),
]
