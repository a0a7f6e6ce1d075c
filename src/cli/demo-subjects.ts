/** The subjects of the demonstration: the same loop with the bug and without it, over the model and over a real Redis. */
import { entryOf, isAnnouncement, literalDollar, snapshotCursor } from '../consumers/loops.js'
import { InMemoryStreamRepository } from '../model/in-memory-repository.js'
import type { OpenContext, SubjectDefinition } from '../subject/subject.js'

const repositories = {
  memory: { name: 'in-memory model', open: ({ memory }: OpenContext) => new InMemoryStreamRepository({ stream: memory, clock: null }) },
  redis: {
    name: 'RedisStreamRepository',
    open: async ({ url }: OpenContext) => {
      const { RedisStreamRepository } = await import('../adapters/ioredis.js')
      return new RedisStreamRepository(url)
    },
  },
} as const

type DemoStore = keyof typeof repositories

const isDemoStore = (name: string | undefined): name is DemoStore => name !== undefined && Object.hasOwn(repositories, name)

export function demoSubject(store: DemoStore, loop: 'literal-dollar' | 'snapshot-cursor'): SubjectDefinition {
  const consume = { 'literal-dollar': literalDollar, 'snapshot-cursor': snapshotCursor }[loop]
  return { name: `demo/${store}/${loop}`, store, open: repositories[store].open, consume, entryOf, isAnnouncement }
}

/** For `replay`: what a file of the demonstration was saved for. */
export function findDemoSubject(name: string): SubjectDefinition | undefined {
  const [demo, store, loop] = name.split('/')
  if (demo !== 'demo' || !isDemoStore(store) || (loop !== 'literal-dollar' && loop !== 'snapshot-cursor')) return undefined
  return demoSubject(store, loop)
}
