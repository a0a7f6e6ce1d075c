/** Programs that are started and ended. A socket of theirs tells us that they are gone. */
import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { WireContext, WireProgram } from '../../../src/subject/wire-subject.js'
import { type CommandOptions, commandSubject, fill } from '../../../src/sources/wire/command.js'

const stopping: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

/** What the program shows, each with a way to wait for it. */
async function run(source: string, options: Partial<CommandOptions> = {}, port = 4711) {
  const seen = { deliveries: [] as string[], announcements: 0, output: [] as string[] }
  const context: WireContext = {
    url: `redis://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    topic: 'task:1',
    onDelivery: (text) => seen.deliveries.push(text),
    onAnnouncement: () => seen.announcements++,
  }
  const subject = commandSubject({
    name: 'program',
    topic: 'task:*',
    command: [process.execPath, '-e', source],
    deliveries: 'stdout',
    onOutput: (line) => seen.output.push(line),
    ...options,
  })
  const program: WireProgram = await subject.start(context)
  stopping.push(() => program.stop())
  return { subject, program, seen }
}

/** Waits for who connects. */
async function door() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stopping.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, visitor: once(server, 'connection') as Promise<[Socket]> }
}

describe('a program that is started', () => {
  it('finds the probe and the topic in its environment and its arguments', async () => {
    const source =
      "console.log(process.env.REDIS_URL, process.env.TAILRACE_TOPIC, process.env.PYTHONUNBUFFERED, process.argv.slice(1).join(' '))"
    const command = [process.execPath, '-e', source, '{topic}', '--at={host}:{port}', '{url}', '{else}']
    const { program, seen } = await run('', { command })
    expect(await program.ended).toBeUndefined()
    expect(seen.deliveries).toEqual(['redis://127.0.0.1:4711 task:1 1 task:1 --at=127.0.0.1:4711 redis://127.0.0.1:4711 {else}'])
  })

  it('finds it under another name, and in another form', async () => {
    const { program, seen } = await run('console.log(process.env.REDIS_HOST)', { variable: 'REDIS_HOST', format: '{host};{port};{topic}' })
    await program.ended
    expect(seen.deliveries).toEqual(['127.0.0.1;4711;task:1'])
  })

  it('delivers where it was told to', async () => {
    const source = "console.log('out'); console.error('err')"
    for (const deliveries of ['stdout', 'stderr'] as const) {
      const { program, seen } = await run(source, { deliveries })
      await program.ended
      expect(seen.deliveries).toEqual([deliveries === 'stdout' ? 'out' : 'err'])
      expect(seen.output.toSorted()).toEqual(['err', 'out'])
    }
  })

  it('announces with a line that matches, and says so of itself', async () => {
    const { program, seen, subject } = await run("console.log('getting ready'); console.log('ready: 1')", { announcement: /^ready/ })
    await program.ended
    expect([seen.announcements, subject.announces]).toEqual([1, true])
    expect((await run('')).subject.announces).toBe(false)
  })

  it('is what its subject says', () => {
    const more = { publish: 'XADD {topic} * a {token}', delivery: 'exactly-once', startsAt: 'beginning' } as const
    expect(commandSubject({ name: 'n', topic: 't', command: ['x'], deliveries: 'stdout', ...more })).toMatchObject({
      name: 'n',
      topic: 't',
      ...more,
    })
  })
})

describe('a program that ends', () => {
  it('says with what, and what it said last', async () => {
    const { program } = await run("for (let i = 1; i < 9; i++) console.error('line ' + i); process.exitCode = 3")
    const said = [4, 5, 6, 7, 8].map((i) => `line ${i}`).join(' | ')
    expect(await program.ended).toBe(`${process.execPath} ended with exit code 3; the last that it said: ${said}`)
  })

  it('names the signal that ended it', async () => {
    const { program } = await run("process.kill(process.pid, 'SIGKILL')")
    expect(await program.ended).toBe(`${process.execPath} ended with SIGKILL`)
  })

  it('cannot be started: says so, and stops at once', async () => {
    const { program } = await run('', { command: ['no-such-program-here'] })
    expect(await program.ended).toMatch(/^no-such-program-here cannot be started: .*ENOENT/)
    await program.stop()
  })
})

describe('a program that is stopped', () => {
  const HOLDS = (detached: boolean) =>
    `require('node:child_process').spawn(process.execPath, ['-e', "require('node:net').connect(+process.argv[1]).on('close', () => process.exit())", '{port}'], { stdio: 'inherit', detached: ${detached} }); setInterval(() => {}, 1000)`

  it('goes, and who it has started goes with it', async () => {
    const { port, visitor } = await door()
    const { program } = await run(HOLDS(false).replace('{port}', String(port)))
    const [socket] = await visitor
    const gone = once(
      socket.on('error', () => {}),
      'close',
    )
    await program.stop()
    await gone
    expect(await program.ended).toMatch(/ended with SIGTERM/)
  })

  it('goes also where it does not want to', async () => {
    const { port, visitor } = await door()
    const { program } = await run("process.on('SIGTERM', () => {}); require('node:net').connect({port})".replace('{port}', String(port)))
    await visitor
    await program.stop()
    expect(await program.ended).toMatch(/ended with SIGKILL/)
  })

  it('is let go of also where somebody outside of its group holds its output open', async () => {
    const { port, visitor } = await door()
    const { program } = await run(HOLDS(true).replace('{port}', String(port)))
    const [socket] = await visitor
    await program.stop()
    expect(socket.destroyed).toBe(false)
    const gone = once(socket, 'close')
    socket.destroy()
    await gone
  })

  it('may be stopped twice', async () => {
    const { program } = await run('setInterval(() => {}, 1000)')
    await Promise.all([program.stop(), program.stop()])
    await program.stop()
  })
})

it('fills in what there is, and leaves the rest', () => {
  expect(fill('{url} {host} {port} {topic} {json} {', { url: 'u', host: 'h', port: 1, topic: '{host}' })).toBe('u h 1 {host} {json} {')
})
