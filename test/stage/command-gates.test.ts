import { describe, expect, it } from 'vitest'
import { snapshotCursor } from '../../src/consumers/loops.js'
import { advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { reproduce } from '../../src/testing/index.js'
import { onModel } from '../support/subjects.js'

describe('the gates of a consumer that does more than read', () => {
  it('hold a command before it is sent, and before its answer is seen', async () => {
    const sent: string[] = []
    let entries = 0
    const acknowledging = onModel({
      consume: async function* (context) {
        for await (const frame of snapshotCursor(context)) {
          yield frame
          if (frame.type !== 'entry') continue
          const n = ++entries
          const answer = await context.gates!.command('XACK', async () => sent.push(`ack ${n}`))
          sent.push(`seen ${answer}`)
        }
      },
    })
    const appended = (count: number) => append(count, { payloads: [null] })
    const steps = [
      advanceTo('blocked'),
      appended(1),
      advanceTo('command-called', { command: 'XACK' }),
      appended(1),
      advanceTo('command-returned', { command: 'XACK' }),
    ]
    const { history, verdict } = await reproduce(acknowledging, schedule(steps))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
    const called = history.findIndex(({ type }) => type === 'command-called')
    expect(history.slice(called, called + 7).map(({ type }) => type)).toEqual([
      'command-called',
      'step',
      'append-called',
      'append-returned',
      'step',
      'command-returned',
      'drain',
    ])
    // The fence is acknowledged, too.
    expect(sent.slice(0, 4)).toEqual(['ack 1', 'seen 1', 'ack 2', 'seen 3'])
  })

  it('hand over what a command fails with, and tell of it', async () => {
    const failing = onModel({
      consume: async function* (context) {
        await context.gates!.command('PUBLISH', () => Promise.reject(new Error('NOPERM'))).catch(() => undefined)
        yield* snapshotCursor(context)
      },
    })
    const { history, verdict } = await reproduce(failing, schedule([advanceTo('blocked'), append(1)]))
    expect(history).toContainEqual({ type: 'command-returned', consumer: 0, command: 'PUBLISH', does: ['publish'], error: 'NOPERM' })
    expect(verdict.result).toBe('valid')
  })

  it('diverge where another command comes', async () => {
    const { verdict } = await reproduce(onModel(), schedule([advanceTo('command-called', { command: 'XACK' })]))
    expect(verdict.reasons.join()).toContain('expected consumer 0 at command-called')
  })
})
