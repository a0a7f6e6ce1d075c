import { InMemoryStreamRepository, type StreamRepository, advanceTo, append, schedule } from 'tailrace'
import { type Instrumented, type Reproduction, instrument, reproduce } from 'tailrace/testing'

/** A repository whose reads a test can hold. */
export const held: Instrumented<StreamRepository> = instrument(new InMemoryStreamRepository())

/** One schedule, without a test runner. */
export const emptyGap = (): Promise<Reproduction> =>
  reproduce(
    { name: 'model', store: 'memory', open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }) },
    schedule([advanceTo('read-returned', { outcome: 'empty' }), append(1)]),
  )
