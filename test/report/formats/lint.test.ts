/** How warnings look on a terminal. */
import { describe, expect, it } from 'vitest'
import { lintText } from '../../../src/report/formats/lint.js'
import { colourStyle } from '../../../src/report/style.js'
import { widthOf } from '../../../src/report/text.js'
import { lintRules } from '../../../src/dialects/redis/lint/lint.js'
import type { Warning } from '../../../src/dialects/wire-dialect.js'

const again: Warning = {
  rule: 'L1',
  connection: 'connection 2 (follower)',
  evidence: 'XREAD BLOCK on task:* from "$" again, after an empty answer',
  count: 1204,
}

describe('the text of warnings', () => {
  it('is nothing where there are none', () => {
    expect(lintText([])).toBe('')
  })

  it('says that nothing is proven, then the habit once, where it was seen, why and what to do', () => {
    const reconnect = { ...again, evidence: 'XREAD BLOCK on task:* from "$" again, after a reconnect', count: 1 }
    expect(`\n${lintText([again, reconnect])}\n`).toMatchInlineSnapshot(`
      "
      warnings, read off the wire (not proven losses)

        L1  A stream is read from "$" more than once.
            connection 2 (follower): XREAD BLOCK on task:* from "$" again, after an
              empty answer · 1,204×
            connection 2 (follower): XREAD BLOCK on task:* from "$" again, after a
              reconnect
            why   What is added between the two reads lies below the second "$": no
                  later read gives it.
            fix   Resolve the tail once, to an id (XREVRANGE key + - COUNT 1, or
                  last-generated-id of XINFO STREAM), and read on from the last id
                  that was handed over; keep it over reconnects.
            see   docs/wire-lint.md#l1 (races R1, R2, R9, R10, R22)
      "
    `)
  })

  it('keeps within the width, whatever is in it', () => {
    const all = lintRules.map(({ id }) => ({ ...again, rule: id, evidence: `XADD on ${'long:'.repeat(40)}` }))
    for (const width of [60, 80, 120]) {
      for (const line of lintText(all, { width }).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
    }
  })

  it('shows what a key would do to the terminal', () => {
    expect(lintText([{ ...again, evidence: 'XADD on \u001b[2J' }])).toContain(String.raw`XADD on \x1b[2J`)
  })

  it('is coloured where it is asked for', () => {
    expect(lintText([again], { style: colourStyle })).toContain('\u001b[33m')
  })
})
