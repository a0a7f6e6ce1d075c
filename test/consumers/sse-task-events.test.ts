import { describe, expect, it } from 'vitest'
import type { Frame } from '../../src/consumers/loops.js'
import { sseTaskEvents } from '../../src/consumers/sse.js'
import { withMembers } from '../../src/contract/with-members.js'
import { entries, pull, rig, types } from './support.js'

const done = { type: 'done' }
const last = (frames: readonly Frame[]) => frames.at(-1)

describe('a terminal entry', () => {
  it('in the middle of a batch: everything around it is delivered', async () => {
    const { context, on, append } = rig()
    on.empty = (read) => read === 1 && append(1, done, 2, 3)
    const frames = await pull(sseTaskEvents()(context))
    expect(entries(frames)).toEqual([1, done, 2, 3])
    expect(last(frames)).toEqual({ type: 'end', reason: 'terminal' })
  })

  it.each([2, 3, 10])('with count %i: pages until the tail is reached', async (count) => {
    const { context, append, clock } = rig({ from: '0-0', read: { timeoutMs: 2000, count } })
    append(1, done, 2, 3, 4, 5, 6)
    const frames = await pull(sseTaskEvents()(context))
    expect(entries(frames)).toEqual([1, done, 2, 3, 4, 5, 6])
    expect(last(frames)).toEqual({ type: 'end', reason: 'terminal' })
    expect(clock.now()).toBe(0)
  })

  it('waits for what was appended while the client held it', async () => {
    const { context, append } = rig({ from: '0-0' })
    append(done)
    const frames = sseTaskEvents()(context)
    await pull(frames, (frame) => frame.type === 'entry')
    append('beside it')
    expect(entries(await pull(frames))).toEqual(['beside it'])
  })

  it('does not follow a producer that goes on for ever', async () => {
    const { context, append, on } = rig({ from: '0-0' })
    append(done)
    on.tail = () => append('after the tail was seen')
    expect(types(await pull(sseTaskEvents()(context)))).toEqual(['connected', 'entry', 'end'])
  })

  it('is not forgotten when the read fails behind it, nor when the drain fails', async () => {
    const { context, append, faults } = rig({ from: '0-0' })
    append(done, 1, 2)
    faults.arm('read', 1, 1)
    faults.arm('tail', 1)
    faults.arm('read', 1, 1)
    const frames = await pull(sseTaskEvents()(context))
    expect(types(frames)).toEqual(['connected', 'entry', 'error', 'error', 'entry', 'error', 'entry', 'end'])
    expect(frames.flatMap((frame) => (frame.type === 'error' ? [frame.retryInMs] : []))).toEqual([1000, 2000, 4000])
    expect(entries(frames)).toEqual([done, 1, 2])
  })

  it('ends also where the entry that the tail named is gone', async () => {
    const { context, append, on, stream } = rig({ from: '0-0' })
    append(done)
    const frames = sseTaskEvents()(context)
    await pull(frames, (frame) => frame.type === 'entry')
    append('deleted')
    on.tail = () => stream.trim('topic', 0)
    expect(types(await pull(frames))).toEqual(['end'])
  })

  it('ends also where the tail is no id', async () => {
    const { context, append } = rig({ from: '0-0' })
    append(done, 1)
    const repository = withMembers(context.repository, { getStreamTailId: async () => '$' })
    expect(types(await pull(sseTaskEvents()({ ...context, repository })))).toEqual(['connected', 'entry', 'entry', 'end'])
  })

  it.each([
    [{ type: 'done' }, true],
    [{ type: 'error', message: 'no' }, true],
    [{ type: 'token' }, false],
    ['done', false],
    [null, false],
    [7, false],
  ])('%j by default: %s', async (data, ends) => {
    const { context, append, abort, on } = rig({ from: '0-0' })
    append(data)
    on.empty = abort
    expect(last(await pull(sseTaskEvents()(context)))?.type).toBe(ends ? 'end' : 'entry')
  })

  it('is what the caller says it is', async () => {
    const { context, append } = rig({ from: '0-0' })
    append(done, 'bye')
    const frames = await pull(sseTaskEvents({ isTerminal: (data) => data === 'bye' })(context))
    expect(entries(frames)).toEqual([done, 'bye'])
  })
})

describe('the status', () => {
  it('ends the session only after a drain to the tail seen after it', async () => {
    const { context, append, finish, on } = rig({ read: { timeoutMs: 2000, count: 2 } })
    on.empty = (read) => {
      if (read !== 1) return
      append(1, 2, 3, 4, 5)
      finish()
    }
    const frames = await pull(sseTaskEvents()(context))
    expect(entries(frames)).toEqual([1, 2, 3, 4, 5])
    expect(last(frames)).toEqual({ type: 'end', reason: 'status' })
  })

  it('ends a session that connects after the end', async () => {
    const { context, append, finish } = rig()
    append(1, done)
    finish()
    expect(types(await pull(sseTaskEvents()(context)))).toEqual(['connected', 'end'])
  })

  it('is asked for at most every statusCheckMs', async () => {
    const asked: number[] = []
    const { context, abort, clock } = rig({
      status: async () => {
        if (asked.push(clock.now()) === 3) abort()
        return 'running'
      },
    })
    await pull(sseTaskEvents({ statusCheckMs: 5000 })(context))
    expect(asked).toEqual([2000, 8300, 14_600])
  })

  it('that cannot be had does not end the session', async () => {
    let asked = 0
    const { context } = rig({
      status: async () => {
        if (++asked === 1) throw new Error('no database')
        return 'done'
      },
    })
    const frames = await pull(sseTaskEvents()(context))
    expect(types(frames)).toEqual(['connected', 'error', 'end'])
    expect(frames[1]).toMatchObject({ message: 'no database' })
  })
})

describe('the keep-alive', () => {
  const pings = async (options: Parameters<typeof sseTaskEvents>[0], prepare: (session: ReturnType<typeof rig>) => void = () => {}) => {
    const session = rig()
    prepare(session)
    const at: number[] = []
    await pull(sseTaskEvents(options)(session.context), (frame) => frame.type === 'ping' && at.push(session.clock.now()) === 2)
    return at
  }

  // A cycle is 2000 ms of BLOCK and 100 ms of pause, so reads come back empty at 2000 + 2100 k.
  it('pings after the empty read in which 15 s have passed', async () => {
    expect(await pings({})).toEqual([16_700, 33_500])
  })

  it('takes another interval', async () => {
    expect(await pings({ keepAliveMs: 4000 })).toEqual([4100, 8300])
  })

  it('counts from the last frame', async () => {
    // The entry comes at 2000, in the pause after the first empty read, and is handed over at 2100.
    expect(await pings({ keepAliveMs: 4000 }, ({ on, append }) => (on.paused = (n) => n === 1 && append('x')))).toEqual([6200, 10_400])
  })

  it('counts an error frame too', async () => {
    // The read at 2100 fails, the next begins at 3100.
    expect(await pings({ keepAliveMs: 4000 }, ({ on, faults }) => (on.paused = (n) => n === 1 && faults.arm('read', 1)))).toEqual([
      7200, 11_400,
    ])
  })
})

describe('as the snapshot cursor', () => {
  it('resumes above the id that it is given', async () => {
    const { context, append } = rig({ from: '2-0' })
    append(1, 2, 3, done)
    expect(entries(await pull(sseTaskEvents()(context)))).toEqual([3, done])
  })

  it('backs off, keeps its cursor, and starts over after a success', async () => {
    const { context, append, faults, on } = rig()
    faults.arm('read', 6)
    on.empty = () => {
      append(done)
      faults.arm('read', 1)
    }
    const frames = await pull(sseTaskEvents()(context))
    const delays = frames.flatMap((frame) => (frame.type === 'error' ? [frame.retryInMs / 1000] : []))
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 1])
    expect(entries(frames)).toEqual([done])
  })

  it.each(['blocked', 'empty', 'paused'] as const)('ends when it is aborted (%s), without an "end"', async (where) => {
    const { context, abort, on, cursors } = rig()
    on[where] = () => queueMicrotask(abort)
    expect(types(await pull(sseTaskEvents({ keepAliveMs: 0 })(context)))).toEqual(
      where === 'paused' ? ['connected', 'ping'] : ['connected'],
    )
    expect(cursors).toHaveLength(1)
  })

  it('ends when it is aborted in the drain, without an "end"', async () => {
    const { context, abort, append, on } = rig({ from: '0-0', read: { timeoutMs: 2000, count: 1 } })
    append(done, 1, 2)
    on.tail = () => abort()
    expect(types(await pull(sseTaskEvents()(context)))).toEqual(['connected', 'entry'])
  })
})
