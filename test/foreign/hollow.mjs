/**
 * Subjects with which nothing is really tried, or whose faults are hidden by what their configuration says. None of them may be green: each
 * has the result that a run of it must have, and what it must say.
 */
import { InMemoryStreamRepository } from 'tailrace'

const model = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const connected = { type: 'connected' }
const frame = ({ id, data }) => ({ type: 'entry', id, data })
const framed = {
  entryOf: (each) => (each.type === 'entry' ? { id: each.id, data: each.data } : undefined),
  isAnnouncement: (each) => each.type === 'connected',
}

/** A correct loop, with its frames changed by `change`. */
const looping = (change = (each) => [each], options = {}) =>
  async function* ({ repository, topic, clock, signal, read, from }) {
    let after = from
    while (after === undefined && !signal.aborted) {
      try {
        after = await repository.getStreamTailId(topic)
      } catch {
        await clock.sleep(100, signal)
      }
    }
    if (after !== undefined) yield* change(connected)
    while (!signal.aborted) {
      let given = 0
      try {
        for await (const entry of repository.readMessages(options.topic ?? topic, after, { ...read, signal })) {
          if (signal.aborted) return
          given++
          if (entry.undecodable === undefined) yield* change(frame(entry))
          after = entry.id
        }
      } catch {
        given = 0
      }
      if (given === 0) await clock.sleep(100, signal)
    }
  }

/** The loop that the harness brings. */
const reference = { consume: undefined, entryOf: undefined, isAnnouncement: undefined }

const hollow = []
const add = (name, summary, result, says, parts) =>
  hollow.push({ name, summary, result, says, subject: { name, store: 'memory', open: model, ...framed, ...parts } })
export default hollow

// ── Predicates that never come true, or always

add('announcement-never-comes', 'isAnnouncement looks for a frame that there is not', 'unknown', /isAnnouncement/, {
  consume: looping(),
  isAnnouncement: (each) => each.type === 'ready',
})
add('entry-of-nothing', 'entryOf knows no frame', 'unknown', /entryOf/, { consume: looping(), entryOf: () => undefined })
add('entry-of-one-entry', 'entryOf gives the same entry for every frame', 'invalid', /./, {
  consume: looping(),
  entryOf: (each) => (each.type === 'entry' ? { id: '1-0', data: 'always' } : undefined),
})
add('truncation-always', 'isTruncation is true of every frame, and the loop drops every other entry', 'invalid', /./, {
  consume: (() => {
    let n = 0
    return looping((each) => (each.type === 'entry' && n++ % 2 === 0 ? [] : [each]))
  })(),
  isTruncation: () => true,
})

add('never-whole', 'entryOf says of every entry that more of it is to come', 'invalid', /unseen|entry-skip/, {
  consume: looping(),
  entryOf: (each) => (each.type === 'entry' ? { id: each.id, data: each.data, complete: false } : undefined),
})
add('owes-nobody', 'owes() is never true, and everything is handed out', 'invalid', /foreign-delivery/, {
  consume: looping(),
  owes: () => false,
})

// ── Consumers that do not consume

add('ends-at-once', 'its consumer ends before it has done anything', 'unknown', /./, {
  consume: async function* () {},
})
add('announces-and-ends', 'its consumer announces, and ends', 'unknown', /./, {
  consume: async function* ({ repository, topic }) {
    await repository.getStreamTailId(topic)
    yield connected
  },
})
add('waits-for-its-client', 'its consumer announces, and waits until its client leaves', 'unknown', /./, {
  consume: async function* ({ signal }) {
    yield connected
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  },
})
add('reads-another-topic', 'its consumer reads a topic that nobody appends to', 'unknown', /./, {
  consume: looping(undefined, { topic: 'another' }),
})
add('answers-from-memory', 'its consumer never asks the repository that it was given', 'unknown', /./, {
  consume: async function* ({ signal, clock }) {
    yield connected
    while (!signal.aborted) await clock.sleep(1000, signal)
  },
})

// ── Repositories that are not those of the subject

add('another-store', 'open() gives a model of its own', 'unknown', /does not use the memory/, {
  open: () => new InMemoryStreamRepository({ clock: null }),
  ...reference,
})
add('append-to-nowhere', 'sendData() makes up an id', 'invalid', /./, {
  open: (context) => {
    const repository = model(context)
    let n = 0
    return Object.assign(Object.create(repository), {
      sendData: async () => `9999999999999-${n++}`,
      readMessages: (...args) => repository.readMessages(...args),
      getStreamTailId: (topic) => repository.getStreamTailId(topic),
      cleanupStream: (topic) => repository.cleanupStream(topic),
      close: () => repository.close(),
    })
  },
  ...reference,
})
add('reads-nothing', 'readMessages() is always empty', 'invalid', /./, {
  open: (context) => {
    const repository = model(context)
    return {
      sendData: (...args) => repository.sendData(...args),
      readMessages: async function* () {},
      getStreamTailId: (topic) => repository.getStreamTailId(topic),
      cleanupStream: (topic) => repository.cleanupStream(topic),
      close: () => repository.close(),
    }
  },
  ...reference,
})
const listeners = new Set()
add('echoes-its-own-appends', 'its consumer is told by sendData() of the same process, and never looks at the stream', 'unknown', /./, {
  open: (context) => {
    const repository = model(context)
    return {
      sendData: async (topic, data) => {
        const id = await repository.sendData(topic, data)
        for (const listener of listeners) listener(topic, { id, data })
        return id
      },
      readMessages: (...args) => repository.readMessages(...args),
      getStreamTailId: (topic) => repository.getStreamTailId(topic),
      cleanupStream: (topic) => repository.cleanupStream(topic),
      close: () => repository.close(),
    }
  },
  consume: async function* ({ repository, topic, signal }) {
    const queue = []
    let wake = () => {}
    const listen = (where, entry) => {
      if (where !== topic) return
      queue.push(entry)
      wake()
    }
    await repository.getStreamTailId(topic)
    listeners.add(listen)
    signal.addEventListener('abort', () => wake(), { once: true })
    yield connected
    while (!signal.aborted) {
      const entry = queue.shift()
      if (entry !== undefined) yield frame(entry)
      else await new Promise((resolve) => (wake = resolve))
    }
    listeners.delete(listen)
  },
})

// ── Payloads

add('payload-without-body', 'payload() leaves out the body, so that no awkward payload is ever sent', 'unknown', /1\.5/, {
  payload: (token) => ({ text: token }),
  ...reference,
})
add('payload-without-token', 'payload() leaves out the token', 'unknown', /token/, { payload: (_, body) => ({ body }), consume: looping() })

// ── Promises that are not kept

add('from-the-beginning-in-name', 'declares startsAt: beginning, and starts at the tail', 'invalid', /./, {
  consume: (context) => looping()({ ...context, from: undefined }),
  startsAt: 'beginning',
})
add('resumes-in-name', 'declares that it resumes, and starts at the tail', 'invalid', /./, {
  consume: (context) => looping()({ ...context, from: undefined }),
  capabilities: { resumes: true },
})
add('swallows-errors-into-silence', 'a failing read ends its loop without a word, with retries: false declared', 'invalid', /./, {
  consume: async function* ({ repository, topic, signal, read }) {
    let after = await repository.getStreamTailId(topic)
    yield connected
    try {
      while (!signal.aborted)
        for await (const entry of repository.readMessages(topic, '$', { ...read, signal })) {
          yield frame(entry)
          after = entry.id
        }
    } catch {
      void after
    }
  },
  capabilities: { retries: false },
})
add('drops-what-is-large', 'delivers only what is short', 'invalid', /./, {
  consume: looping((each) => (each.type === 'entry' && JSON.stringify(each.data).length > 120 ? [] : [each])),
})
add('ends-on-its-first-error', 'throws the first error to its client, and says nothing of it in its capabilities', 'invalid', /./, {
  consume: async function* ({ repository, topic, signal, read }) {
    let after = await repository.getStreamTailId(topic)
    yield connected
    while (!signal.aborted)
      for await (const entry of repository.readMessages(topic, after, { ...read, signal })) {
        yield frame(entry)
        after = entry.id
      }
  },
})
