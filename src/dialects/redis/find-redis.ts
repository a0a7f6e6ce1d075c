/**
 * Where a Redis comes from. The first of these that there is:
 *
 *  1. the URL that was given, or `REDIS_URL`: others may use that server too. Where it does not answer, the run fails;
 *     to go on with another Redis than the one that was named would test the wrong thing;
 *  2. a server program on the PATH, started for this run only;
 *  3. a container, where a Docker engine answers.
 */
import { hidePassword } from '../../adapters/redis-url.js'
import { containerImage, findEngine, loadTestcontainers, startContainer } from './container.js'
import { findServerProgram, serverProgramVersion, startLocalServer } from './local-server.js'
import { connectRedis } from './redis-client.js'
import { StoreError, messageOf } from '../store-error.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface FindRedisOptions {
  /** Of `--redis`. Goes before `REDIS_URL`. */
  readonly url?: string | undefined
  /** Default `process.env`. */
  readonly env?: Environment
}

export interface FoundRedis {
  readonly url: string
  /** `redis 7.0.15 (private process)` */
  readonly description: string
  readonly version: string
  /** Is the server used by others too? */
  readonly shared: boolean
  close(): Promise<void>
}

/** What `tailrace doctor` shows of one source. */
export interface Source {
  readonly source: 'REDIS_URL' | 'server program' | 'container'
  readonly found: boolean
  /** It was named: whether it is there or not, no other is tried in its place. */
  readonly named: boolean
  readonly version?: string
  readonly detail: string
  readonly howToGet: string
}

const HOW_TO_GET = {
  REDIS_URL: 'set REDIS_URL (or --redis) to a Redis that runs, for example redis://127.0.0.1:6379',
  'server program': 'install one: apt-get install redis-server, brew install redis, or valkey',
  container: 'start Docker, and npm install --save-dev @testcontainers/redis@11',
} as const

/** @throws StoreError when there is none, or the one that was named does not answer. */
export async function findRedis({ url, env = process.env }: FindRedisOptions = {}): Promise<FoundRedis> {
  const named = url || env['REDIS_URL']
  if (named) return described(named, `${url ? '--redis' : 'REDIS_URL'} ${shortUrl(named)}`, true, async () => {})
  const tried: string[] = []
  for (const attempt of [fromProgram, fromContainer]) {
    const found = await attempt(env)
    if (typeof found !== 'string') return found
    tried.push(found)
  }
  const how = Object.values(HOW_TO_GET).map((line) => `  - ${line}`)
  throw new StoreError(`no Redis found: no URL was given, ${tried.join(', ')}`, `Any one of these will do:\n${how.join('\n')}`)
}

/** Looks at every source, and leaves nothing running. */
export const probeSources = async ({ url, env = process.env }: FindRedisOptions = {}): Promise<Source[]> => [
  await source('REDIS_URL', 'not set', url || env['REDIS_URL'], async (named) => {
    const { name, version } = await infoOf(named)
    return { version, detail: `${name} at ${shortUrl(named)}` }
  }),
  await source('server program', 'none on the PATH', await findServerProgram(env['PATH']), async (program) => {
    const { close } = await startLocalServer(program)
    await close()
    const version = await serverProgramVersion(program)
    return { ...(version && { version }), detail: program }
  }),
  await source('container', 'no Docker engine answers', await findEngine(env), async ({ at, version }) => {
    await loadTestcontainers()
    return { version, detail: `${containerImage(env)}, by docker ${version} at ${at}` }
  }),
]

async function source<T>(
  name: Source['source'],
  absent: string,
  there: T | undefined | '',
  look: (there: T) => Promise<{ version?: string; detail: string }>,
): Promise<Source> {
  const is = { source: name, named: name === 'REDIS_URL' && Boolean(there), howToGet: HOW_TO_GET[name] }
  if (!there) return { ...is, found: false, detail: absent }
  try {
    return { ...is, found: true, ...(await look(there)) }
  } catch (error) {
    return { ...is, found: false, detail: messageOf(error).split('\n')[0]! }
  }
}

async function fromProgram(env: Environment): Promise<FoundRedis | string> {
  const program = await findServerProgram(env['PATH'])
  if (!program) return 'no redis-server or valkey-server is on the PATH'
  try {
    const { url, close } = await startLocalServer(program)
    return await described(url, 'private process', false, close)
  } catch (error) {
    return messageOf(error).split('\n')[0]!
  }
}

async function fromContainer(env: Environment): Promise<FoundRedis | string> {
  if (!(await findEngine(env))) return 'no Docker engine answers'
  try {
    const { url, close } = await startContainer(env)
    return await described(url, `container ${containerImage(env)}`, false, close)
  } catch (error) {
    return `a container of ${containerImage(env)} did not start (${messageOf(error).split('\n')[0]})`
  }
}

async function described(url: string, where: string, shared: boolean, close: () => Promise<void>): Promise<FoundRedis> {
  try {
    const { name, version } = await infoOf(url)
    return { url, description: `${name} (${where})`, version, shared, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function infoOf(url: string): Promise<{ name: string; version: string }> {
  const client = await connectRedis(url)
  try {
    // Managed servers may refuse INFO; the version is only for people.
    const info = String(await client.call('info', 'server').catch(() => ''))
    const version = /^valkey_version:(\S+)/m.exec(info)?.[1] ?? /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of unknown version'
    return { name: `${/^server_name:valkey/m.test(info) ? 'valkey' : 'redis'} ${version}`, version }
  } finally {
    await client.close()
  }
}

/** `127.0.0.1:6379`, `/run/redis.sock`. */
const shortUrl = (url: string): string =>
  hidePassword(url)
    .replace(/^\w+:\/\/([^@/]*@)?/, '')
    .replace(/\/$/, '')
