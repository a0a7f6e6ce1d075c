import { describe, expect, it } from 'vitest'
import { entryOf, isAnnouncement, readOnce, snapshotCursor } from '../../src/consumers/loops.js'
import { withMembers } from '../../src/contract/with-members.js'
import { TOPIC, entries, isEntry, pull, rig, types } from './support.js'

describe('snapshotCursor', () => {
  it('takes the tail once, before it announces', async () => {
    const { context, on, append, cursors } = rig()
    append('old')
    let tails = 0
    on.tail = (count) => {
      tails = count
      append('owed')
    }
    const frames = snapshotCursor(context)
    expect(await frames.next()).toEqual({ done: false, value: { type: 'connected', cursor: '1-0' } })
    expect(entries(await pull(frames, isEntry('owed')))).toEqual(['owed'])
    on.empty = (read) => read === 3 && append('late')
    await pull(frames, isEntry('late'))
    expect(tails).toBe(1)
    expect(cursors).toEqual(['1-0', '2-0', '2-0', '2-0'])
  })

  it('pauses 100 ms after an empty read, and not after a batch', async () => {
    const { context, on, append, pauses } = rig()
    on.empty = (read) => read === 3 && append(...Array(11).keys())
    await pull(snapshotCursor(context), isEntry(10))
    expect(pauses).toEqual([100, 100, 100])
  })

  it('reports an undecodable entry and moves past it', async () => {
    const { context, on, append, stream } = rig({ read: { timeoutMs: 2000, count: 2 } })
    on.empty = (read) => {
      if (read !== 1) return
      for (const _ of [1, 2, 3]) stream.add(TOPIC, '{')
      append('behind')
    }
    const frames = await pull(snapshotCursor(context), isEntry('behind'))
    expect(types(frames)).toEqual(['connected', 'undecodable', 'undecodable', 'undecodable', 'entry'])
    expect(frames[1]).toMatchObject({ id: '1-0', reason: expect.stringMatching(/JSON/) })
    expect(frames.map(entryOf)).toEqual([undefined, undefined, undefined, undefined, { id: '4-0', data: 'behind' }])
    expect(frames.map(isAnnouncement)).toEqual([true, false, false, false, false])
  })

  it('resumes above the id that it is given, without asking for the tail', async () => {
    const { context, append, on } = rig({ from: '1-0' })
    on.tail = () => expect.unreachable('asked for the tail')
    append('seen', 'missed', 'missed too')
    const frames = await pull(snapshotCursor(context), isEntry('missed too'))
    expect(frames[0]).toEqual({ type: 'connected', cursor: '1-0' })
    expect(entries(frames)).toEqual(['missed', 'missed too'])
  })
})

describe('after an error', () => {
  it('backs off 1, 2, 4, 8, 16, 30, 30 s, and keeps its cursor', async () => {
    const { context, faults, append, clock, pauses, cursors } = rig({ from: '0-0' })
    append('owed')
    faults.arm('read', 7)
    const frames = await pull(snapshotCursor(context), isEntry('owed'))
    const seconds = [1, 2, 4, 8, 16, 30, 30]
    expect(frames.flatMap((frame) => (frame.type === 'error' ? [frame.retryInMs / 1000] : []))).toEqual(seconds)
    expect(pauses.map((ms) => ms / 1000)).toEqual(seconds)
    expect(clock.now()).toBe(91_000)
    expect(new Set(cursors)).toEqual(new Set(['0-0']))
  })

  it.each(['a batch', 'an empty read'])('starts over at 1 s after %s', async (success) => {
    const { context, faults, append, on } = rig()
    faults.arm('read', 2)
    const again = () => faults.arm('read', 1)
    on.empty = (read) => {
      if (success === 'an empty read' && read === 3) again()
    }
    on.blocked = (read) => read === 3 && success === 'a batch' && (append('x'), again())
    let errors = 0
    const frames = await pull(snapshotCursor(context), (frame) => frame.type === 'error' && ++errors === 3)
    expect(frames.flatMap((frame) => (frame.type === 'error' ? [frame.retryInMs] : []))).toEqual([1000, 2000, 1000])
  })

  it('goes on behind the last entry taken when a read fails in the middle', async () => {
    const { context, faults, append, cursors } = rig({ from: '0-0' })
    append('a', 'b', 'c')
    faults.arm('read', 1, 2)
    const frames = await pull(snapshotCursor(context), isEntry('c'))
    expect(types(frames)).toEqual(['connected', 'entry', 'entry', 'error', 'entry'])
    expect(entries(frames)).toEqual(['a', 'b', 'c'])
    expect(cursors).toEqual(['0-0', '2-0'])
  })

  it('asks for the tail again before it announces anything', async () => {
    const { context, faults, append, on } = rig()
    faults.arm('tail', 2)
    on.paused = (pause) => pause === 2 && append('not owed')
    on.blocked = () => append('owed')
    const frames = await pull(snapshotCursor(context), isEntry('owed'))
    expect(types(frames)).toEqual(['error', 'error', 'connected', 'entry'])
    expect(frames[0]).toMatchObject({ message: 'injected by the schedule: this tail fails' })
  })
})

describe('the cursor', () => {
  it('moves only when the frame behind the entry is asked for', async () => {
    const { context, append } = rig()
    append('a', 'b')
    const cursor = { id: '0-0' }
    const frames = readOnce(context, cursor)
    await frames.next()
    expect(cursor.id).toBe('0-0')
    await frames.next()
    expect(cursor.id).toBe('1-0')
    await frames.return(0)
    expect(cursor.id).toBe('1-0')
  })
})

describe('an abort', () => {
  it('before the start: nothing is announced', async () => {
    const { context, abort } = rig()
    abort()
    expect(await pull(snapshotCursor(context))).toEqual([])
  })

  it('while the tail is asked for: nothing is announced', async () => {
    const { context, abort, on } = rig()
    on.tail = abort
    expect(await pull(snapshotCursor(context))).toEqual([])
  })

  it('in a blocked read: ends, and the read is let go', async () => {
    const { context, abort, on, cursors, clock } = rig()
    let waiting = true
    on.blocked = (_, waiter) => {
      void waiter.ended.then((how) => (waiting = how !== 'aborted'))
      // The model calls back before it listens to the signal; a client aborts later than that.
      queueMicrotask(abort)
    }
    expect(types(await pull(snapshotCursor(context)))).toEqual(['connected'])
    expect([waiting, cursors.length, clock.now()]).toEqual([false, 1, 0])
  })

  it('in a pause: ends without another read', async () => {
    const { context, abort, on, cursors, clock } = rig()
    on.paused = abort
    expect(types(await pull(snapshotCursor(context)))).toEqual(['connected'])
    expect([cursors.length, clock.now()]).toEqual([1, 2000])
  })

  it('in a back-off: ends without another read', async () => {
    const { context, abort, on, faults, cursors, clock } = rig()
    faults.arm('read', 1)
    on.paused = abort
    expect(types(await pull(snapshotCursor(context)))).toEqual(['connected', 'error'])
    expect([cursors.length, clock.now()]).toEqual([1, 0])
  })

  it('inside a batch: hands out no more, and a resume gets the rest', async () => {
    const first = rig({ from: '0-0' })
    first.append('a', 'b', 'c')
    const frames = snapshotCursor(first.context)
    await pull(frames, isEntry('a'))
    first.abort()
    expect(await pull(frames)).toEqual([])

    const second = rig({ from: '1-0' })
    second.append('a', 'b', 'c')
    expect(entries(await pull(snapshotCursor(second.context), isEntry('c')))).toEqual(['b', 'c'])
  })

  it('that a repository answers with an error is not reported as one', async () => {
    const { context, abort, on, pauses } = rig()
    on.blocked = () => queueMicrotask(abort)
    const real = context.repository
    const repository = withMembers(real, {
      async *readMessages(...call: Parameters<typeof real.readMessages>) {
        yield* real.readMessages(...call)
        call[2].signal?.throwIfAborted()
      },
    })
    expect(types(await pull(snapshotCursor({ ...context, repository })))).toEqual(['connected'])
    expect(pauses).toEqual([])
  })
})
