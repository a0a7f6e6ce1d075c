/** Correct programs that were not written for the harness, as subjects on either store. */
import { InMemoryStreamRepository } from 'tailrace'
import { RedisStreamRepository } from 'tailrace/ioredis'
import consumers from './consumers.mjs'
import repositories from './repositories.mjs'

const open =
  (store, wrap = (repository) => repository) =>
  ({ memory, url }) =>
    wrap(store === 'memory' ? new InMemoryStreamRepository({ stream: memory, clock: null }) : new RedisStreamRepository(url))

/** As `correctImplementations`: name, summary, and the subject on a store. */
export const foreign = [...consumers, ...repositories].map(({ name, summary, wrap, ...subject }) => ({
  name,
  summary,
  subject: (store) => ({ ...subject, name: `foreign/${name}`, store, open: open(store, wrap) }),
}))
