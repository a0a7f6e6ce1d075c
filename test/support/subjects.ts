/** Subjects that tests share: the reference loops over the model, and loops and repositories broken on purpose. */
import { entryOf, type Frame, isAnnouncement, literalDollar, snapshotCursor } from '../../src/consumers/loops.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import type { OpenContext, SubjectDefinition } from '../../src/subject/subject.js'

export const openModel = ({ memory }: OpenContext): InMemoryStreamRepository =>
  new InMemoryStreamRepository({ stream: memory, clock: null })

type Overrides = Partial<SubjectDefinition<Frame>>

export const onModel = (overrides: Overrides = {}): SubjectDefinition<Frame> => ({
  name: 'test',
  store: 'memory',
  open: openModel,
  ...overrides,
})

export const literal = (overrides: Overrides = {}): SubjectDefinition<Frame> =>
  onModel({ consume: literalDollar, entryOf, isAnnouncement, ...overrides })

export const snapshot = (overrides: Overrides = {}): SubjectDefinition<Frame> =>
  onModel({ consume: snapshotCursor, entryOf, isAnnouncement, ...overrides })

/** The model with some of its methods replaced. */
export const brokenModel = (broken: (model: InMemoryStreamRepository) => Partial<StreamRepository>): SubjectDefinition<Frame> =>
  onModel({
    open: (context) => {
      const model = openModel(context)
      return Object.assign(Object.create(model) as InMemoryStreamRepository, {
        sendData: model.sendData.bind(model),
        readMessages: model.readMessages.bind(model),
        getStreamTailId: model.getStreamTailId.bind(model),
        cleanupStream: model.cleanupStream.bind(model),
        close: model.close.bind(model),
        ...broken(model),
      })
    },
  })
