/** R1: an entry appended after an empty read and before the next one. The two loops differ in their cursor alone. */
import { describe, expect, it } from 'vitest'
import { literalDollar, snapshotCursor } from '../../src/consumers/loops.js'
import { entries, isEntry, pull, rig } from './support.js'

const loops = [
  ['literalDollar', literalDollar, false],
  ['snapshotCursor', snapshotCursor, true],
] as const

describe.each(loops)('%s', (_, loop, delivers) => {
  it(`${delivers ? 'delivers' : 'loses'} what falls into the gap after an empty read`, async () => {
    const { context, on, append } = rig()
    on.empty = (read) => read === 1 && append('sentinel')
    // Where the sentinel comes, the second read does not block, and the third does.
    on.blocked = (read) => read > 1 && append('fence')
    const frames = await pull(loop(context), isEntry('fence'))
    expect(entries(frames)).toEqual(delivers ? ['sentinel', 'fence'] : ['fence'])
  })

  it(`${delivers ? 'delivers' : 'loses'} what falls between "connected" and the first read`, async () => {
    const { context, on, append } = rig()
    const frames = loop(context)
    await pull(frames, (frame) => frame.type === 'connected')
    append('sentinel')
    on.blocked = () => append('fence')
    expect(entries(await pull(frames, isEntry('fence')))).toEqual(delivers ? ['sentinel', 'fence'] : ['fence'])
  })

  it('delivers what falls between a batch and the next read', async () => {
    const { context, on, append } = rig()
    on.blocked = (read) => read === 1 && append('first')
    const frames = loop(context)
    await pull(frames, isEntry('first'))
    append('second')
    expect(entries(await pull(frames, isEntry('second')))).toEqual(['second'])
  })
})

describe('literalDollar', () => {
  it('asks for $ until an entry gives it a cursor', async () => {
    const { context, on, append, cursors } = rig()
    on.blocked = (read) => read === 3 && append('first')
    on.empty = (read) => read === 4 && append('second')
    const frames = literalDollar(context)
    await pull(frames, isEntry('second'))
    expect(cursors).toEqual(['$', '$', '$', '1-0', '1-0'])
  })
  it('resumes above the id that it is given: then there is no $ in it', async () => {
    const { context, append, cursors } = rig({ from: '1-0' })
    append('seen', 'missed')
    expect(entries(await pull(literalDollar(context), isEntry('missed')))).toEqual(['missed'])
    expect(cursors).toEqual(['1-0'])
  })

  it('announces nothing when it is aborted before the start', async () => {
    const { context, abort } = rig()
    abort()
    expect(await pull(literalDollar(context))).toEqual([])
  })
})
