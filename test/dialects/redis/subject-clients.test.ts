import { describe, expect, it } from 'vitest'
import type { RedisClient } from '../../../src/dialects/redis/redis-client.js'
import { ClientBook, turn } from '../../../src/dialects/redis/subject-clients.js'

/** A server that lists clients 1 to 3, of which 2 is blocked, once it is let. */
function server() {
  const asked: string[] = []
  const waiting: (() => void)[] = []
  const client = {
    socket: { destroyed: false },
    call: (...words: string[]) => {
      asked.push(words.join(' '))
      return new Promise((resolve) => waiting.push(() => resolve('id=1 flags=N\nid=2 flags=b\nid=3 flags=N\n')))
    },
  } as unknown as RedisClient
  const answer = async () => {
    waiting.shift()!()
    await turn()
    await turn()
  }
  return { asked, answer, book: new ClientBook(client, { by: 'address', self: '1' }, false) }
}

const turns = async () => {
  await turn()
  await turn()
}

describe('looks at the server', () => {
  it('are shared by those who ask while another is under way', async () => {
    const { asked, answer, book } = server()
    const first = book.list(['1'])
    await turns()
    const second = book.list(['2'])
    await turns()
    const third = book.list(['3'])
    await turns()
    expect(asked).toEqual(['client list id 1'])
    await answer()
    expect(asked).toEqual(['client list id 1', 'client list id 2 3'])
    await answer()
    expect((await Promise.all([first, second, third])).map((lines) => lines.map(({ id }) => id))).toEqual([['1'], ['2'], ['3']])
  })

  it('are not made for those who need them no more', async () => {
    const { asked, answer, book } = server()
    let wanted = true
    const lines = book.list(['2'], () => wanted)
    wanted = false
    expect(await lines).toEqual([])
    expect(asked).toEqual([])
    const mixed = book.list(['2'], () => false)
    const other = book.list(['1'])
    await turns()
    await answer()
    await Promise.all([mixed, other])
    expect(asked).toEqual(['client list id 2 1'])
  })
})
