/** Correct repositories, as decorators of a right one, in the styles of other people's code. They change how it is asked, and never what it says. */
import { gunzipSync, gzipSync } from 'node:zlib'

const repositories = []
const add = (name, summary, wrap) => repositories.push({ name, summary, wrap })
export default repositories

const over = (repository, methods) => ({
  sendData: (topic, data) => repository.sendData(topic, data),
  readMessages: (topic, after, options) => repository.readMessages(topic, after, options),
  getStreamTailId: (topic) => repository.getStreamTailId(topic),
  cleanupStream: (topic) => repository.cleanupStream(topic),
  close: () => repository.close?.(),
  ...methods,
})

async function all(entries) {
  const out = []
  for await (const entry of entries) out.push(entry)
  return out
}

add('proxy', 'a Proxy that counts calls', (repository) => {
  const calls = new Map()
  return new Proxy(repository, {
    get(target, name) {
      const member = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      calls.set(name, (calls.get(name) ?? 0) + 1)
      return member.bind(target)
    },
  })
})

add('class-with-private-fields', 'a class with private fields, its methods bound in the constructor', (repository) => {
  class Store {
    #inner = repository

    constructor() {
      this.readMessages = this.readMessages.bind(this)
    }

    async sendData(topic, data) {
      return await this.#inner.sendData(topic, data)
    }

    async *readMessages(topic, after, { timeoutMs, count, signal }) {
      yield* this.#inner.readMessages(topic, after, { timeoutMs, count, signal })
    }

    async getStreamTailId(topic) {
      return this.#inner.getStreamTailId(topic)
    }

    async cleanupStream(topic) {
      await this.#inner.cleanupStream(topic)
    }

    async close() {
      await this.#inner.close?.()
    }
  }
  return new Store()
})

add('iterable-by-hand', 'readMessages() gives an object with next(), no generator', (repository) =>
  over(repository, {
    readMessages: (topic, after, options) => ({
      [Symbol.asyncIterator]() {
        const inner = repository.readMessages(topic, after, options)[Symbol.asyncIterator]()
        return { next: () => inner.next(), return: async () => (await inner.return?.()) ?? { done: true, value: undefined } }
      },
    }),
  }),
)

add('pages-as-arrays', 'fetches a whole page before the first entry is handed out', (repository) =>
  over(repository, {
    readMessages: async function* (topic, after, options) {
      yield* await all(repository.readMessages(topic, after, options))
    },
  }),
)

add('one-by-one', 'asks for one entry at a time, and waits only for the first', (repository) =>
  over(repository, {
    readMessages: async function* (topic, after, options) {
      for (let given = 0; given < options.count; given++) {
        const [entry] = await all(
          repository.readMessages(topic, after, { ...options, count: 1, timeoutMs: given === 0 ? options.timeoutMs : 0 }),
        )
        if (entry === undefined) return
        yield entry
        after = entry.id
      }
    },
  }),
)

add('looks-before-it-waits', 'one read that does not wait, then one that does', (repository) =>
  over(repository, {
    readMessages: async function* (topic, after, options) {
      const there = await all(repository.readMessages(topic, after, { ...options, timeoutMs: 0 }))
      if (there.length > 0 || options.timeoutMs === 0 || options.signal?.aborted) return yield* there
      yield* repository.readMessages(topic, after, options)
    },
  }),
)

add('appends-in-line', 'appends one after the other, whoever asks', (repository) => {
  let last = Promise.resolve()
  return over(repository, {
    sendData: (topic, data) => {
      const append = last.then(() => repository.sendData(topic, data))
      last = append.catch(() => undefined)
      return append
    },
  })
})

add('versioned-envelope', 'wraps what is appended in an envelope with a version', (repository) =>
  over(repository, {
    sendData: (topic, data) => repository.sendData(topic, { version: 2, body: data }),
    readMessages: async function* (topic, after, options) {
      for await (const entry of repository.readMessages(topic, after, options))
        yield entry.undecodable === undefined ? { ...entry, data: entry.data?.version === 2 ? entry.data.body : entry.data } : entry
    },
  }),
)

add('compressing', 'gzip and base64 of what is larger than a few bytes', (repository) =>
  over(repository, {
    sendData: (topic, data) => repository.sendData(topic, { gz: gzipSync(JSON.stringify(data)).toString('base64') }),
    readMessages: async function* (topic, after, options) {
      for await (const entry of repository.readMessages(topic, after, options)) {
        const packed = entry.data?.gz
        yield packed === undefined ? entry : { ...entry, data: JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) }
      }
    },
  }),
)

add('frozen-entries', 'freezes whatever it hands out', (repository) => {
  const freeze = (value) => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
    return value
  }
  return over(repository, {
    readMessages: async function* (topic, after, options) {
      for await (const entry of repository.readMessages(topic, after, options)) yield freeze(structuredCloneOf(entry))
    },
  })
})

/** An error is not cloned as it is. */
const structuredCloneOf = ({ undecodable, ...entry }) => ({
  ...structuredClone(entry),
  ...(undecodable === undefined ? {} : { undecodable }),
})

add('lazy', 'does nothing before it is first asked', (repository) => {
  let opened
  const inner = () => (opened ??= Promise.resolve(repository))
  return over(repository, {
    sendData: async (topic, data) => (await inner()).sendData(topic, data),
    getStreamTailId: async (topic) => (await inner()).getStreamTailId(topic),
    readMessages: async function* (topic, after, options) {
      yield* (await inner()).readMessages(topic, after, options)
    },
  })
})

add('tail-shared-while-asked', 'consumers that ask for the tail in the same turn share one answer', (repository) => {
  const asked = new Map()
  return over(repository, {
    getStreamTailId: (topic) => {
      const known = asked.get(topic)
      if (known !== undefined) return known
      // Shared only by those who ask before the question has gone out: a later one must not get an older answer.
      const answer = Promise.resolve().then(() => (asked.delete(topic), repository.getStreamTailId(topic)))
      asked.set(topic, answer)
      return answer
    },
  })
})
