/** A Redis for a test file of its own; what to do where there is none. */
import { setImmediate } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, describe } from 'vitest'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import type { OpenedRepository } from '../../src/dialects/store.js'
import { Passing } from '../../src/testing/instrument.js'
import { wrap } from '../../src/sources/repository/source.js'
import { type FoundRedis, findRedis } from '../../src/dialects/redis/find-redis.js'
import { type LocalServer, findServerProgram, startLocalServer } from '../../src/dialects/redis/local-server.js'

/** Any Redis: the one of `REDIS_URL`, a private one, or a container. */
export async function describeWithRedis(name: string, body: (redis: FoundRedis) => void): Promise<void> {
  const redis = await findRedis().catch((error: unknown) => missing(name, error))
  describe.skipIf(!redis)(name, () => {
    afterAll(() => redis?.close())
    if (redis) body(redis)
  })
}

/** A server of the file's own, which it may set up, hurt and stop. */
export async function describeWithServer(
  name: string,
  body: (start: (more?: readonly string[]) => Promise<LocalServer>) => void,
): Promise<void> {
  const program = (await findServerProgram(process.env['PATH'])) ?? missing(name, new Error('no redis-server or valkey-server on the PATH'))
  describe.skipIf(!program)(name, () => {
    const started: LocalServer[] = []
    afterAll(() => Promise.all(started.map((server) => server.close())))
    body(async (more) => {
      const server = await startLocalServer(program!, more)
      started.push(server)
      return server
    })
  })
}

function missing(name: string, error: unknown): undefined {
  if (process.env['TAILRACE_REQUIRE_REDIS'] === '1') throw error
  console.warn(`SKIPPED, no Redis: ${name}: ${(error as Error).message}`)
  return undefined
}

/** An opened repository as a consumer has it: its calls are the subject's own. */
export const calling = (opened: OpenedRepository): StreamRepository => wrap(opened, new Passing())

/** Resolves as soon as `fact` holds. The test's own time-out ends it otherwise. */
export async function until<T>(fact: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await fact()
    if (found) return found
    await setImmediate()
  }
}

/** The ids of the clients that are blocked in the server. */
export async function blockedClients(client: Redis): Promise<string[]> {
  const list = await clients(client)
  return list.filter((line) => / flags=\S*b/.test(line)).map(idOf)
}

/**
 * The ids of the server's clients, without those of `known`. Where a test counts connections, it asks which are new: one
 * that an earlier test has closed may still be on its way out.
 */
export async function clientIds(client: Redis, known: string[] = []): Promise<string[]> {
  return (await clients(client)).map(idOf).filter((id) => !known.includes(id))
}

async function clients(client: Redis): Promise<string[]> {
  return String(await client.client('LIST'))
    .trim()
    .split('\n')
}

function idOf(line: string): string {
  return /^id=(\d+)/.exec(line)![1]!
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
