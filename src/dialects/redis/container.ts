/**
 * A Redis in a container, through the optional peer `@testcontainers/redis`, loaded on use.
 *
 * Its reaper is off, since that is a second image to pull: the container goes with `close()`, or with this process. What
 * a crash leaves behind carries the label `org.tailrace=1`: `docker rm -f $(docker ps -aqf label=org.tailrace=1)`.
 */
import { execFileSync } from 'node:child_process'
import { request } from 'node:http'
import { createConnection } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../clock/clock.js'
import { withoutSubject } from './subject-sockets.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface RedisContainer {
  readonly url: string
  close(): Promise<void>
}

const PORT = 6379
const ENGINE_MS = 1_000
const STARTUP_MS = 60_000
const DIRECT_MS = 200
// The module replaces the image's own command, so all of it has to be said.
const COMMAND = ['redis-server', '--protected-mode', 'no', '--save', '', '--appendonly', 'no', '--hz', '500']

export const containerImage = (env: Environment): string => env['TAILRACE_REDIS_IMAGE'] ?? 'redis:7-alpine'

/** A Docker engine that answers, and its version. */
export async function findEngine(env: Environment): Promise<{ readonly at: string; readonly version: string } | undefined> {
  const home = homedir()
  const named = env['DOCKER_HOST']
  const sockets = ['/var/run/docker.sock', join(home, '.docker/run/docker.sock'), join(home, '.docker/desktop/docker.sock')]
  if (env['XDG_RUNTIME_DIR']) sockets.push(join(env['XDG_RUNTIME_DIR'], 'docker.sock'))
  for (const at of named ? [named] : sockets.map((path) => `unix://${path}`)) {
    const version = await engineVersion(at).catch(() => undefined)
    if (version !== undefined) return { at, version }
  }
  return undefined
}

function engineVersion(at: string): Promise<string | undefined> {
  const url = new URL(at.replace(/^tcp:/, 'http:'))
  const to = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 }
  return new Promise((resolve, reject) => {
    const asked = withoutSubject(() => request({ ...to, path: '/version', timeout: ENGINE_MS }))
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', reject)
    asked.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('error', reject).on('end', () => resolve(/"Version":\s*"([^"]+)"/.exec(body)?.[1]))
    })
    asked.end()
  })
}

export const loadTestcontainers = () => import('@testcontainers/redis')

export async function startContainer(env: Environment): Promise<RedisContainer> {
  const restore = configure(env)
  try {
    const { RedisContainer } = await loadTestcontainers()
    const container = new RedisContainer(containerImage(env)).withCommand(COMMAND).withLabels({ 'org.tailrace': '1' })
    const started = await withoutSubject(() => container.withStartupTimeout(STARTUP_MS).start())
    let stopping: Promise<void> | undefined
    const onExit = () => removeNow(started.getId())
    process.once('exit', onExit)
    const inside = started.getIpAddress(started.getNetworkNames()[0] ?? 'bridge')
    // Past the port mapping where we can: the server then sees connections under the addresses that they have here.
    const direct = inside !== '' && (await accepts(inside))
    return {
      url: direct ? `redis://${inside}:${PORT}` : `redis://${started.getHost()}:${started.getMappedPort(PORT)}`,
      close: () => (stopping ??= started.stop().then(() => void process.off('exit', onExit))),
    }
  } finally {
    restore()
  }
}

/** testcontainers takes these from the environment only. What the user has set stays. */
function configure(env: Environment): () => void {
  const local = !/^(tcp|https?|ssh):/.test(env['DOCKER_HOST'] ?? '')
  const wanted = { TESTCONTAINERS_RYUK_DISABLED: 'true', ...(local && { TESTCONTAINERS_HOST_OVERRIDE: 'localhost' }) }
  const added = Object.entries(wanted).filter(([name]) => process.env[name] === undefined)
  for (const [name, value] of added) process.env[name] = value
  return () => {
    for (const [name] of added) delete process.env[name]
  }
}

async function accepts(host: string): Promise<boolean> {
  const socket = withoutSubject(() => createConnection({ host, port: PORT }))
  const late = new AbortController()
  const connected = new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)))
  try {
    return await Promise.race([connected, systemClock.sleep(DIRECT_MS, late.signal).then(() => false)])
  } finally {
    late.abort()
    socket.destroy()
  }
}

/** At exit nothing can be waited for, except for a program. */
function removeNow(id: string): void {
  try {
    execFileSync('docker', ['rm', '--force', '--volumes', id], { stdio: 'ignore', timeout: 5_000 })
  } catch {
    // No docker program: the label tells whose it is.
  }
}
