/** Reports, comparison and known losses, from the command line. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project, start, tailrace } from './tailrace.js'

const MODEL = `
import { defineConfig, InMemoryStreamRepository, literalDollar, snapshotCursor } from 'tailrace'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const frames = { entryOf: (f) => (f.type === 'entry' ? f : undefined), isAnnouncement: (f) => f.type === 'connected' }
`
const configOf = (consume: string, rest = '') =>
  `${MODEL}export default defineConfig({ bursts: 20, subjects: [\n{ name: 'events', store: 'memory', open, consume: ${consume}, ...frames }], ${rest} })`
const GOOD = { 'tailrace.config.ts': configOf('snapshotCursor') }
const BAD = { 'tailrace.config.ts': configOf('literalDollar') }
const ONE = ['run', '--scenario', 'empty-gap']

describe('run --reporter', () => {
  it('writes every format where it is told to, and the others to their usual places', async () => {
    const cwd = await project(BAD)
    const { code, stdout } = await tailrace(cwd, ...ONE, '--reporter', 'json=out/r.json,markdown', '--reporter', 'ctrf,junit=j.xml,github')
    expect(code).toBe(1)
    expect(JSON.parse(await readFile(join(cwd, 'out/r.json'), 'utf8'))).toMatchObject({ version: 1, exit: 1 })
    expect(await readFile(join(cwd, '.tailrace/report.md'), 'utf8')).toContain('sequenceDiagram')
    expect(JSON.parse(await readFile(join(cwd, '.tailrace/report.ctrf.json'), 'utf8'))).toMatchObject({ reportFormat: 'CTRF' })
    expect(await readFile(join(cwd, 'j.xml'), 'utf8')).toContain('file="tailrace.config.ts"')
    // Line 6 of the configuration is the one that names the subject.
    expect(stdout).toMatch(/^::error file=tailrace\.config\.ts,line=6,title=empty-gap%3A unseen · events::Entry 1-0 was appended/m)
  })

  it('appends the Markdown to the summary of the job', async () => {
    const cwd = await project({ ...GOOD, 'summary.md': 'before\n' })
    const { finished } = start(cwd, [...ONE, '--reporter', 'github'], { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') })
    const { code, stdout } = await finished
    expect(code).toBe(0)
    expect(stdout).not.toContain('::error')
    expect(await readFile(join(cwd, 'summary.md'), 'utf8')).toMatch(/^before\n## ✓ tailrace: passed\n/)
  })

  it('puts annotations where the runner looks for them, from the top of the repository', async () => {
    const cwd = await project({ 'packages/events/tailrace.config.ts': BAD['tailrace.config.ts'] })
    const { finished } = start(join(cwd, 'packages/events'), [...ONE, '--reporter', 'github'], { GITHUB_WORKSPACE: cwd })
    expect((await finished).stdout).toContain('::error file=packages/events/tailrace.config.ts,line=6,')
  })

  it('puts annotations at the file that the subject names', async () => {
    const config = configOf('literalDollar').replace("name: 'events',", "name: 'events', file: 'src/events.ts',")
    const cwd = await project({ 'tailrace.config.ts': config, 'src/events.ts': '// the loop\nexport class events {}\n' })
    expect((await tailrace(cwd, ...ONE, '--reporter', 'github')).stdout).toContain('::error file=src/events.ts,line=2,')
    const missing = await tailrace(await project({ 'tailrace.config.ts': config }), ...ONE)
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('its file src/events.ts cannot be read (ENOENT)') })
  })
})

describe('compare', () => {
  it('exits 1 for a regression, 0 for a repair, and 0 where nothing changed', async () => {
    const [before, after] = [await project(GOOD), await project(BAD)]
    await tailrace(before, ...ONE, '--json', 'r.json')
    await tailrace(after, ...ONE, '--json', 'r.json')
    const [good, bad] = [join(before, 'r.json'), join(after, 'r.json')]
    const worse = await tailrace(after, 'compare', good, bad, '--markdown', 'out/diff.md')
    expect(worse).toMatchObject({ code: 1, stderr: '' })
    expect(worse.stdout).toContain('✗ 1 new\n\nnew\n  events · latest-anew · rule 4.2: ')
    expect(worse.stdout).toMatch(/before read #2\s+resolved "\$" to 1-0/)
    expect(await readFile(join(after, 'out/diff.md'), 'utf8')).toContain('## ✗ tailrace: 1 new')
    expect(await tailrace(after, 'compare', bad, good)).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ 1 fixed') })
    expect(await tailrace(after, 'compare', bad, bad)).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ nothing changed') })
  })
})

describe('baseline', () => {
  it('accepts what is lost until its day, and says when it is no longer needed', async () => {
    const known = configOf('literalDollar', "knownLosses: './known.json'")
    const cwd = await project({ ...BAD, 'known/tailrace.config.ts': known })
    await tailrace(cwd, ...ONE, '--json', 'r.json')
    const because = ['--reason', 'the old client', '--expires', '2999-12-31']
    const recorded = await tailrace(cwd, 'baseline', 'r.json', ...because, '--file', 'known/known.json')
    expect(recorded).toMatchObject({ code: 0, stdout: expect.stringContaining('1 loss recorded, 0 renewed, 0 known before') })
    const again = await tailrace(cwd, 'baseline', 'r.json', ...because, '--file', 'known/known.json')
    expect(again.stdout).toContain('0 losses recorded, 0 renewed, 1 known before')

    // A path in the configuration is relative to it, wherever the command is run.
    const accepted = await tailrace(cwd, ...ONE, '--config', 'known/tailrace.config.ts', '--json', 'k.json')
    expect(accepted.code).toBe(0)
    expect(accepted.stdout).toContain('✗ empty-gap')
    expect(accepted.stdout).toContain('known until 2999-12-31: the old client')
    expect(accepted.stdout).toContain('exit 0: nothing was lost but what is known')
    expect(JSON.parse(await readFile(join(cwd, 'k.json'), 'utf8'))).toMatchObject({
      result: 'invalid',
      exit: 0,
      known: [{ outcome: 'occurs' }],
    })
    // A scenario that shows the same is known, too.
    expect((await tailrace(cwd, 'run', '--scenario', 'empty-gap,batch-gap', '--config', 'known/tailrace.config.ts')).code).toBe(0)

    const text = await readFile(join(cwd, 'known/known.json'), 'utf8')
    const fixed = await project({ 'tailrace.config.ts': configOf('snapshotCursor', "knownLosses: 'known.json'"), 'known.json': text })
    const gone = await tailrace(fixed, ...ONE)
    expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining('! no longer occurs, remove it') })
  })

  it('says so where a loss is known of a subject that there is not', async () => {
    const loss = `{ subject: 'renamed', where: 'empty-gap', code: 'unseen', rule: '4.2', reason: 'the old client', expires: '2999-12-31' }`
    const { code, stderr } = await tailrace(
      await project({ 'tailrace.config.ts': configOf('snapshotCursor', `knownLosses: [${loss}]`) }),
      ...ONE,
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('a loss of "renamed" is known, and no subject is called so')])
  })

  it('fails again when its day is over', async () => {
    const loss = `{ subject: 'events', where: 'empty-gap', code: 'unseen', window: 'empty-gap', rule: '4.2', reason: 'the old client', expires: '2020-01-31' }`
    const { code, stdout } = await tailrace(
      await project({ 'tailrace.config.ts': configOf('literalDollar', `knownLosses: [${loss}]`) }),
      ...ONE,
    )
    expect(code).toBe(1)
    expect(stdout).toContain('was known until 2020-01-31, and has expired: the old client')
    expect(stdout).toContain('! expired on 2020-01-31, and fails again: events · empty-gap')
  })

  it('has nothing to record of a green run', async () => {
    const cwd = await project(GOOD)
    await tailrace(cwd, ...ONE, '--json', 'r.json')
    expect(await tailrace(cwd, 'baseline', 'r.json', '--reason', 'r', '--expires', '2999-12-31')).toMatchObject({
      code: 0,
      stdout: 'r.json shows no loss: nothing to record\n',
    })
  })
})

describe('explore in an engine that runs several side by side', () => {
  it('takes its shard from the environment, says so, and merges to the whole', async () => {
    const cwd = await project(GOOD)
    const explore = ['explore', '--appends', '1', '--cycles', '1', '--json']
    for (const index of ['0', '1']) {
      const { finished } = start(cwd, [...explore, `${index}.json`], { JOB_COMPLETION_INDEX: index, JOB_COMPLETIONS: '2' })
      const { code, stderr } = await finished
      expect(code).toBe(0)
      expect(stderr).toContain(
        `shard ${Number(index) + 1}/2, from JOB_COMPLETION_INDEX=${index} and JOB_COMPLETIONS=2 (Kubernetes indexed Job)`,
      )
    }
    expect((await tailrace(cwd, 'merge', '0.json', '1.json')).code).toBe(0)
    expect((await tailrace(cwd, 'merge', '0.json')).code).toBe(2)
    const all = await start(cwd, [...explore, 'all.json', '--shard', '1/1'], { JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '2' }).finished
    expect(all).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('what goes wrong is one clear message, and exit 2', () => {
  const report = (version: number) => JSON.stringify({ version, tailrace: '9', subjects: [] })
  const because = ['--reason', 'r', '--expires', '2999-12-31']
  const cases: [string, Record<string, string>, string[], string][] = [
    [
      'an unknown reporter',
      GOOD,
      [...ONE, '--reporter', 'yaml'],
      'there is no reporter "yaml". There are: html, markdown, junit, json, github, ctrf',
    ],
    ['a reporter without its path', GOOD, [...ONE, '--reporter', 'json='], '--reporter json= names no path'],
    ['two reports in one file', GOOD, [...ONE, '--reporter', 'json=a', '--junit', 'a'], 'two reports would be written to a'],
    [
      'a path that cannot be written',
      { ...GOOD, file: '' },
      [...ONE, '--reporter', 'json=file/r.json'],
      'file/r.json cannot be written (E',
    ],
    [
      'known losses that are not there',
      { 'tailrace.config.ts': configOf('snapshotCursor', "knownLosses: 'no.json'") },
      ONE,
      'no.json cannot be read (ENOENT)',
    ],
    [
      'known losses with a typing error',
      { 'tailrace.config.ts': configOf('snapshotCursor', "knownLosses: [{ subject: 'events' }]") },
      ONE,
      '"knownLosses',
    ],
    ['a base that is not there', { 'b.json': report(1) }, ['compare', 'a.json', 'b.json'], 'a.json cannot be read (ENOENT)'],
    [
      'a truncated report',
      { 'a.json': '{"version":1,"subj' },
      ['compare', 'a.json', 'a.json'],
      'a.json is not JSON, perhaps it is truncated',
    ],
    [
      'a report of a future version',
      { 'a.json': report(7) },
      ['compare', 'a.json', 'a.json'],
      'a.json has version 7, and this tailrace reads version 1: a newer one is needed',
    ],
    [
      'something else than a report',
      { 'a.json': '{"version":1}' },
      ['compare', 'a.json', 'a.json'],
      'a.json is not a report that "tailrace run --reporter json" wrote',
    ],
    ['a baseline without a reason', { 'a.json': report(1) }, ['baseline', 'a.json', '--expires', '2999-12-31'], '--reason'],
    [
      'a day that is none',
      { 'a.json': report(1) },
      ['baseline', 'a.json', '--reason', 'r', '--expires', 'soon'],
      '--expires soon is not a date',
    ],
    [
      'a day that no calendar has',
      { 'a.json': report(1) },
      ['baseline', 'a.json', '--reason', 'r', '--expires', '2999-02-31'],
      '--expires 2999-02-31 is not a date',
    ],
    [
      'a day in the past',
      { 'a.json': report(1) },
      ['baseline', 'a.json', '--reason', 'r', '--expires', '2020-01-31'],
      '--expires 2020-01-31 is in the past',
    ],
    ['a baseline of a truncated report', { 'a.json': '{' }, ['baseline', 'a.json', ...because], 'a.json is not JSON'],
  ]
  for (const [name, files, args, message] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await tailrace(await project(files), ...args)
      expect(stdout + stderr).toContain(message)
      expect(stdout + stderr).not.toMatch(/\n\s+at /)
      expect(code).toBe(2)
    })
  }

  it('a shard that is no part of a whole', async () => {
    const { finished } = start(await project(GOOD), ['explore'], { CI_NODE_INDEX: '3', CI_NODE_TOTAL: '2' })
    expect(await finished).toMatchObject({ code: 2, stderr: expect.stringContaining('are no part of a whole') })
  })
})
