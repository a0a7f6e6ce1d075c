/** What the lint makes of many sessions, and what it does not look at. */
import { describe, expect, it } from 'vitest'
import { Lint, lintRules, type Said } from '../../../../src/dialects/redis/lint/lint.js'
import { play, warningsOf } from './play.js'

const AGAIN = '1  XREAD STREAMS task:a1 $ → empty\n1  XREAD STREAMS task:a1 $ → empty'
const GROUP = '1  XGROUP CREATE task:a2 g $ → OK'

function run(lint: Lint, topic: string, ...conversations: readonly string[]): void {
  lint.beginRun()
  for (const conversation of conversations) {
    const session = lint.session({ topic, shownAs: 'task:*' })
    play(conversation, session)
    session.end()
  }
}

describe('the lint', () => {
  it('keeps the warnings of the last run, and those of all', () => {
    const lint = new Lint()
    run(lint, 'task:a1', AGAIN, AGAIN)
    run(lint, 'task:a2', GROUP, AGAIN.replaceAll('a1', 'a2'))
    const again = { rule: 'L1', connection: 'connection 1', evidence: 'XREAD on task:* from "$" again, after an empty answer' }
    const group = { rule: 'L3', connection: 'connection 1', evidence: 'XGROUP CREATE task:* g $', count: 1 }
    expect(lint.lastRun).toEqual([{ ...again, count: 1 }, group])
    expect(lint.all).toEqual([{ ...again, count: 3 }, group])
  })

  it('takes a new session for a new program: it does not read on', () => {
    const lint = new Lint()
    const once = '1  XREAD STREAMS task:a1 $\n1  cut off'
    run(lint, 'task:a1', once, once)
    expect(lint.all).toEqual([])
  })

  it('says nothing of what an entry holds', () => {
    const warnings = warningsOf(`
      1  XREAD BLOCK 0 STREAMS a 0
      1  XADD a MAXLEN 1 * secret hidden
      1  ← 1-0
      1  ← 2-0
      1  XADD a MAXLEN 1 * secret hidden → 3-0
    `)
    expect(warnings.map(({ rule }) => rule)).toEqual(['L2', 'L2', 'L7'])
    expect(JSON.stringify(warnings)).not.toMatch(/secret|hidden|value/)
  })

  it('does not look into other commands', () => {
    const session = new Lint().session({ topic: '', shownAs: '' })
    let read = false
    const said: Said = {
      connection: { id: 1, state: { name: '' } },
      queued: false,
      request: {
        name: 'SET',
        get args() {
          read = true
          return []
        },
      },
    }
    session.request(said)
    session.reply(said, {
      value: () => {
        read = true
        return { type: 'null' }
      },
    })
    expect(read).toBe(false)
  })

  it.each([
    'XREAD',
    'XREADGROUP GROUP',
    'XADD',
    'XTRIM a',
    'XACK',
    'XGROUP',
    'XGROUP CREATE',
    'XPENDING',
    'XCLAIM',
    'XREAD STREAMS a',
    'CLIENT',
    'EXEC',
  ])('takes "%s", which the server refuses', (command) => {
    expect(warningsOf(`1  ${command} → error`)).toEqual([])
  })

  it('names the connection as its program has, also in HELLO', () => {
    const lint = new Lint()
    const session = lint.session({ topic: '', shownAs: '' })
    const said: Said = {
      connection: { id: 7, state: { name: 'worker' } },
      queued: false,
      request: { name: 'XGROUP', args: ['XGROUP', 'CREATE', 'a', 'g', '$'].map((word) => Buffer.from(word)) },
    }
    session.request(said)
    session.reply(said, { value: () => ({ type: 'simple', text: 'OK' }) })
    expect(lint.all).toMatchObject([{ connection: 'connection 7 (worker)' }])
  })

  it('has rules with names of their own', () => {
    expect(lintRules.map(({ id }) => id)).toEqual(lintRules.map((_, i) => `L${i + 1}`))
  })
})
