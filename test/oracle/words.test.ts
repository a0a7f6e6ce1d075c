/** The oracle knows no store: what is better said in the words of one is the dialect's to say. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { redisWords } from '../../src/dialects/redis/words.js'
import { analyse } from '../../src/oracle/analysis.js'
import { WINDOWS } from '../../src/oracle/window.js'
import { type Anomaly, anomaly, kindOf } from '../../src/oracle/anomaly.js'
import { check } from '../../src/oracle/check.js'
import { ruleOf, rules } from '../../src/oracle/rules.js'
import { type CulpritName, culpritRecord } from '../../src/oracle/catalogue/culprits.js'
import { hintsFor as hintsIn, rulesIn } from '../../src/report/advice.js'
import type { IdOrder, StreamId } from '../../src/contract/stream-id.js'
import { history } from './histories.js'

const ORACLE = join(import.meta.dirname, '../../src/oracle')
const OF_REDIS = /\bX[A-Z]{3,}\b|SUBSCRIBE|\bBLOCK\b|\bKEYS\b|\bDEL\b|"\$"|'\$'|'>'|[Rr]edis/

describe('the oracle', () => {
  it('names no command and no sentinel of Redis', () => {
    const files = readdirSync(ORACLE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(4)
    const named = files.flatMap((file) =>
      readFileSync(join(ORACLE, file), 'utf8')
        .split('\n')
        .filter((line) => OF_REDIS.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
    expect(named).toEqual([])
  })

  it('takes ids as the dialect orders them', () => {
    const id = (text: string) => text as StreamId
    const decimal: IdOrder = {
      origin: id('0'),
      isId: (text): text is StreamId => /^\d+$/.test(String(text)),
      compare: (a, b) => Number(a) - Number(b),
    }
    const events = history()
      .connected('0')
      .event({ type: 'append-called', value: 's1' }, { type: 'append-returned', value: 's1', outcome: 'ok', id: '9' })
      .event({ type: 'append-called', value: 's2' }, { type: 'append-returned', value: 's2', outcome: 'ok', id: '10' })
      .reading({ cursor: '0' })
      .batch({ id: '10', value: 's2' })
      .deliver({ id: '10', value: 's2' })
      .waiting({ cursor: '10' })
      .quiescent()
      .event({
        type: 'witness',
        entries: [
          { id: id('9'), value: 's1' },
          { id: id('10'), value: 's2' },
        ],
      }).events
    expect(check(events, { ids: decimal }).anomalies.map(({ code, id: at }) => `${code} ${at}`)).toEqual([
      'entry-skip 9',
      'int-poll-skip 9',
    ])
    expect(analyse(events, { ids: decimal }).committed.map(({ id: at }) => at)).toEqual(['9', '10'])
    // In the order of another dialect they are no ids at all.
    expect(analyse(events).committed).toEqual([])
  })
})

const worded = rulesIn(redisWords)
const hintsFor = (anomalies: readonly Anomaly[]) => hintsIn(anomalies, redisWords)

describe('the words of Redis', () => {
  it('are of rules, anomalies, culprits and windows that there are, and say something else', () => {
    for (const [id, said] of Object.entries(redisWords.rules))
      for (const [key, text] of Object.entries(said)) expect(ruleOf(id)[key as 'hint']).not.toBe(text)
    for (const [of, text] of Object.entries(redisWords.hints)) {
      expect(WINDOWS.includes(of as never) || culpritRecord(of) !== undefined || kindOf(of) !== undefined).toBe(true)
      expect([kindOf(of)?.hint, culpritRecord(of)?.hint]).not.toContain(text)
    }
  })

  it('stand in the place of the plain ones, and the others stay', () => {
    expect(worded.map(({ id }) => id)).toEqual(rules.map(({ id }) => id))
    expect(worded.find(({ id }) => id === '2.1')!.intent).toBe('The tail is a concrete id, never "$".')
    expect(worded.find(({ id }) => id === '1.1')).toEqual(rules.find(({ id }) => id === '1.1'))
    expect(hintsFor([anomaly('unseen', '', { window: 'batch-gap' })])).toEqual([kindOf('unseen')!.hintIn!['batch-gap']])
    const lostBy = (name: CulpritName) => hintsFor([anomaly('unseen', '', { window: 'batch-gap', culprit: { name, at: 0 } })])
    expect(lostBy('latest-after-batch')).toEqual([redisWords.hints['latest-after-batch']])
    expect(lostBy('dropped')).toEqual([culpritRecord('dropped')!.hint])
    expect(lostBy('not-told-apart')).toEqual([kindOf('unseen')!.hintIn!['batch-gap']])
    expect(hintsFor([anomaly('stalled', '', { rule: '1.8' })])).toEqual([redisWords.rules['1.8']!.hint])
    expect(hintsFor([anomaly('over-read', '')])).toEqual([redisWords.hints['over-read']])
    expect(hintsFor([anomaly('leak', '')])).toEqual([kindOf('leak')!.hint])
  })
})
