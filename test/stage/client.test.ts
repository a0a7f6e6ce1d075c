/** What a client sends back when it returns, of the frames that it was handed. */
import { describe, expect, it } from 'vitest'
import { OPAQUE_IDS, STREAM_IDS } from '../../src/contract/stream-id.js'
import { Client } from '../../src/stage/client.js'

/** An entry by its id, or a frame with an id of its own. */
type Handed = { readonly took: string } | { readonly heard: string }

const framed = (took: string, heard: string): readonly Handed[] => [{ took }, { heard }]

const after = (handed: readonly Handed[], isTold = false, ids = STREAM_IDS) => {
  const ofClient = handed.map((each) =>
    'took' in each ? ({ of: 'entry', id: each.took } as const) : ({ of: 'frame', id: each.heard } as const),
  )
  return new Client(ids, isTold, ofClient).comesBack('tail')
}

describe('a client whose frames are as those of server-sent events', () => {
  it.each<[string, readonly Handed[], object]>([
    ['has had nothing', [], { start: 'tail' }],
    ['has had an entry', [{ took: '5-0' }], { start: 'id', from: '5-0' }],
    ['has had an entry, and a later frame with an id', [{ took: '5-0' }, { heard: '7-0' }], { start: 'id', from: '7-0' }],
    ['has had a frame with an id, and a later entry', [{ heard: '5-0' }, { took: '7-0' }], { start: 'id', from: '7-0' }],
    ['was told where it starts', [{ heard: '0-0' }], { start: 'id', from: '0-0' }],
    ['has had frames whose ids are others', [{ took: '5-0' }, { heard: 'ping' }, { heard: '17' }], { start: 'id', from: '5-0' }],
    ['was set back', [{ took: '5-0' }, { heard: '3-0' }], { start: 'id', from: '3-0', forgot: '5-0' }],
    ['was set back to 0', [{ took: '5-0' }, { heard: '0' }], { start: 'id', from: '0-0', forgot: '5-0' }],
    ['was counted to', [{ took: '5-0' }, { heard: '0' }, { heard: '1' }], { start: 'id', from: '5-0' }],
    ['was counted to from the start', [{ heard: '0' }, { heard: '1' }], { start: 'tail' }],
    ['was counted to before, and from 0 again', [{ heard: '7' }, { took: '5-0' }, { heard: '0' }], { start: 'id', from: '5-0' }],
    ['was set back, and got another', [{ took: '5-0' }, { heard: '0' }, { took: '6-0' }, { heard: '1' }], { start: 'id', from: '6-0' }],
    ['lost its id', [{ took: '5-0' }, { heard: '' }], { start: 'tail', returns: true, forgot: '5-0' }],
    ['lost its id, and got another', [{ took: '5-0' }, { heard: '' }, { took: '6-0' }], { start: 'id', from: '6-0' }],
    ['got an empty id, and never another', [{ heard: '' }], { start: 'tail' }],
  ])('that %s', (_, handed, start) => {
    expect(after(handed)).toEqual(start)
  })
})

describe('a client whose subject says which ids its frames have', () => {
  it.each<[string, readonly Handed[], object]>([
    ['has had entries, none of them with an id', [{ took: '5-0' }], { start: 'tail', returns: true }],
    ['has had an id', [{ took: '5-0' }, { heard: '4-0' }], { start: 'id', from: '4-0' }],
    ['has had an id of the program’s own', [{ heard: 'run-3:17' }], { start: 'id', from: 'run-3:17' }],
    ['has had several of them', [...framed('5-0', 'a'), ...framed('6-0', 'b')], { start: 'id', from: 'b', known: '5-0' }],
    [
      'has had one of them several times',
      [...framed('5-0', 'a'), ...framed('6-0', 'b'), ...framed('7-0', 'b')],
      { start: 'id', from: 'b', known: '5-0' },
    ],
    ['has had the same one at first', [...framed('5-0', 'a'), ...framed('6-0', 'b'), ...framed('7-0', 'a')], { start: 'id', from: 'a' }],
    ['was set back', [{ heard: '5-0' }, { heard: '0-0' }], { start: 'id', from: '0-0', forgot: '5-0' }],
    ['lost its id', [{ heard: '5-0' }, { heard: '' }], { start: 'tail', returns: true, forgot: '5-0' }],
  ])('that %s', (_, handed, start) => {
    expect(after(handed, true)).toEqual(start)
  })
})

it('takes only what an entry had for an id where any text may be one', () => {
  const handed = [{ took: 'file-3' }, { took: 'file-7' }]
  expect(after([...handed, { heard: 'file-3' }], false, OPAQUE_IDS)).toEqual({ start: 'id', from: 'file-3', forgot: 'file-7' })
  expect(after([...handed, { heard: 'f47ac10b' }], false, OPAQUE_IDS)).toEqual({ start: 'id', from: 'file-7' })
  expect(after([...handed, { heard: 'file-1' }], true, OPAQUE_IDS)).toMatchObject({ start: 'id', from: 'file-1' })
})

describe('a client that comes back with an older id', () => {
  const ofClient = (handed: readonly Handed[]) =>
    handed.map((each) => ('took' in each ? ({ of: 'entry', id: each.took } as const) : ({ of: 'frame', id: each.heard } as const)))
  const starts = (handed: readonly Handed[], back: number, isTold = false) =>
    new Client(STREAM_IDS, isTold, ofClient(handed)).before(back)?.comesBack('tail')
  const three = [{ took: '5-0' }, { took: '6-0' }, { heard: '6-0' }, { took: '7-0' }]

  it.each<[string, readonly Handed[], number, string | undefined]>([
    ['the one before the last', three, 1, '6-0'],
    ['two before it, each counted once', three, 2, '5-0'],
    ['more than it had', three, 3, undefined],
    ['it had one', [{ took: '5-0' }, { heard: '5-0' }], 1, undefined],
    ['it had none', [], 1, undefined],
    ['its last is one that it had before', [{ took: '5-0' }, { took: '6-0' }, { heard: '5-0' }], 1, '6-0'],
    ['its last was taken back', [{ took: '5-0' }, { took: '6-0' }, { heard: '' }], 1, '6-0'],
    ['it was told where it starts', [{ heard: '4-0' }, { took: '5-0' }], 1, '4-0'],
    ['its frames were counted', [{ took: '5-0' }, { heard: '0' }, { heard: '1' }, { took: '6-0' }], 1, '5-0'],
  ])('where %s', (_, handed, back, from) => {
    expect(starts(handed, back)).toEqual(from === undefined ? undefined : expect.objectContaining({ start: 'id', from }))
  })

  it('counts only ids that its subject says it has', () => {
    expect(starts([{ took: '5-0' }, { heard: 'run:1' }, { took: '6-0' }, { heard: 'run:2' }], 1, true)).toEqual({
      start: 'id',
      from: 'run:1',
    })
    expect(starts([{ took: '5-0' }, { took: '6-0' }, { heard: 'run:2' }], 1, true)).toBeUndefined()
  })

  it('is from then on the client that it was at that time', () => {
    const again = new Client(STREAM_IDS, false, ofClient(three)).before(2)!
    expect(again.handed).toEqual([{ of: 'entry', id: '5-0' }])
    const later = new Client(STREAM_IDS, false, [...again.handed, { of: 'entry', id: '6-0' }])
    expect(later.comesBack('tail')).toEqual({ start: 'id', from: '6-0' })
    expect([later.olderIds, later.before(1)?.comesBack('tail')]).toEqual([1, { start: 'id', from: '5-0' }])
  })
})

it('begins at the beginning where its subject does', () => {
  expect(new Client(STREAM_IDS, false, []).comesBack('beginning')).toEqual({ start: 'beginning' })
})
