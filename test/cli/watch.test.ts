/** Watching, as a process: files are saved, keys are pressed, and what comes is looked at. */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stopwatch } from '../../src/clock/clock.js'
import { smoke } from '../../scenarios/index.js'
import { type Running, project, root, start } from './tailrace.js'

const MODEL = `import { InMemoryStreamRepository, defineConfig, entryOf, isAnnouncement, literalDollar, snapshotCursor } from 'tailrace'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const frames = { entryOf, isAnnouncement }
`
const CONFIG = `import { consume } from '../lib/consumer.js'
${MODEL}export default defineConfig({ subjects: [
  { name: 'good', store: 'memory', open },
  { name: 'edited', store: 'memory', open, consume, ...frames },
] })`
const GOOD = `export { snapshotCursor as consume } from 'tailrace'`
const BAD = `export { literalDollar as consume } from 'tailrace'`
const SMOKED = `${smoke.length}/${smoke.length}`
const DONE = 'waiting for changes'

async function watching(files: Readonly<Record<string, string>>, ...args: string[]) {
  const cwd = await project(files)
  const running = start(cwd, ['run', '--watch', '--config', 'app/tailrace.config.ts', ...args])
  return { running, save: (name: string, text: string) => writeFile(join(cwd, name), text) }
}

async function quit(running: Running) {
  running.press('q')
  return running.finished
}

describe('tailrace run --watch', { timeout: 60_000 }, () => {
  it('runs again, and fresh, when something changes that is imported from anywhere', async () => {
    const { running, save } = await watching({ 'app/tailrace.config.ts': CONFIG, 'lib/consumer.ts': GOOD })
    expect(await running.next(DONE)).toContain('exit 0:')
    const elapsed = stopwatch()
    await save('lib/consumer.ts', BAD)
    await running.next('lib/consumer.ts changed')
    expect(await running.next(DONE)).toMatch(/✗ edited[\s\S]+exit 1:/)
    // Generous: bench/watch.ts has the figure, on a machine that does nothing else.
    expect(elapsed()).toBeLessThan(20_000)
    await save('lib/consumer.ts', GOOD)
    await running.next('exit 0:')
    await running.next(DONE)
    expect(await quit(running)).toMatchObject({ code: 0, stderr: '' })
  })

  it('imports an adapter in JavaScript anew', async () => {
    const config = CONFIG.replace('../lib/', './')
    const { running, save } = await watching({ 'app/tailrace.config.ts': config, 'app/consumer.js': GOOD })
    expect(await running.next(DONE)).toContain('exit 0:')
    await save('app/consumer.js', BAD)
    expect(await running.next(DONE)).toContain('exit 1:')
    expect((await quit(running)).code).toBe(1)
  })

  it('runs what a key asks for', async () => {
    const { running } = await watching({ 'app/tailrace.config.ts': CONFIG, 'lib/consumer.ts': BAD })
    expect(await running.next(DONE)).toMatch(new RegExp(`✓ good[^]+scenarios ${SMOKED}[^]+✗ edited`))
    running.press('f')
    const failed = await running.next(DONE)
    expect(failed).toContain('✗ edited')
    expect(failed).not.toContain('good')
    running.press('p')
    running.press('empty-gap-tx\u007fwice\r')
    expect(await running.next(DONE)).toMatch(/✓ good[\s\S]+scenarios 1\/1/)
    running.press('\r')
    expect(await running.next(DONE)).toMatch(/✓ good[\s\S]+scenarios 1\/1/)
    running.press('pnothing\r')
    await running.next('no scenario has "nothing" in its name')
    running.press('h')
    await running.next('run only what failed')
    running.press('a')
    expect(await running.next(DONE)).toMatch(new RegExp(`✓ good[^]+scenarios ${SMOKED}`))
    expect((await quit(running)).code).toBe(1)
  })

  it('runs the profile that is named, and its bursts again where one has failed', async () => {
    const { running } = await watching({ 'app/tailrace.config.ts': CONFIG, 'lib/consumer.ts': BAD }, '--profile', 'ci', '--runs', '20')
    expect(await running.next(DONE)).toContain('bursts 20')
    running.press('f')
    expect(await running.next(DONE)).toMatch(/--subject edited --seed \d+ --path /)
    await quit(running)
  })

  it('says what does not load, and goes on', async () => {
    const { running, save } = await watching({ 'app/tailrace.config.ts': 'export default {' })
    await running.shows('app/tailrace.config.ts does not load')
    await running.next(DONE)
    await save('app/tailrace.config.ts', CONFIG.replace('../lib/', './'))
    await save('app/consumer.ts', GOOD)
    await running.next('exit 0:')
    await running.next(DONE)
    expect((await quit(running)).code).toBe(0)
  })

  it("watches modules with scenarios of one's own, wherever they are, and knows their names", async () => {
    const late = `import { advanceTo, append, scenario } from 'tailrace'
export default scenario('mine', { summary: 'x', steps: [advanceTo('blocked'), append(1)] })`
    const files = { 'app/tailrace.config.ts': CONFIG, 'lib/consumer.ts': GOOD, 'other/late.ts': 'export default {' }
    const { running, save } = await watching(files, '--schedule', 'other/late.ts')
    await running.shows('other/late.ts does not load')
    await running.next(DONE)
    await save('other/late.ts', late)
    await running.next('other/late.ts changed')
    expect(await running.next(DONE)).toContain(`scenarios ${smoke.length + 1}/${smoke.length + 1}`)
    running.press('pmine\r')
    expect(await running.next(DONE)).toMatch(/✓ good[\s\S]+scenarios 1\/1/)
    await save('other/late.ts', late.replace("scenario('mine'", "scenario('empty-gap'"))
    await running.shows('tailrace has a scenario of that name')
    await running.next(DONE)
    expect((await quit(running)).code).toBe(2)
  })

  it('gives a run up that never ends, a loop even, and leaves no process behind', async () => {
    const endless = `console.log('pid', process.pid, '.'); for (;;);\n`
    const { running, save } = await watching({ 'app/tailrace.config.ts': endless })
    const pid = Number((await running.next(' .')).replace(/\D/g, ''))
    await save('app/tailrace.config.ts', CONFIG.replace('../lib/', './'))
    await save('app/consumer.ts', GOOD)
    await running.next('exit 0:')
    await running.next(DONE)
    running.kill('SIGINT')
    expect((await running.finished).code).toBe(130)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0

/** Runs the rest of its arguments in a terminal of 60 columns; writes each `[text, keys]` pair's keys once its text has come. */
const TERMINAL = `
import fcntl, json, os, pty, struct, sys, termios
script = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 60, 0, 0))
out = b''
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    out += data
    while script and script[0][0].encode() in out:
        os.write(terminal, script.pop(0)[1].encode())
sys.stdout.buffer.write(out)
os.waitpid(pid, 0)
`

describe.skipIf(!PYTHON)('in a terminal', { timeout: 60_000 }, () => {
  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])('gives it back as it was after %s, and shows what is asked for', async (_, end) => {
    const cwd = await project({
      'tailrace.config.ts': `${MODEL}export default defineConfig({ subjects: [{ name: 'good', store: 'memory', open }] })`,
    })
    const main = join(root, 'dist/src/cli/main.js')
    const shell = `echo "before $(stty -g)."; "${process.execPath}" "${main}" run -w; echo "exit $?"; echo "after $(stty -g)."`
    const script = [
      ['waiting for changes', 'p'],
      ['a part of its name', 'emp'],
      ['(2 scenarios)', '\r'],
      ['scenarios 2/2', end],
    ]
    const env = { ...process.env, TERM: 'xterm', FORCE_COLOR: '0' }
    const { stdout } = spawnSync('python3', ['-c', TERMINAL, JSON.stringify(script), 'sh', '-c', shell], { cwd, encoding: 'utf8', env })
    const settings = (when: string) => new RegExp(`${when} ([\\w:]+)\\.`).exec(stdout)?.[1]
    expect(settings('before')).toBeDefined()
    expect(settings('after')).toBe(settings('before'))
    expect(stdout).toContain('scenario: emp')
    expect(stdout).toMatch(end === 'q' ? /exit [02]\r/ : /exit 130\r/)
  })
})
