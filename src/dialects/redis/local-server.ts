/**
 * A Redis of our own: `redis-server` or `valkey-server` from the PATH, on a free loopback port, keeping nothing.
 * It is stopped by its process id, also when this process exits without closing it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { access, constants, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, Socket, createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../clock/clock.js'
import { StoreError, messageOf } from '../store-error.js'
import { withoutSubject } from './subject-sockets.js'

export interface LocalServer {
  readonly url: string
  readonly pid: number
  /** Stops the server, and removes what it left on disk. */
  close(): Promise<void>
}

const PROGRAMS = ['redis-server', 'valkey-server']
const ATTEMPTS = 5
const READY_MS = 5_000
const STOP_MS = 2_000
const KEPT_OUTPUT = 4_000

/** The full path of a server program, if there is one. */
export async function findServerProgram(path: string | undefined): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    for (const folder of (path ?? '').split(delimiter).filter(Boolean)) {
      const file = join(folder, program)
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return file
    }
  }
  return undefined
}

/** What `--version` says: `7.0.15`. */
export async function serverProgramVersion(program: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: READY_MS })
  return /v=(\S+)/.exec(stdout)?.[1]
}

/** @throws StoreError when the program does not come up. `more` is appended to its arguments. */
export async function startLocalServer(program: string, more: readonly string[] = []): Promise<LocalServer> {
  let last: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await start(program, await freePort(), more)
    } catch (error) {
      // Somebody may have taken the port since we looked.
      last = error
    }
  }
  throw new StoreError(`${program} did not start`, 'Try it by hand, or name a Redis that runs: --redis redis://host:port', last)
}

async function start(program: string, port: number, more: readonly string[]): Promise<LocalServer> {
  const dir = await mkdtemp(join(tmpdir(), 'tailrace-redis-'))
  // Empty reads end on a tick of the server; at hz 500 that is 2 ms instead of 100.
  const args = `--port ${port} --bind 127.0.0.1 --protected-mode yes --daemonize no --appendonly no --hz 500 --dir ${dir} --save`.split(' ')
  const child = spawn(program, [...args, '', ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  // It says so itself. An answer on the port alone could come from another server that was quicker to take it.
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT_OUTPUT)
        if (output.includes('Ready to accept connections')) resolve()
      })
    }
  })
  const onExit = () => {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
  process.once('exit', onExit)
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`it exited with ${signal ?? code}`))
    child.once('error', (error) => resolve(error.message))
  })
  const close = async () => {
    await stop(child, gone)
    process.off('exit', onExit)
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await ready(port, listening, gone)
    // Not in the way of a process that is done: 'exit' stops the server.
    child.unref()
    for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref()
    return { url: `redis://127.0.0.1:${port}`, pid: child.pid!, close }
  } catch (error) {
    await close()
    throw new Error(`${messageOf(error)}${output && ` (${output.trim().split('\n').at(-1)})`}`, { cause: error })
  }
}

async function stop(child: ChildProcess, gone: Promise<string>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  child.kill('SIGTERM')
  const late = new AbortController()
  await Promise.race([gone, systemClock.sleep(STOP_MS, late.signal)])
  late.abort()
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await gone
  }
}

async function ready(port: number, listening: Promise<void>, gone: Promise<string>): Promise<void> {
  const late = new AbortController()
  const failure = Promise.race([gone, systemClock.sleep(READY_MS, late.signal).then(() => `it was not ready within ${READY_MS} ms`)])
  const answer = await Promise.race([listening.then(() => ping(port)), failure])
  late.abort()
  if (answer !== 'PONG') throw new Error(answer)
}

async function ping(port: number): Promise<string> {
  const socket = withoutSubject(() => createConnection({ host: '127.0.0.1', port }))
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return reply.toString().trim().replace(/^\+/, '')
  } finally {
    socket.destroy()
  }
}

/** A port of the loopback address that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
