/**
 * A store of another kind, as somebody could have one: its ids are positions in a log, "0", "1" … "10" behind "9". Below it is the model, so
 * its reads wait and are woken as ever. It gives ids of its own, has a cursor for what is latest, and calls its things by other names.
 */
import type { IdOrder, StreamId } from '../../src/contract/stream-id.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import type { Dialect } from '../../src/dialects/dialect.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { BlockedReader, RawCommand, Store } from '../../src/dialects/store.js'
import type { Words } from '../../src/dialects/words.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import type { MemoryStream } from '../../src/model/memory-stream.js'

export const LIVE = 'live'

const POSITION = /^(?:-1|0|[1-9]\d*)$/

/** From here on positions count on from run to run: see `counting`. */
const COUNTED_ON = 1000

const ids: IdOrder = {
  origin: '-1' as StreamId,
  latest: LIVE,
  isId: (text): text is StreamId => typeof text === 'string' && POSITION.test(text),
  compare: (a, b) => Number(a) - Number(b),
  renaming: {
    concerns: (id) => Number(id) >= COUNTED_ON,
    names: ({ inOrder }) => new Map(inOrder.filter((id) => id !== '-1').map((id, rank) => [id, String(rank)])),
  },
}

export const WORDS: Words = {
  append: 'put {topic} {json}',
  wait: 'long poll',
  waits: (timeoutMs) => `polls for ${timeoutMs ?? '?'} ms`,
  forEver: ' (no deadline)',
  cursor: (asked) => (asked === LIVE ? 'the live end' : asked),
  latest: 'the live end',
  undelivered: 'the group',
  rules: { '4.2': { ifItFails: 'Read from a position, never from the live end.' } },
  hints: { 'batch-gap': 'after a page, read on from its last position' },
}

export const POSITIONS: Dialect = {
  name: 'positions',
  ids,
  words: WORDS,
  effectsOf: (command) => (command === 'commit' ? ['acknowledge'] : undefined),
}

export interface Positions {
  readonly store: Store
  /** The repository of a subject on it. */
  readonly open: (context: { readonly memory: MemoryStream }) => StreamRepository
}

/** @param counting one sequence numbers the entries of all topics, so that each run gets other positions than the last. */
export function positions({ counting = false } = {}): Positions {
  const memory = memoryStore()
  const bases = new Map<string, number>()
  let next = counting ? COUNTED_ON : 0
  const baseOf = (topic: string) => bases.get(topic.replace(/:codec$/, '')) ?? next
  const position = (topic: string, id: string) => (id === '0-0' ? '-1' : String(baseOf(topic) + Number(id.split('-')[0]) - 1)) as StreamId
  const streamId = (topic: string, at: string): StreamId => {
    if (at === LIVE) return '$' as StreamId
    if (!POSITION.test(at)) throw new RangeError(`no position: ${at}`)
    return (at === '-1' ? '0-0' : `${Number(at) - baseOf(topic) + 1}-0`) as StreamId
  }
  const beneath = (command: RawCommand): RawCommand =>
    command.kind === 'delete' && typeof command.id === 'string' ? { ...command, id: streamId(command.topic, command.id) } : command
  const given = async (commands: readonly RawCommand[], added: ReturnType<Store['execute']>) =>
    (await added).map((id, at) => (id === undefined ? id : position(commands[at]!.topic, id)))
  const store: Store = {
    ...memory,
    dialect: POSITIONS,
    description: 'a log of positions',
    topic: (name) => {
      const topic = memory.topic(name)
      if (counting) next += 37
      bases.set(topic, next)
      return topic
    },
    execute: (commands) => given(commands, memory.execute(commands.map(beneath))),
    scan: async (topic) => (await memory.scan(topic)).map((entry) => ({ ...entry, id: position(topic, entry.id) })),
    open: async (open) => {
      const opened = await memory.open(open)
      const cutting = (reader: BlockedReader): BlockedReader => ({
        ...reader,
        disconnect: (commands) => given(commands, reader.disconnect(commands.map(beneath))),
      })
      return { ...opened, dialect: POSITIONS, watch: (onBlocked, onError) => opened.watch((reader) => onBlocked(cutting(reader)), onError) }
    },
  }
  return { store, open: ({ memory: stream }) => repository(new InMemoryStreamRepository({ stream, clock: null }), position, streamId) }
}

type Translate = (topic: string, id: string) => string

const repository = (model: InMemoryStreamRepository, position: Translate, streamId: Translate): StreamRepository => ({
  sendData: async (topic, data) => position(topic, await model.sendData(topic, data)),
  readMessages: async function* (topic, lastId, options) {
    for await (const entry of model.readMessages(topic, streamId(topic, lastId), options)) yield { ...entry, id: position(topic, entry.id) }
  },
  getStreamTailId: async (topic) => position(topic, await model.getStreamTailId(topic)),
  cleanupStream: (topic) => model.cleanupStream(topic),
  close: () => model.close(),
})
