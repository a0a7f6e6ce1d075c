/**
 * The harness's own connection to a Redis. One connection, used until it breaks; a broken one is not repaired, because
 * a store that went away in the middle of a run leaves no history to judge. Every call then rejects, within bounded time.
 *
 * ioredis is loaded on first use, and through the few members that versions 5 and 6 share.
 */
import type { Socket } from 'node:net'
import { hidePassword, parseRedisUrl } from '../../adapters/redis-url.js'
import { StoreError } from '../store-error.js'
import { withoutSubject } from './subject-sockets.js'

export type RedisArgument = string | number | Buffer

export interface RedisClient {
  /** Where it is connected to, fit for messages. */
  readonly where: string
  readonly socket: Socket
  call(command: string, ...args: RedisArgument[]): Promise<unknown>
  /** Texts of the reply come as buffers. */
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>
  /** MULTI … EXEC. Rejects when any of the commands failed. */
  transaction(commands: readonly RedisArgument[][]): Promise<readonly unknown[]>
  /** At once. Resolves when the socket is closed. */
  close(): Promise<void>
}

interface Ioredis {
  readonly status: string
  readonly stream: Socket
  on(event: string, listener: (error: Error) => void): unknown
  once(event: string, listener: () => void): unknown
  connect(): Promise<void>
  disconnect(): void
  call(command: string, args: RedisArgument[]): Promise<unknown>
  callBuffer(command: string, args: RedisArgument[]): Promise<unknown>
  multi(commands: readonly RedisArgument[][]): { exec(): Promise<[Error | null, unknown][] | null> }
}

const OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  retryStrategy: () => null,
  connectTimeout: 3_000,
  // A server that is stopped, or a machine that sleeps: late is as good as never.
  commandTimeout: 10_000,
  disableClientInfo: true,
  enableReadyCheck: false,
  replyMapping: 'legacy',
}

/** @throws StoreError when there is no ioredis, or nothing answers at `url`. */
export async function connectRedis(url: string): Promise<RedisClient> {
  const where = hidePassword(url)
  const address = addressOf(url)
  const { Redis } = await loadIoredis()
  const redis = new Redis({ ...OPTIONS, ...address })
  let lastError: Error | undefined
  redis.on('error', (error) => (lastError = error))
  const ended = new Promise<void>((resolve) => redis.once('end', resolve))
  const failed = (command: string) => (error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') {
      throw new StoreError(
        `${command} was refused by the Redis at ${where}`,
        'The harness needs this command: give its user the right to it, or use another Redis.',
        error,
      )
    }
    throw new StoreError(
      `lost the Redis at ${where} during ${command}`,
      'Look whether it still runs, then run again: this run has no verdict.',
      lastError ?? error,
    )
  }
  const named = (command: string, args: readonly RedisArgument[]) => [command, ...args.slice(0, 1)].join(' ').toUpperCase()
  const close = async () => {
    redis.disconnect()
    redis.stream?.destroy()
    if (redis.status !== 'end') await ended
  }
  try {
    await withoutSubject(() => redis.connect())
    await redis.call('ping', [])
  } catch (error) {
    await close()
    throw new StoreError(
      `cannot use the Redis at ${where}`,
      'Start one there, or correct the URL (--redis, REDIS_URL) with its user and password.',
      lastError ?? error,
    )
  }
  const together = writesTogether(redis.stream)
  return {
    where,
    socket: redis.stream,
    call: (command, ...args) =>
      together(() => redis.call(command, args)).catch((error) =>
        failed(command === 'client' ? named(command, args) : command.toUpperCase())(error),
      ),
    callBuffer: (command, ...args) => together(() => redis.callBuffer(command, args)).catch(failed(command.toUpperCase())),
    transaction: async (commands) => {
      const replies = await together(() => redis.multi(commands).exec()).catch(failed('MULTI'))
      return (replies ?? []).map(([error, reply], index) => (error ? failed(String(commands[index]?.[0]).toUpperCase())(error) : reply))
    },
    close,
  }
}

/**
 * Commands that are given while an answer is on its way leave in one write when it has come: a write to a socket takes as long
 * as everything else that is done for a command. With one schedule in flight there is hardly ever a second command.
 */
function writesTogether(socket: Socket): <T>(send: () => Promise<T>) => Promise<T> {
  let underWay = 0
  let corked = false
  const uncork = () => {
    corked = false
    socket.uncork()
  }
  const answered = () => {
    underWay--
    // After the microtasks, so that whoever goes on from the same batch of answers is in the next batch of commands too.
    if (corked) process.nextTick(uncork)
  }
  return (send) => {
    if (underWay++ > 0 && !corked) {
      corked = true
      socket.cork()
    }
    const sent = send()
    sent.then(answered, answered)
    return sent
  }
}

function addressOf(url: string): object {
  try {
    return parseRedisUrl(url)
  } catch (error) {
    throw new StoreError('no Redis to connect to', 'Correct the URL (--redis, REDIS_URL), for example redis://127.0.0.1:6379.', error)
  }
}

async function loadIoredis(): Promise<{ Redis: new (options: object) => Ioredis }> {
  try {
    return await import('ioredis')
  } catch (error) {
    throw new StoreError(
      'cannot load ioredis, which the Redis store needs',
      'Install it next to tailrace: npm install --save-dev ioredis',
      error,
    )
  }
}
