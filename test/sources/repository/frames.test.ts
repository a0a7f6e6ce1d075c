/** What a subject's functions may say of its frames, and what is said of those that say anything else. */
import { describe, expect, it } from 'vitest'
import { resultOf } from '../../../src/report/result.js'
import { entryOf, isAnnouncement, snapshotCursor } from '../../../src/consumers/loops.js'
import { readFrame } from '../../../src/sources/repository/source.js'
import type { SubjectDefinition } from '../../../src/subject/subject.js'
import { faultsOf, onModel, program } from '../../support/programs/program.js'
import { snapshot } from '../../support/subjects.js'

const read = (given: unknown) => readFrame(snapshot({ entryOf: () => given as never, isAnnouncement: () => false }) as never, 'the frame')

describe('entryOf', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty list', [], []],
    ['an id', { id: '1-0' }, [{ id: '1-0' }]],
    ['data', { data: null }, [{ data: null }]],
    ['a part', { id: '1-0', complete: false }, [{ id: '1-0', complete: false }]],
    ['a list', [{ id: '1-0' }, { data: 1 }], [{ id: '1-0' }, { data: 1 }]],
  ])('may give %s', (_, given, entries) => expect(read(given)).toMatchObject({ announces: false, signals: false, entries }))

  it.each<[unknown, string]>([
    ['1-0', "entryOf gave '1-0' for the frame 'the frame'."],
    [7, 'entryOf gave 7 for'],
    [false, 'entryOf gave false for'],
    [Promise.resolve({ id: '1-0' }), 'entryOf gave Promise { { id: '],
    [new Map(), 'neither an id nor data'],
    [{}, 'neither an id nor data'],
    [{ id: 5 }, 'the id 5 is no string'],
    [{ id: '1-0', complete: 'yes' }, "complete is 'yes', which is no boolean"],
    [[{ id: '1-0' }, undefined], "[ { id: '1-0' }, undefined ]"],
    [[[{ id: '1-0' }]], "[ [ { id: '1-0' } ] ]"],
  ])('may not give %j', (given, words) => {
    expect(() => read(given)).toThrow(words)
    expect(() => read(given)).toThrow(
      'It may give { id, data, complete }, with an id (a string), data or both; a list of these; or undefined',
    )
  })
})

describe('resumeIdOf', () => {
  const idOf = (frame: unknown, more: object = {}) => readFrame(snapshot({ isAnnouncement: () => false, ...more }) as never, frame).resumeId
  const says = (given: unknown) => idOf({ id: '1-0' }, { resumeIdOf: () => given, entryOf: () => undefined })

  it.each<[string, unknown, string | undefined]>([
    ['an id', '7-0', '7-0'],
    ['an empty one', '', ''],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
  ])('may give %s', (_, given, id) => expect(says(given)).toBe(id))

  it.each([7, true, {}, Promise.resolve('1-0')])('may not give %j', (given) => {
    expect(() => says(given)).toThrow(/^resumeIdOf gave .* for the frame .* It may give an id \(a string\), or undefined$/)
  })

  it.each<[string, unknown, string | undefined]>([
    ['of an entry', { id: '1-0', data: 1 }, '1-0'],
    ['of a keep-alive', { type: 'ping', id: '' }, ''],
    ['that is a number: it counts its frames', { type: 'ping', id: 0 }, undefined],
    ['that is a 0', { type: 'ping', id: '0' }, '0'],
    ['of another kind', { id: { at: 1 } }, undefined],
    ['that is not there', { type: 'ping' }, undefined],
    ['of a text', 'id: 1-0', undefined],
    ['of a list', [{ id: '1-0' }], undefined],
  ])('is the id of the frame where a subject has none: one %s', (_, frame, id) => {
    expect(idOf(frame, { entryOf: () => undefined })).toBe(id)
  })

  it('is not the id of a part of an entry', () => {
    expect(idOf({ id: '1-0' }, { entryOf: () => ({ id: '1-0', complete: false }) })).toBeUndefined()
    expect(idOf({ id: '1-0' }, { entryOf: () => [{ id: '1-0' }, { id: '2-0', complete: false }] })).toBeUndefined()
    expect(idOf({ id: '1-0' }, { entryOf: () => ({ id: '1-0', complete: true }) })).toBe('1-0')
  })
})

describe('a subject of whose frames nothing can be told', () => {
  const unreadable: Readonly<Record<string, Partial<SubjectDefinition<never>>>> = {
    'entryOf gave ': { entryOf: (frame) => JSON.stringify(frame) as never },
    'entryOf threw for the frame': { entryOf: (frame) => JSON.parse(frame) as never },
    'entryOf gave Promise': { entryOf: async () => undefined as never } as never,
    'isAnnouncement threw for the frame': {
      isAnnouncement: () => {
        throw new Error('no such frame')
      },
    },
    'resumeIdOf gave 7': { resumeIdOf: () => 7 as never },
    'resumeIdOf threw for the frame': {
      resumeIdOf: () => {
        throw new Error('no such frame')
      },
    },
    'isTruncation threw for the frame': {
      isTruncation: () => {
        throw new Error('no such frame')
      },
    },
  }

  it.each(Object.entries(unreadable))('is unknown, and never a loss: %s', async (words, more) => {
    const result = await onModel(program({ consume: snapshotCursor, entryOf, isAnnouncement, ...(more as object) }))
    expect(resultOf(result)).toBe('unknown')
    expect(faultsOf(result)).toEqual([expect.stringContaining(words)])
  })

  it('is unknown where that shows late', async () => {
    const once = program({
      consume: snapshotCursor,
      isAnnouncement,
      entryOf: (frame) => (JSON.stringify(frame).includes('s3@') ? ('s3' as never) : entryOf(frame)),
    })
    const result = await onModel(once)
    expect(resultOf(result)).toBe('unknown')
    expect(result.error).toContain("entryOf gave 's3'")
  })
})
