/** docs/races.md is what the catalogue and runs of its scenarios make of it; and the generator says what it cannot show. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../../src/dialects/redis/dialect.js'
import { type Catalogue, racesMarkdown } from '../../../src/report/formats/docs.js'
import { illustrate } from '../../../src/kit/selftest.js'
import { planned } from '../../../scenarios/planned.js'
import { races } from '../../../scenarios/races.js'
import { scenarios } from '../../../scenarios/index.js'
import { wireScenarios } from '../../../scenarios/wire/index.js'
import emptyGap from '../../../scenarios/empty-gap.js'

const FILE = new URL('../../../docs/races.md', import.meta.url)

async function catalogue(): Promise<Catalogue> {
  const ofRaces = scenarios.filter(({ race }) => race !== undefined)
  const shown = []
  for (const each of ofRaces) shown.push(await illustrate(each, races.find(({ race }) => race === each.race)?.shown?.[each.name]))
  return { dialect: redisDialect, races, shown, wireScenarios, planned }
}

describe('docs/races.md', () => {
  it('is what the catalogue and its runs say, whenever they are run (npm run docs)', async () => {
    const text = racesMarkdown(await catalogue())
    expect(readFileSync(FILE, 'utf8')).toBe(text)
    expect(racesMarkdown(await catalogue())).toBe(text)
  })

  it('has every scenario of a race once, and every planned race', async () => {
    const text = readFileSync(FILE, 'utf8')
    const named = new Set([...scenarios, ...wireScenarios].filter(({ race }) => race !== undefined).map(({ name }) => name))
    for (const name of named) expect(text.split(`[\`${name}\`]`), name).toHaveLength(2)
    for (const { race } of planned) expect(text).toContain(`**${race}: `)
    expect(text).not.toMatch(/undefined|\[object/)
  })
})

describe('a race', () => {
  it('is shown where the scenario finds the mutant', async () => {
    const { verdict } = await illustrate(emptyGap, 'literal-dollar')
    expect(verdict.anomalies).toMatchObject([{ code: 'unseen', window: 'empty-gap' }])
  })

  it('is not shown on a mutant that gets through, or that there is not', async () => {
    await expect(illustrate(emptyGap, 'tail-after-batch')).rejects.toThrow('"tail-after-batch" is not found there: name another mutant')
    await expect(illustrate(emptyGap, undefined)).rejects.toThrow('scenarios/races.ts, R1, "empty-gap": expected the name of a mutant')
  })
})
