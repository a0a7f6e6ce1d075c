/**
 * Programs behind the wire in the styles of other people's code, in several languages: correct ones, and for the kinds that have one a twin
 * with one mistake, which loses something. They know nothing of the harness but the two variables that name the server and the key.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CLIENTS = {
  node: { runs: [process.execPath], check: ['-v'], install: '' },
  php: { runs: ['php'], check: ['-r', 'exit(extension_loaded("redis") ? 0 : 1);'], install: 'php-cli php-redis' },
  python: { runs: ['python3', '/usr/bin/python3'], check: ['-c', 'import redis.asyncio'], install: 'python3-redis' },
  ruby: { runs: ['ruby', '/usr/bin/ruby'], check: ['-e', 'require "redis"'], install: 'ruby-redis' },
  shell: { runs: ['bash'], check: ['-c', 'command -v redis-cli'], install: 'redis-tools' },
}
const LANGUAGES = { mjs: 'node', php: 'php', py: 'python', rb: 'ruby', sh: 'shell' }

const found = new Map()
/** The first of a language's interpreters that has a Redis client; undefined where there is none. */
function interpreterOf(language) {
  const { runs, check } = CLIENTS[language]
  if (!found.has(language))
    found.set(
      language,
      runs.find((each) => spawnSync(each, check, { stdio: 'ignore' }).status === 0),
    )
  return found.get(language)
}

const programs = []
/** @param twins what each mistake is called on the command line, and what it is. */
function add(file, summary, options = {}, twins = {}) {
  const { serves, ...rest } = options
  const language = LANGUAGES[file.split('.').at(-1)]
  const path = fileURLToPath(new URL(`wire/${file}`, import.meta.url))
  const program = (name, summary, args = [], more = {}) => ({
    name,
    summary,
    missing: interpreterOf(language) === undefined ? `apt-get install ${CLIENTS[language].install}` : undefined,
    serves: serves !== undefined,
    /** @param port a free one, for a program that serves. */
    options: (port) => ({
      name,
      topic: 'task:*',
      command: [interpreterOf(language), ...(serves === undefined ? [path] : serves(path, port)), ...args],
      deliveries: serves === undefined ? 'stdout' : { sse: `http://127.0.0.1:${port}/` },
      ...rest,
      ...more,
    }),
  })
  programs.push({
    ...program(file, summary),
    // Nothing that they do by a timer brings an entry back.
    twins: Object.entries(twins).map(([how, mistake]) => program(`${file} ${how}`, mistake, [how], { catchUpWithinMs: 0 })),
  })
}
export default programs

const beginning = { startsAt: 'beginning' }
const ready = { startsAt: 'beginning', announcement: /^ready/ }

// ── PHP

add('last-id.php', 'blocking reads from the last id', {}, { dollar: 'asks for "$" at each read' })
add('batches.php', 'a line of JSON for three entries at most')
add('pages.php', 'polls with XRANGE, in a pipeline with XLEN', ready)
add('group.php', 'a group, with XAUTOCLAIM of what is idle', beginning)
add('events.php', 'server-sent events with comments while it is quiet, by the server of PHP', {
  serves: (path, port) => ['-S', `127.0.0.1:${port}`, path],
  announcement: /^event: connected/,
})
add('lock.php', 'reads under a lock, from a cursor in Redis', {}, { tail: 'takes the tail when it gets the lock' })

// ── Python

add('generator.py', 'a generator over blocking reads')
add('queue_ahead.py', 'asyncio, with a task that reads ahead into a queue')
add('claimer.py', 'a group, with a thread that claims what is idle', beginning)
add('split.py', 'prints each entry in pieces')
add('pool.py', 'threads in turn, each on a connection of a pool')

// ── Ruby

add('each.rb', 'an Enumerator over blocking reads')
add('worker.rb', 'a group that looks through its own pending entries', beginning)

// ── Node

add('collect.mjs', 'collects pages, with a connection beside it that rings', beginning, {
  shares: 'reads on from where the one that rings is',
})
add('pool.mjs', 'a pool of node-redis', {}, { 'starts-over': 'asks for the tail again when a connection has failed' })
add('lock.mjs', 'two workers in turn by a lock, from one cursor', {}, { own: 'takes the tail when it gets the lock' })
add('streams.mjs', 'Readable.from and a Transform, which read ahead')
add('hub.mjs', 'one reader for several subscribers in the process')
add('scheme.mjs', 'makes the key from an id', { topic: 'task:*:events' })

// ── redis-cli

add('follow.sh', 'redis-cli for each blocking read, from the last id', {}, { dollar: 'asks for "$" at each read' })
add('poll.sh', 'redis-cli, polling with XRANGE', ready, { late: 'takes the end of the stream for the end of its page' })
