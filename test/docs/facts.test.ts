/** Tables, names and links of the documentation, compared with the code that they speak of. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CAPABILITIES } from '../../src/contract/capabilities.js'
import { ANOMALY_CODES, anomaly, catalogue } from '../../src/oracle/anomaly.js'
import { WINDOWS } from '../../src/oracle/window.js'
import { NOT_TOLD, mutants } from '../../src/kit/mutants/index.js'
import { culprits } from '../../src/oracle/catalogue/culprits.js'
import { redisWords } from '../../src/dialects/redis/words.js'
import { anomaliesTable, culpritsTable, notToldTable } from '../../src/report/formats/docs.js'
import { REPORTERS, REPORTER_OPTIONS } from '../../src/report/reporters.js'
import { EXIT } from '../../src/report/result.js'
import { GATES } from '../../src/schedule/gate.js'
import { STEPS } from '../../src/schedule/step.js'
import { scenarios } from '../../scenarios/index.js'
import { command } from '../package/command.js'
import { ROOT } from './workshop.js'

const listed = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)
const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...listed('docs'), ...listed('docs/analyses')].filter(
  (file) => file.endsWith('.md'),
)
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** The rows of the table under a heading, cell by cell, without its head. */
function table(file: string, heading: string): string[][] {
  const section = read(file)
    .split(/^#+ /m)
    .find((each) => each.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`${file} has no heading "${heading}"`)
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

const codeIn = (cell: string | undefined): string => /^`([^`]*)`/.exec(cell ?? '')?.[1] ?? ''

/** As GitHub makes anchors of headings. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

describe('the documentation', () => {
  it('lists every anomaly with its rule', () => {
    const rows = table('docs/reading-a-failure.md', 'Every anomaly').map(([code, , rule]) => [codeIn(code), rule])
    expect(rows).toEqual(ANOMALY_CODES.map((code) => [code, anomaly(code, '').rule]))
    // npm run docs
    expect(read('docs/reading-a-failure.md')).toContain(`\n${anomaliesTable(catalogue)}`)
    expect(read('docs/reading-a-failure.md')).toContain(`\n${culpritsTable(culprits, redisWords)}`)
  })

  it('lists every mutant that is not told on a store of its own', () => {
    expect(Object.keys(NOT_TOLD).filter((name) => !mutants.some((mutant) => mutant.name === name))).toEqual([])
    // npm run docs
    expect(read('docs/writing-an-adapter.md')).toContain(`\n${notToldTable(NOT_TOLD)}`)
  })

  it('lists every gate and every window', () => {
    expect(table('docs/concepts.md', 'Gates').map(([gate]) => codeIn(gate))).toEqual(GATES)
    expect(table('docs/concepts.md', 'Windows').map(([window]) => codeIn(window))).toEqual(WINDOWS)
  })

  it('names the rule of a loss in each window', () => {
    const rules = Object.fromEntries(WINDOWS.map((window) => [window, anomaly('unseen', '', { window }).rule]))
    expect(rules).toEqual({ 'connect-gap': '4.1', 'empty-gap': '4.2', 'batch-gap': '4.3', 'in-block': '3.7', 'error-gap': '4.5' })
    expect(read('docs/reading-a-failure.md')).toContain(
      '4.1 for the\nconnect gap, 4.2 for the empty gap, 4.3 for the batch gap, 3.7 in block, 4.5 for the error gap',
    )
  })

  it('says of every step what its record does', () => {
    const rows = table('docs/concepts.md', 'Steps and schedules').map((row) => row.join(' | '))
    const told = Object.values(STEPS).flatMap(({ docs }) => docs.map((row) => row.join(' | ')))
    expect(rows.toSorted()).toEqual(told.toSorted())
  })

  it('names every step, as the functions that make them', async () => {
    const steps = await import('../../src/schedule/scenario.js')
    const named = new Set(
      table('docs/concepts.md', 'Steps and schedules').flatMap(([step]) => [...step!.matchAll(/`(\w+)\(/g)].map(([, name]) => name!)),
    )
    // What is asked of a step makes none.
    const asked = [
      'changesWith',
      'consumerOf',
      'describeStep',
      'isForWire',
      'isProducerStep',
      'isStepKey',
      'keysOf',
      'needsOf',
      'ofAnother',
    ]
    const others = ['scenario', ...asked]
    expect([...named, ...others].sort()).toEqual(
      Object.entries(steps)
        .filter(([, value]) => typeof value === 'function')
        .map(([name]) => name)
        .sort(),
    )
  })

  it('says of every capability what its record does', () => {
    const rows = table('docs/writing-an-adapter.md', 'A consumer of your own').map(([name, what]) => [codeIn(name), what] as const)
    const told = Object.entries(CAPABILITIES).map(([name, { docs }]) => [`capabilities.${name}`, docs])
    expect(Object.fromEntries(rows.filter(([name]) => name.startsWith('capabilities.')))).toEqual(Object.fromEntries(told))
  })

  it('lists every reporter, what it is for, and those that have an option of their own', () => {
    const rows = table('docs/ci.md', 'Reports').map(([format, what]) => [codeIn(format), what])
    expect(rows).toEqual(Object.entries(REPORTERS).map(([name, reporter]) => [name, reporter.for]))
    expect(read('docs/ci.md')).toContain(`${REPORTER_OPTIONS.map((name) => `\`--${name} <file>\``).join(' and ')} are short for the two.`)
  })

  it.each([
    ['tailrace', '../../src/index.js'],
    ['tailrace/testing', '../../src/testing/index.js'],
    ['tailrace/ioredis', '../../src/adapters/ioredis.js'],
    ['tailrace/wire', '../../src/sources/wire/index.js'],
  ])('says what each name of %s is for', async (entry, module) => {
    const section = read('docs/api.md')
      .split(/^## /m)
      .find((each) => each.startsWith(`\`${entry}\`\n`))!
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const named = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))
    expect([...named].sort()).toEqual(Object.keys((await import(module)) as object).sort())
  })

  it('gives the exit codes that there are', () => {
    const rows = table('README.md', 'Exit codes').map(([code, meaning]) => [code, meaning!.split(/[:,(]/)[0]!.trim()])
    expect(rows).toEqual([...Object.entries(EXIT).map(([result, code]) => [String(code), result]), ['130', 'interrupted']])
  })

  it('has in its changelog the races that there are scenarios for', () => {
    const races = [...(/for the races ([^.]*)\./s.exec(read('CHANGELOG.md'))?.[1] ?? '').matchAll(/R\d+/g)].map(([race]) => race)
    const there = new Set(scenarios.flatMap(({ race }) => race ?? []))
    expect(races.filter((race) => !there.has(race))).toEqual([])
    expect(races.length).toBeGreaterThan(0)
  })

  it('names only commands and options that there are', async () => {
    const help = async (...args: string[]) =>
      (await command(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), ...args, '--help'], ROOT)).output
    const commands = await help()
    const used = new Map<string, Set<string>>()
    for (const [, name, rest] of documents.flatMap((file) => [...read(file).matchAll(/npx tailrace ([a-z]+)([^\n`]*)/g)])) {
      const options = used.get(name!) ?? new Set()
      for (const [option] of rest!.replace(/#.*$/, '').matchAll(/--[a-z]+/g)) options.add(option)
      used.set(name!, options)
    }
    for (const [name, options] of used) {
      expect(commands).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
      const known = await help(name)
      expect([...options].filter((option) => !known.includes(`${option} `))).toEqual([])
    }
    expect(used.size).toBeGreaterThan(4)
  })

  it('is all in the index, and in the same order in the README', () => {
    const linked = (file: string, text: string) =>
      [...text.matchAll(/\]\(([^)#\s]+)\)/g)].map(([, link]) => join(dirname(file), link!)).filter((link) => link !== file)
    const index = linked('docs/index.md', read('docs/index.md'))
    expect([...index].sort()).toEqual(
      [...documents.filter((file) => file !== 'docs/index.md'), 'examples/sse/README.md', 'examples/gallery/README.md'].sort(),
    )
    const more = read('README.md').split('\n## More\n')[1]!
    expect(linked('README.md', more).filter((file) => file !== 'docs/index.md')).toEqual(index.filter((file) => file !== 'README.md'))
  })

  it.each([...documents, 'examples/sse/README.md', 'examples/gallery/README.md'])('%s has links that lead somewhere', (file) => {
    const text = read(file).replace(/```[\s\S]*?```/g, '')
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^https?:/.test(link))
    const broken = links.filter((link) => {
      const [path, hash] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path!)
      if (!existsSync(join(ROOT, target))) return true
      if (hash === undefined) return false
      const there = read(target)
      const anchors = [...there.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!))
      return !anchors.includes(hash) && !there.includes(`<a id="${hash}">`)
    })
    expect(broken).toEqual([])
  })
})
