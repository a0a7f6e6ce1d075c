import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonReport } from '../../src/report/report-schema.js'
import { describe, expect, it } from 'vitest'
import { main, project, start, tailrace } from './tailrace.js'

const MODEL = `
import { defineConfig, InMemoryStreamRepository, literalDollar, snapshotCursor } from 'tailrace'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const frames = { entryOf: (f) => (f.type === 'entry' ? f : undefined), isAnnouncement: (f) => f.type === 'connected' }
`
const GOOD = `${MODEL}export default defineConfig({ subjects: [{ name: 'good', store: 'memory', open, consume: snapshotCursor, ...frames }], bursts: 20 })`
const BAD = `${MODEL}export default defineConfig({ subjects: [{ name: 'bad', store: 'memory', open, consume: literalDollar, ...frames }], bursts: 20 })`

describe('tailrace run', () => {
  it('exits 0 where everything was delivered, and says what was tried', async () => {
    const { code, stdout } = await tailrace(await project({ 'tailrace.config.ts': GOOD }), 'run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/gap opened [\d,]+×, sentinel injected [\d,]+×, delivered [\d,]+× · 0 lost/)
  })

  it('exits 1 where something was lost, saves the schedule, and replays it', async () => {
    const cwd = await project({ 'tailrace.config.ts': BAD })
    const { code, stdout } = await tailrace(cwd, 'run', '--json', 'report.json', '--junit', 'junit.xml')
    expect(code).toBe(1)
    const [, command] = /replay\s+npx tailrace (replay \.tailrace\/empty-gap-\w+\.json)/.exec(stdout) ?? []
    const replayed = await tailrace(cwd, ...command!.split(' '))
    expect(replayed.code).toBe(1)
    expect(replayed.stdout).toContain('unseen @empty-gap')
    const report = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8')) as { result: string }
    expect(report.result).toBe('invalid')
    expect(await readFile(join(cwd, 'junit.xml'), 'utf8')).toContain('<failure')
  })

  it('says of a schedule that is replayed until when its loss could have been avoided, as a run does', async () => {
    const loop = `async function* consume({ repository, topic }) {
      let cursor = await repository.getStreamTailId(topic)
      yield { ready: true }
      for (;;) {
        try {
          for await (const { id, data } of repository.readMessages(topic, cursor, { timeoutMs: 1000, count: 10 })) {
            yield { id, data }
            cursor = id
          }
        } catch {
          cursor = await repository.getStreamTailId(topic)
        }
      }
    }`
    const subject = `{ name: 'gives-up-its-place', store: 'memory', open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }),
      consume, entryOf: (frame) => (frame.ready ? undefined : frame), isAnnouncement: (frame) => frame.ready === true }`
    const config = `import { InMemoryStreamRepository, defineConfig } from 'tailrace'\n${loop}\nexport default defineConfig({ subjects: [${subject}] })`
    const cwd = await project({ 'tailrace.config.mjs': config })
    const { stdout } = await tailrace(cwd, 'run', '--scenario', 'read-fails')
    expect(stdout).toContain('could still have been delivered')
    const [, file] = /replay\s+npx tailrace replay (\.tailrace\/read-fails-\w+\.json)/.exec(stdout) ?? []
    expect((await tailrace(cwd, 'replay', file!)).stdout).toContain('could still have been delivered')
  })

  it('--quiet says the first lines of failures, and the last line', async () => {
    const both = BAD.replace('bursts: 20', 'bursts: 0').replace('subjects: [', "subjects: [{ name: 'good', store: 'memory', open }, ")
    const cwd = await project({ 'tailrace.config.ts': both })
    const { code, stdout, stderr } = await tailrace(cwd, 'run', '--quiet', '--scenario', 'empty-gap')
    expect(stdout.replace(/[\d.]+ m?s\b/g, 'n ms')).toBe(
      '✗ empty-gap   bad × literalDollar   1 of 1 owed entries lost   2 steps · n ms\n1 of 2 subjects failed · n ms · seed 42 · exit 1: at least one anomaly\n',
    )
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect((await tailrace(cwd, 'run', '--quiet', '--verbose')).stderr).toContain('--quiet or --verbose, not both')
  })

  it('--verbose shows every event, the same ones each time', async () => {
    const events = async () => {
      const { stdout } = await tailrace(await project({ 'tailrace.config.ts': GOOD }), 'run', '--verbose', '--scenario', 'empty-gap')
      return stdout.slice(0, stdout.indexOf('\n✓'))
    }
    const first = await events()
    expect(first).toContain('good · scenarios · empty-gap   consumer → empty · append 1 · drain\n  step ')
    expect(first).toContain('\n  read-returned    consumer=0 read=1 outcome=empty\n')
    expect(await events()).toBe(first)
  })

  it('--verbose shows what was tried where, behind the sentence that says it in short', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD })
    const { stdout } = await tailrace(cwd, 'run', '--verbose', '--scenario', 'empty-gap', '--runs', '2')
    expect(stdout).toMatch(/\n {2}tried \d+ of \d+ combinations of gate, window and disturbance, but no/)
    expect(stdout).toMatch(/\n {2}read-returned @empty-gap +\d+ /)
    expect(stdout).toMatch(/\n {2}1 append {3}2 /)
    expect(stdout).toContain(
      '\ngood · bursts   steps chosen as it runs\n  next             consumer → next gate\n  step             index=0\n',
    )
    const few = await tailrace(cwd, 'run', '--scenario', 'empty-gap')
    expect(few.stdout).not.toMatch(/read-returned @empty-gap {2}|combinations of gate/)
  })

  it('shows which scenario failed on whom where there are several subjects, in colour where it is asked for', async () => {
    const both = BAD.replace('bursts: 20', 'bursts: 0').replace('subjects: [', "subjects: [{ name: 'good', store: 'memory', open }, ")
    const cwd = await project({ 'tailrace.config.ts': both })
    const args = ['run', '--scenario', 'empty-gap,long-idle,history-at-start']
    const { stdout } = await tailrace(cwd, ...args)
    expect(stdout).toContain('\n  empty-gap        ✓ ✗\n')
    expect(stdout).toContain('✓ valid  ✗ invalid')
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/\u001b/)
    const coloured = await start(cwd, args, { FORCE_COLOR: '1' }).finished
    expect(coloured.stdout).toContain('\u001b[31m✗')
  })

  it('finds the same counterexample from the seed and the path that it prints', async () => {
    const cwd = await project({ 'tailrace.config.ts': BAD })
    const { stdout } = await tailrace(cwd, 'run')
    const [, seed, path] = /--seed (-?\d+) --path (\S+)/.exec(stdout) ?? []
    const again = await tailrace(cwd, 'run', '--subject', 'bad', '--scenario', 'empty-gap', '--seed', seed!, '--path', path!)
    expect(again.code).toBe(1)
    expect(again.stdout).toContain('bursts')
  })

  it('writes the same report for the same seed, but for the time that it took', async () => {
    const reports = []
    for (let i = 0; i < 2; i++) {
      const cwd = await project({ 'tailrace.config.ts': BAD })
      await tailrace(cwd, 'run', '--json', 'r.json')
      reports.push((await readFile(join(cwd, 'r.json'), 'utf8')).replace(/"ms": [\d.]+/g, '"ms": 0'))
    }
    expect(reports[0]).toBe(reports[1])
  })

  it('keeps a limited number of replay files', async () => {
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`.tailrace/old-${i}.json`, '{}']))
    const cwd = await project({ 'tailrace.config.ts': BAD, ...files })
    await tailrace(cwd, 'run', '--scenario', 'empty-gap')
    const kept = await readdir(join(cwd, '.tailrace'))
    expect(kept).toHaveLength(50)
    expect(kept.some((name) => name.startsWith('empty-gap-'))).toBe(true)
  })
})

describe('what goes wrong is one clear message, and exit 2', () => {
  const config = (text: string) => ({ 'tailrace.config.ts': text })
  const cases: [string, Record<string, string>, string[], string][] = [
    ['no configuration', {}, ['run'], 'no tailrace.config.ts here'],
    ['a configuration that does not parse', config('export default {'), ['run'], 'tailrace.config.ts does not load'],
    ['a configuration that throws', config('throw new Error("on purpose")'), ['run'], 'on purpose'],
    ['no default export', config('export const a = 1'), ['run'], 'has no default export'],
    ['no subjects', config('export default { subjects: [] }'), ['run'], 'expected at least one subject'],
    [
      'a wrong store',
      config('export default { subjects: [{ name: "a", store: "mysql", open() {} }] }'),
      ['run'],
      'subject "a": "store" expected "memory", "redis" or "own"',
    ],
    [
      'a typing error',
      config('export default { subjects: [{ name: "a", store: "memory", open() {}, isAnouncement() {} }] }'),
      ['run'],
      '"isAnouncement" is not known',
    ],
    [
      'a subject twice',
      config('const s = { name: "a", store: "memory", open() {} }; export default { subjects: [s, s] }'),
      ['run'],
      'two subjects are called "a"',
    ],
    ['an unknown subject', config(GOOD), ['run', '--subject', 'nobody'], 'no subject is called "nobody". There is: good'],
    ['an unknown scenario', config(GOOD), ['run', '--scenario', 'nothing'], 'no scenario is called "nothing"'],
    ['an unknown option', config(GOOD), ['run', '--sede', '1'], 'Did you mean --seed'],
    ['a seed that is no number', config(GOOD), ['run', '--seed', 'x'], 'expected a whole number'],
    ['a store of the self-test that there is not', {}, ['selftest', '--store', 'mongo'], 'Allowed choices are memory, redis'],
    ['a Redis that does not answer, for doctor', {}, ['doctor', '--redis', 'redis://127.0.0.1:1'], 'No other is tried in its place'],
    [
      'what to do where there is no Redis',
      config(GOOD.replace("'memory'", "'redis'")),
      ['run', '--redis', 'redis://127.0.0.1:1'],
      'Start one there, or correct the URL',
    ],
    ['a Redis that does not answer', config(GOOD.replace("'memory'", "'redis'")), ['run', '--redis', 'redis://127.0.0.1:1'], '127.0.0.1:1'],
    [
      'an adapter that throws in open',
      config('export default { subjects: [{ name: "a", store: "memory", open() { throw new Error("no route") } }] }'),
      ['run'],
      'no route',
    ],
    ['a replay file that is not there', config(GOOD), ['replay', 'x.json'], 'x.json cannot be read (ENOENT)'],
    ['a truncated replay file', { ...config(GOOD), 'x.json': '{"version":1,"subj' }, ['replay', 'x.json'], 'perhaps it is truncated'],
    [
      'a replay file of a future version',
      {
        ...config(GOOD),
        'x.json': '{"version":9,"subject":"good","name":"n","expected":{"result":"invalid","anomalies":[]},"schedule":{}}',
      },
      ['replay', 'x.json'],
      'has version 9',
    ],
    [
      'a schedule of a future version',
      { ...config(GOOD), 'x.json': replayOf('{"version":7}') },
      ['replay', 'x.json'],
      'the schedule has version 7',
    ],
    [
      'a step of nonsense',
      { ...config(GOOD), 'x.json': replayOf('{"version":1,"read":{"timeoutMs":1,"count":1},"steps":[{"advance":0},{"appendd":1}]}') },
      ['replay', 'x.json'],
      'step 2 is of no known kind',
    ],
    [
      'a step with nonsense in it',
      { ...config(GOOD), 'x.json': replayOf('{"version":1,"read":{"timeoutMs":1,"count":1},"steps":[{"append":-3}]}') },
      ['replay', 'x.json'],
      'step 1, "append"',
    ],
    [
      'a replay for another subject',
      { ...config(GOOD), 'x.json': replayOf('{"version":1,"read":{"timeoutMs":1,"count":1},"steps":[]}').replace('"good"', '"gone"') },
      ['replay', 'x.json'],
      'is for the subject "gone"',
    ],
  ]
  for (const [name, files, args, message] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await tailrace(await project(files), ...args)
      expect(stdout + stderr).toContain(message)
      expect(stdout + stderr).not.toMatch(/\n\s+at /)
      expect(code).toBe(2)
    })
  }
})

function replayOf(schedule: string): string {
  return `{"version":1,"subject":"good","name":"n","expected":{"result":"invalid","anomalies":[]},"schedule":${schedule}}`
}

describe('the other commands', () => {
  it('list shows every scenario with its race and rule', async () => {
    const { code, stdout } = await tailrace(await project({}), 'list')
    expect(code).toBe(0)
    for (const race of ['R1', 'R2', 'R3', 'R4', 'R7', 'R9', 'R19', 'R23', 'R28', 'R35', 'R36', 'R37'])
      expect(stdout).toMatch(new RegExp(`${race} +rule \\d\\.\\d+`))
  })

  it('list --wire shows those of tailrace wire instead, also as JSON', async () => {
    const cwd = await project({})
    const { code, stdout } = await tailrace(cwd, 'list', '--wire')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^wire-reply-lost +R\d+ +rule \d\.\d+ /m)
    expect(stdout).not.toContain('awkward-payloads')
    const json = await tailrace(cwd, 'list', '--wire', '--json')
    expect((JSON.parse(json.stdout) as { name: string }[]).map(({ name }) => name)).toContain('wire-reply-lost')
    const both = await tailrace(cwd, 'list', '--wire', '--markdown')
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('leave --wire out') })
  })

  it('list --markdown is docs/races.md, and all of it', async () => {
    const cwd = await project({})
    const { code, stdout } = await tailrace(cwd, 'list', '--markdown')
    expect({ code, same: stdout === (await readFile(new URL('../../docs/races.md', import.meta.url), 'utf8')) }).toEqual({
      code: 0,
      same: true,
    })
    const both = await tailrace(cwd, 'list', '--markdown', '--all')
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('leave the other option out') })
  })

  it('init writes what run can load, and overwrites nothing', async () => {
    const cwd = await project({})
    expect((await tailrace(cwd, 'init')).code).toBe(0)
    await writeFile(
      join(cwd, 'tailrace.config.ts'),
      (await readFile(join(cwd, 'tailrace.config.ts'), 'utf8')).replace("'redis'", "'memory'"),
    )
    const run = await tailrace(cwd, 'run')
    expect(run.code).toBe(2)
    expect(run.stdout).toContain('fill in: XADD')
    const again = await tailrace(cwd, 'init')
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('already exist')
  })

  it('demo expects one loss and one pass', async () => {
    const { code, stdout } = await start(await project({}), ['demo'], { PATH: '', REDIS_URL: '', DOCKER_HOST: 'unix:///nowhere.sock' })
      .finished
    expect(stdout).toContain('1 of 1 owed entries lost')
    expect(stdout).toContain('resolved "$" to 1-0')
    expect(stdout).toContain('1 owed, 1 delivered')
    expect(stdout).toContain('No real Redis')
    expect(code).toBe(0)
  })

  it('a reader that has seen enough changes no exit code', async () => {
    const cwd = await project({ 'tailrace.config.ts': BAD })
    for (const [command, expected] of [
      ['list --markdown', 0],
      ['run --scenario empty-gap', 1],
    ] as const) {
      const child = spawn(process.execPath, [main, ...command.split(' ')], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
      child.stdout.destroy()
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      const [code] = (await once(child, 'close')) as [number]
      expect([code, stderr]).toEqual([expected, ''])
    }
  })

  it('help is help, and no command is an error', async () => {
    const cwd = await project({})
    expect((await tailrace(cwd, '--help')).code).toBe(0)
    expect((await tailrace(cwd, 'rnu')).stderr).toContain('Did you mean run?')
  })

  it('Ctrl-C cleans up and exits 130', async () => {
    const slow = `${MODEL}export default defineConfig({ subjects: [{ name: 'slow', store: 'memory', open: async (c) => { console.log('opened'); await new Promise((r) => setTimeout(r, 60_000)); return open(c) } }] })`
    const running = start(await project({ 'tailrace.config.ts': slow }), ['run'])
    await running.shows('opened')
    running.kill('SIGINT')
    const { code, stderr } = await running.finished
    expect(stderr).toContain('interrupted, cleaning up')
    expect(code).toBe(130)
  })

  it('Ctrl-C comes through on the model, too, where nothing ever waits', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD })
    const running = start(cwd, ['run', '--runs', '100000', '--verbose', '--json', 'report.json'])
    await running.shows('good · bursts')
    running.kill('SIGINT')
    const { code, stdout } = await running.finished
    expect(code).toBe(130)
    // What had been run by then is told, and written.
    expect(stdout).toContain('not run to the end: interrupted')
    const { subjects } = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8')) as JsonReport
    expect(subjects).toMatchObject([{ name: 'good', result: 'unknown', error: 'interrupted' }])
    expect(subjects[0]!.scenarios.length).toBeGreaterThan(20)
  })

  it('Ctrl-C does not wait for a schedule that takes its time, and what had been run by then is told', async () => {
    const slow = `${MODEL}
      let tails = 0
      const tail = async (topic) => {
        if (++tails === 12) {
          console.log('waits')
          await new Promise((r) => setTimeout(r, 60_000))
        }
      }
      const opened = async (c) => {
        const model = await open(c)
        return {
          sendData: (...given) => model.sendData(...given),
          readMessages: (...given) => model.readMessages(...given),
          cleanupStream: (...given) => model.cleanupStream(...given),
          getStreamTailId: async (topic) => (await tail(topic), model.getStreamTailId(topic)),
          // It waits for what is under way.
          close: async () => { if (tails >= 12) await new Promise(() => {}) },
        }
      }
      export default defineConfig({ watchdogMs: 60_000, subjects: [{ name: 'slow', store: 'memory', open: opened }] })`
    const cwd = await project({ 'tailrace.config.ts': slow })
    const running = start(cwd, ['run', '--json', 'report.json'])
    await running.shows('waits')
    running.kill('SIGINT')
    const { code, stdout } = await running.finished
    expect(code).toBe(130)
    expect(stdout).toContain('not run to the end: interrupted')
    const { subjects } = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8')) as JsonReport
    expect(subjects[0]).toMatchObject({ error: 'interrupted' })
    expect(subjects[0]!.scenarios.length).toBeGreaterThan(2)
  })

  it('--time ends the bursts, or a number does, whichever comes first; where neither shows anything it is not green', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD })
    const { code, stdout } = await tailrace(cwd, 'run', '--scenario', 'empty-gap', '--time', '1h', '--runs', '7')
    expect(stdout).toMatch(/scenarios 1\/1 · bursts 7\s/)
    expect(code).toBe(0)
    const none = await tailrace(cwd, 'run', '--time', '1ms', '--json', 'report.json')
    expect(none.stdout).toContain('bursts 0, then the time was over')
    expect(none.stdout).toContain('no burst was run: the time of 1 ms was over before the first')
    expect(none.stdout).toContain('exit 2')
    expect(none.code).toBe(2)
    const report = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8')) as JsonReport
    expect(report.subjects[0]).toMatchObject({ result: 'unknown', bursts: { runs: 0, timeMs: 1 } })
    expect(report.subjects[0]!.scenarios.length).toBeGreaterThan(20)
  })

  it('--time that is no time, and one beside a path, are errors of usage', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD })
    for (const args of [['run'], ['explore'], ['wire', '--topic', 't', '--', 'true']]) {
      const bad = await tailrace(cwd, args[0]!, '--time', args[0] === 'run' ? '-1s' : '30', ...args.slice(1))
      expect(bad.stderr).toContain('expected a number with its unit, such as 500ms, 30s, 5m or 1h')
      expect(bad.code).toBe(2)
    }
    const both = await tailrace(cwd, 'run', '--time', '30s', '--seed', '1', '--path', '3')
    expect(both.stderr).toContain('--path runs one burst alone')
    expect(both.code).toBe(2)
    const config = GOOD.replace('bursts: 20', 'timeMs: 0')
    const wrong = await tailrace(await project({ 'tailrace.config.ts': config }), 'run')
    expect(wrong.stderr).toContain('"timeMs" expected at least 1')
    expect(wrong.code).toBe(2)
  })

  it('a time of the configuration is for runs that say nothing else of bursts', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD.replace('bursts: 20', 'timeMs: 1') })
    const bursts = async (...args: string[]) => /bursts [^\n·]+/.exec((await tailrace(cwd, 'run', ...args)).stdout)?.[0].trim()
    expect(await bursts()).toBe('bursts 0, then the time was over')
    expect(await bursts('--profile', 'smoke')).toBeUndefined()
    expect(await bursts('--profile', 'smoke', '--runs', '5')).toBe('bursts 5')
    expect(await bursts('--profile', 'smoke', '--seed', '7', '--path', '3')).toBe('bursts 1')
  })

  it('explore places one fault among the moves, too, where it is told to', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD })
    const { code, stdout } = await tailrace(cwd, 'explore', '--appends', '1', '--cycles', '1', '--faults', '1')
    expect(stdout).toMatch(
      /^([\d,]+) of \1 interleavings, 1 appends × 1 cycles × none or one of \{failing-read, failing-tail, cut, leaving\}, /m,
    )
    expect(stdout).toMatch(/; in [\d,]+ nothing was owed, or the fault could not be$/m)
    expect(code).toBe(0)
    expect((await tailrace(cwd, 'explore', '--faults', '2')).stderr).toContain('expected a whole number of at most 1')
  })

  it('explore stops when its time is over', async () => {
    const cwd = await project({ 'tailrace.config.ts': GOOD })
    const { code, stdout } = await tailrace(cwd, 'explore', '--appends', '6', '--cycles', '9', '--time', '1ms')
    expect(stdout).toContain('stopped: the time of 1 ms was over')
    expect(code).toBe(2)
  })

  it('a rejection that the subject leaves unhandled does not end the run, and is not green', async () => {
    const stray = GOOD.replace('const open = ', "const open = (c) => (Promise.reject(new Error('stray')), open2(c))\nconst open2 = ")
    const { code, stderr, stdout } = await tailrace(await project({ 'tailrace.config.ts': stray }), 'run')
    expect(stderr).toMatch(/unhandled, the first: stray/)
    expect(stdout).toContain('✓')
    expect(code).toBe(2)
  })
})
