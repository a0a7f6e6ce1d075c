/** Who is who among unnamed connections, where several have ended: by how far each had come, and by nothing else. */
import { describe, expect, it } from 'vitest'
import type { Asked, ClientConnection } from '../../../src/dialects/wire-dialect.js'
import { Places } from '../../../src/sources/wire/program.js'

const connection = (name = '') => ({ name, open: true })
const read = (at: ClientConnection, cursor: string) => ({
  connection: at,
  asks: { kind: 'read', cursor, count: 10, timeoutMs: 0 } satisfies Asked,
})
const tail = (at: ClientConnection) => ({ connection: at, asks: { kind: 'tail' } satisfies Asked })

/** Two that have read, the first from `a` and the second from `b`, and whose connections have ended. */
function ended(a: string, b: string) {
  const places = new Places(2)
  const [first, second] = [connection(), connection()]
  expect(places.settle(read(first, a), [first, second], [])).toBe(true)
  expect(places.settle(read(second, b), [first, second], [])).toBe(true)
  expect([places.of(first), places.of(second)]).toEqual([0, 1])
  first.open = second.open = false
  return { places, first, second, anew: connection(), other: connection() }
}

describe('connections without a name', () => {
  it('take their places in the order in which they were made', () => {
    const places = new Places(2)
    const [first, second] = [connection(), connection()]
    expect(places.settle(read(second, '0'), [first, second], [])).toBe(true)
    expect([places.of(first), places.of(second)]).toEqual([undefined, 1])
  })

  it('take the only place that is free', () => {
    const { places, first, anew } = ended('1-0', '2-0')
    first.open = true
    expect(places.settle(read(anew, '7-0'), [first, anew], [])).toBe(true)
    expect(places.of(anew)).toBe(1)
    expect(places.confused).toBeUndefined()
  })

  it('are known by where they asked from, whoever comes first', () => {
    const { places, anew, other } = ended('1-0', '2-0')
    expect(places.settle(read(anew, '2-0'), [anew], [])).toBe(true)
    expect(places.settle(read(other, '1-0'), [anew, other], [])).toBe(true)
    expect([places.of(anew), places.of(other)]).toEqual([1, 0])
    expect(places.confused).toBeUndefined()
  })

  it('are known by what they were given last', () => {
    const { places, second, anew } = ended('1-0', '2-0')
    places.gave(second, '5-0')
    expect(places.settle(read(anew, '5-0'), [anew], [])).toBe(true)
    expect(places.of(anew)).toBe(1)
  })

  it('are known by who is left: a question for the tail waits until the other has gone on', () => {
    const { places, anew, other } = ended('1-0', '2-0')
    expect(places.settle(tail(anew), [anew], [])).toBe(false)
    expect(places.settle(read(other, '1-0'), [anew, other], [tail(anew)])).toBe(true)
    expect(places.settle(tail(anew), [anew, other], [])).toBe(true)
    expect([places.of(other), places.of(anew)]).toEqual([0, 1])
    expect(places.confused).toBeUndefined()
  })

  it('make no difference where all had come as far', () => {
    const { places, anew } = ended('$', '$')
    expect(places.settle(tail(anew), [anew], [])).toBe(true)
    expect(places.confused).toBeUndefined()
  })

  it('wait where one request fits two, and make no difference where both go on from there', () => {
    const { places, first, second, anew, other } = ended('1-0', '2-0')
    places.gave(first, '5-0')
    places.gave(second, '5-0')
    expect(places.settle(read(anew, '5-0'), [anew], [])).toBe(false)
    expect(places.settle(read(other, '5-0'), [anew, other], [read(anew, '5-0')])).toBe(true)
    expect(places.settle(read(anew, '5-0'), [anew, other], [])).toBe(true)
    expect(places.confused).toBeUndefined()
  })

  it('are confused, with what to do about it, where nothing tells them apart', () => {
    const { places, anew } = ended('1-0', '2-0')
    expect(places.settle(read(anew, '9-0'), [anew], [])).toBe(false)
    expect(places.settle(read(anew, '9-0'), [anew], undefined)).toBe(true)
    expect(places.confused).toMatch(/which is which cannot be told: .*CLIENT SETNAME/)
  })
})

describe('connections with a name', () => {
  it('are theirs, whoever comes first', () => {
    const places = new Places(2, ['reader-a', 'reader-b'])
    const b = connection('reader-b')
    expect(places.settle(tail(b), [b], [])).toBe(true)
    expect([places.of(b), places.namedIn('reader-a: s1')]).toEqual([1, 0])
  })
})
