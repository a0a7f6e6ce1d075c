import { CAPABILITIES, JUDGED_CAPABILITIES } from '../../src/contract/capabilities.js'
import { describe, expect, it } from 'vitest'
import { ANOMALY_CODES, LOST, anomaly } from '../../src/oracle/anomaly.js'
import { culprits } from '../../src/oracle/catalogue/culprits.js'
import { WINDOWS } from '../../src/oracle/window.js'
import { ruleOf, rules, anchorOf, linkTo } from '../../src/oracle/rules.js'
import { redisWords } from '../../src/dialects/redis/words.js'
import { rulesIn } from '../../src/report/advice.js'

/** How many there are in each section of the contract. */
const SECTIONS = { 1: 8, 2: 5, 3: 13, 4: 10, 5: 6, 6: 3 }

describe('the rules', () => {
  it('are those of the contract, in order', () => {
    const ids = Object.entries(SECTIONS).flatMap(([section, count]) => Array.from({ length: count }, (_, i) => `${section}.${i + 1}`))
    expect(rules.map(({ id }) => id)).toEqual(ids)
  })

  it('are there for each capability that has one, and need it', () => {
    const needed = rules.flatMap(({ id, needs }) => (needs === undefined ? [] : [`${needs} ${id}`]))
    const named = JUDGED_CAPABILITIES.map((name) => `${name} ${CAPABILITIES[name].rule}`)
    expect(named.toSorted()).toEqual(needed.toSorted())
  })

  it('need a capability exactly where they are not required', () => {
    expect(rules.filter(({ level, needs }) => (level === 'capability') !== (needs !== undefined))).toEqual([])
    expect(rules.filter(({ level }) => level === 'capability').map(({ id }) => id)).toEqual(['2.5', '5.5', '6.1', '6.2'])
  })

  it('are one sentence each, with a sign, and with advice', () => {
    for (const { intent, violator, signs, ifItFails } of [...rules, ...rulesIn(redisWords)]) {
      expect(intent).toMatch(/^[A-Z].*\.$/)
      expect(violator).not.toMatch(/\.$/)
      expect(ifItFails).toMatch(/\.$/)
      expect(new Set(signs.map((sign) => JSON.stringify(sign))).size).toBe(signs.length)
      expect(signs).not.toEqual([])
    }
  })

  it('are found by their number, and have an anchor each', () => {
    expect(ruleOf('4.2').violator).toContain('the tail asked for again')
    expect(() => ruleOf('7.1')).toThrow('no rule 7.1')
    expect(anchorOf('3.10')).toBe('rule-3-10')
    expect(linkTo('3.10')).toBe('docs/rules.md#rule-3-10')
  })
})

describe('anomalies', () => {
  it.each(ANOMALY_CODES.filter((code) => !LOST.has(code)))('%s speaks of the rule that it names by itself', (code) => {
    const found = anomaly(code, 'seen')
    expect(ruleOf(found.rule).check([found])).toEqual([found])
  })

  it.each(WINDOWS)('a loss @%s whose culprit is not told apart speaks of the rule of its window', (window) => {
    for (const code of LOST) {
      const found = anomaly(code, 'seen', { window, culprit: { name: 'not-told-apart', at: 0 } })
      expect(ruleOf(found.rule).check([found])).toEqual([found])
    }
  })

  it.each(culprits)('a loss by $name speaks of its rule, and of no other in §4', ({ name, rule }) => {
    const found = anomaly('unseen', 'seen', { window: 'connect-gap', culprit: { name, at: 0 } })
    expect(found.rule).toBe(rule ?? '4.1')
    const speaks = rules.filter((each) => each.check([found]).length > 0).map(({ id }) => id)
    expect(speaks).toContain(found.rule)
    // A schedule says that it was an entry that does not decode, or one that is not owed, which came before.
    const others = ['4.6', '4.10']
    expect(speaks.filter((id) => id.startsWith('4.') && id !== found.rule && !others.includes(id))).toEqual([])
  })

  it.each(ANOMALY_CODES)('%s is a sign of some rule', (code) => {
    expect(rules.filter(({ signs }) => signs.some((sign) => sign.code === code))).not.toEqual([])
  })
})
