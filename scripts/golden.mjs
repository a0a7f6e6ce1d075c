/**
 * Golden histories: what the harness of one checkout records and judges, pair by pair (subject × case), to be compared
 * with what any other checkout makes of the same. It runs the compiled code of that checkout's dist/: build it first.
 *
 *   node scripts/golden.mjs record  <checkout> <outdir> [--store memory|redis|wire] [--only text] [--jobs n] [--verbose]
 *   node scripts/golden.mjs compare <checkout> <outdir> [--store …] [--only text] [--jobs n] [--limit n] [--retries n] [--mark-unstable] [--verbose]
 *
 *  - memory  every mutant and correct implementation × (undisturbed, every scenario, 40 bursts of seed 42)
 *  - redis   the same without the bursts, on a private redis-server
 *  - wire    the programs of examples/wire and the consumers below × (every wire scenario, undisturbed, 10 bursts)
 *
 * Without --store: memory, then redis. `--only` takes the pairs whose "subject / case" contains the text; of such a
 * subject every case runs all the same, since cases may leave something behind for the next on an opened repository.
 *
 * <outdir>/<store>/<subject>.jsonl.gz holds a line for each case: its history and its verdict, keys sorted, no wall-clock.
 * <outdir>/digests-<store>.json holds ten hex digits of the sha256 of each; where the former is not there, `compare` makes do
 * with the digests, and cannot say what it was. <outdir>/unstable-<store>.json lists pairs that the recorded checkout
 * itself does not give twice (`subject / *`: whatever the case); of these only whether there is a history is compared. `--mark-unstable` adds what differs to it: for a comparison of the
 * recorded checkout with itself. What differs is tried again a few times, unless it is much; a pair that is then as recorded
 * is named, and counts as equal.
 *
 * `compare` exits 1 where a pair differs, is gone, or is new.
 */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

// ── What is used of a checkout ──────────────────────────────────────────────────────────────────────────────────────────

/**
 * Logical name → where it may be, relative to dist/, and what it may be called there; the first that is there is taken.
 * When code moves, add its new place to the list: old checkouts go on working. What is at none of these places is looked
 * for by its name in all of dist/, and taken if exactly one module exports it.
 */
const INTERNALS = {
  scenarios: [['scenarios/index.js'], ['scenarios']],
  wireScenarios: [['scenarios/wire/index.js'], ['wireScenarios']],
  mutants: [['src/kit/mutants/index.js', 'src/mutants/index.js'], ['mutants']],
  mutantSubject: [['src/kit/mutants/index.js', 'src/mutants/index.js'], ['mutantSubject']],
  correctImplementations: [['src/kit/correct/correct.js', 'src/mutants/correct.js'], ['correctImplementations']],
  Runner: [
    ['src/run/runner.js', 'src/suite/subject-runner.js'],
    ['Runner', 'SubjectRunner'],
  ],
  gatesOf: [['src/suite/subject-runner.js'], ['gatesOf']],
  notApplicable: [['src/suite/resolve.js'], ['notApplicable']],
  burstCandidates: [
    ['src/suite/strategies.js', 'src/search/bursts.js'],
    ['burstCandidates', 'bursts'],
  ],
  schedule: [['src/schedule/schedule.js'], ['schedule']],
  turnedTo: [['src/schedule/turned.js'], ['turnedTo']],
  openStore: [['src/store/open-store.js'], ['openStore']],
  findRedis: [['src/store/find-redis.js'], ['findRedis']],
  wire: [['src/wire/definition.js'], ['wire']],
  commandSubject: [['src/wire/command.js'], ['commandSubject']],
  wireRunner: [
    ['src/suite/run-wire.js', 'src/run/target.js'],
    ['wireRunner', 'runnerOf'],
  ],
  runWire: [
    ['src/suite/run-wire.js', 'src/run/run-target.js'],
    ['runWire', 'runTarget'],
  ],
  /** Since there is one pipeline: makes of what `wire` gives what it runs. */
  wireTarget: [['src/run/wire-target.js'], ['wireTarget'], 'optional'],
}

/** How they are called. When a signature changes, this is the place. */
const USE = {
  runner: ({ Runner }, definition, store, options) => new Runner(definition, store, options),
  judge: async (runner, schedule, consumer) => {
    const { run, verdict } = await runner.judge(schedule, consumer)
    return { run, verdict, history: run.history }
  },
  mutant: ({ mutantSubject }, mutant, kind) => mutantSubject(mutant, kind),
  correct: (_, implementation, kind) => implementation.subject(kind),
  /** The first so many bursts of the seed. */
  bursts: async ({ burstCandidates }, runs, seed) => {
    const schedules = []
    const from = burstCandidates.length === 2 ? burstCandidates(runs, seed) : burstCandidates({ runs, seed, shrink: false })
    if ('next' in from && 'told' in from) {
      const judged = { run: { ending: { kind: 'completed' }, history: [] }, verdict: { result: 'valid', anomalies: [], counts: {} } }
      for (let next = await from.next(); next !== undefined; next = await from.next()) {
        schedules.push(next.schedule)
        from.told(judged)
      }
    } else for await (const { schedule } of from) schedules.push(schedule)
    return schedules
  },
  wireRunner: ({ wireRunner, wireTarget }, wired, watchdogMs) =>
    wireTarget === undefined
      ? wireRunner(wired, watchdogMs)
      : wireRunner(wireTarget(wired), watchdogMs === undefined ? {} : { watchdogMs }),
  runWire: ({ runWire, wireTarget }, wired, options) => runWire(wireTarget === undefined ? wired : wireTarget(wired), options),
  /** Why this scenario says nothing about the subject, or undefined. */
  notApplicable: ({ notApplicable, gatesOf }, definition, scenario, undisturbed) =>
    notApplicable(definition, scenario, gatesOf(undisturbed)),
}

async function loadInternals(checkout) {
  const dist = join(checkout, 'dist')
  if (!existsSync(dist)) throw new Error(`${dist} is not there: npm run build`)
  const loaded = {}
  let files
  for (const [name, [paths, exports, optional]] of Object.entries(INTERNALS)) {
    for (const path of paths.filter((each) => existsSync(join(dist, each)))) {
      const module = await import(pathToFileURL(join(dist, path)).href)
      const known = exports.find((each) => each in module)
      if (known !== undefined) loaded[name] ??= module[known]
    }
    if (loaded[name] !== undefined) continue
    files ??= filesBelow(dist).map((file) => [file, readFileSync(file, 'utf8')])
    const declaring = (each) => {
      const declares = new RegExp(`^export (?:async )?(?:function\\*?|class|const|let) ${each}\\b`, 'm')
      return files.filter(([, text]) => declares.test(text)).map(([file]) => file)
    }
    const found = exports.map(declaring).find((each) => each.length > 0) ?? []
    if (found.length === 0 && optional) continue
    if (found.length !== 1) {
      const where = found.map((file) => relative(dist, file)).join(', ')
      throw new Error(
        `"${name}" is ${found.length === 0 ? 'nowhere' : `at several places (${where})`} in ${dist}: see INTERNALS in golden.mjs`,
      )
    }
    const module = await import(pathToFileURL(found[0]).href)
    loaded[name] = module[exports.find((each) => each in module)]
  }
  return loaded
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name))

// ── Cases ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const SEED = 42
const BURSTS = { memory: 40, redis: 0, wire: 10 }
/** As in the self-test: its correct implementations have the default. */
const WATCHDOG_MS = { memory: 100, redis: 1500 }
/** How often what differs is tried again: on a server, a few pairs hang on its clock, or on who was quicker. */
const RETRIES = { memory: 2, redis: 3, wire: 2 }
/** The definitions of the schedules themselves, beside the subjects. */
const SCHEDULES = '(schedules)'

const burstsOf = async (internals, runs) => (runs > 0 ? USE.bursts(internals, runs, SEED) : [])

/** Subject name → an async generator of [case, outcome]; the second is { history, verdict }, or { skipped }, or { error }. */
async function subjectsOf(kind, internals, checkout) {
  if (kind === 'wire') return wireSubjectsOf(internals, checkout)
  const { mutants, correctImplementations, openStore, scenarios } = internals
  let opened
  const store = () => (opened ??= openStore(kind, {}))
  const subjects = new Map([[SCHEDULES, () => schedulesOf(internals, scenarios, BURSTS[kind])]])
  for (const mutant of mutants) {
    const definition = USE.mutant(internals, mutant, kind)
    subjects.set(definition.name, async () =>
      casesOf(internals, definition, await store(), BURSTS[kind], { watchdogMs: WATCHDOG_MS[kind] }),
    )
  }
  for (const implementation of correctImplementations) {
    const definition = USE.correct(internals, implementation, kind)
    subjects.set(definition.name, async () => casesOf(internals, definition, await store(), BURSTS[kind], {}))
  }
  return { subjects, close: async () => (await opened)?.close() }
}

async function* schedulesOf(internals, scenarios, bursts) {
  for (const scenario of scenarios) yield [scenario.name, { scenario }]
  for (const [i, schedule] of (await burstsOf(internals, bursts)).entries()) yield [`burst ${i + 1}`, { schedule }]
}

async function* casesOf(internals, definition, store, bursts, options) {
  const runner = USE.runner(internals, definition, store, options)
  const undisturbed = await outcomeOf(runner, internals.schedule([]))
  yield ['undisturbed', undisturbed]
  for (const scenario of internals.scenarios) {
    const skipped = undisturbed.run && USE.notApplicable(internals, definition, scenario, undisturbed.run)
    yield [scenario.name, skipped === undefined ? await outcomeOf(runner, scenario.schedule, scenario.consumer) : { skipped }]
  }
  for (const [i, schedule] of (await burstsOf(internals, bursts)).entries()) yield [`burst ${i + 1}`, await outcomeOf(runner, schedule)]
  yield ['close', await closingOf(runner)]
}

async function outcomeOf(runner, schedule, consumer) {
  try {
    return await USE.judge(runner, schedule, consumer)
  } catch (error) {
    return { error: String(error?.message ?? error) }
  }
}

async function closingOf(runner) {
  try {
    await runner.close()
    return { leak: runner.leak ?? null }
  } catch (error) {
    return { error: String(error?.message ?? error) }
  }
}

// ── Cases over the wire ─────────────────────────────────────────────────────────────────────────────────────────────────

async function wireSubjectsOf(internals, checkout) {
  const { wireScenarios, findRedis, wire, turnedTo, schedule } = internals
  const subjects = new Map([[SCHEDULES, () => schedulesOf(internals, wireScenarios, BURSTS.wire)]])

  async function* cases(subject, { fast = false, watchdogMs } = {}) {
    const wired = await wire(subject, await findRedis({}), { fast })
    try {
      const progress = (activity) => report({ at: `${activity.part} ${activity.what ?? ''} ${activity.done ?? ''}` })
      const options = { scenarios: wireScenarios, bursts: 0, seed: SEED, onProgress: progress }
      const result = await USE.runWire(internals, wired, { ...options, ...(watchdogMs === undefined ? {} : { watchdogMs }) })
      for (const { name, history, verdict, notes, smallest } of result.scenarios) {
        yield [name === 'undisturbed' ? 'survey' : name, { history, verdict, notes }]
        if (smallest !== undefined) yield [`${name}, smallest`, { schedule: smallest }]
      }
      for (const { name, reason } of result.skipped) yield [name, { skipped: reason }]
      if (result.error !== undefined) yield ['suite', { error: result.error }]

      const runner = USE.wireRunner(internals, wired, watchdogMs)
      yield ['undisturbed', await outcomeOf(runner, schedule([]))]
      if (subject.notify === undefined) {
        const count = typeof subject.consumers === 'object' ? subject.consumers.length : (subject.consumers ?? 1)
        const all = (await burstsOf(internals, 4 * BURSTS.wire)).filter(
          ({ steps }) => subject.retries || steps.every((step) => !('fail' in step)),
        )
        for (const [i, each] of all.slice(0, BURSTS.wire).entries()) {
          const turned = count === 1 ? each : turnedTo(each, each.steps.length % count, count)
          yield [`burst ${i + 1}`, await outcomeOf(runner, turned)]
        }
      }
      yield ['close', await closingOf(runner)]
    } finally {
      await wired.store.close()
    }
  }

  for (const [name, make] of programs(internals, checkout)) subjects.set(name, async () => cases(await make()))
  const { Redis } = createRequire(join(checkout, 'package.json'))('ioredis')
  for (const subject of consumers(Redis)) subjects.set(`node/${subject.name}`, () => cases(subject, { watchdogMs: 1500 }))
  for (const subject of consumers(Redis).filter(({ name }) => FAST.has(name)))
    subjects.set(`node, fast/${subject.name}`, () => cases(subject, { watchdogMs: 1500, fast: true }))
  return { subjects, close: async () => {} }
}

/** The programs of examples/wire: as test/wire/languages.ts has them. Debian's python3-redis and ruby-redis are needed. */
function programs({ commandSubject }, checkout) {
  const example = (file) => join(checkout, 'examples/wire', file)
  const loops = ['literal-dollar', 'snapshot']
  // These take longest, so they go first.
  const sse = loops.map((loop) => [
    `SSE ${loop}`,
    async () => {
      const port = await freePort()
      return commandSubject({
        name: `SSE ${loop}`,
        topic: 'task:demo',
        command: [process.execPath, join(checkout, 'node_modules/jiti/lib/jiti-cli.mjs'), example('sse.ts'), loop, String(port)],
        deliveries: { sse: `http://127.0.0.1:${port}/tasks/demo/events` },
        announcement: /^event: connected$/,
      })
    },
  ])
  const scripts = [
    ['Ruby', '/usr/bin/ruby', 'rb'],
    ['Python', '/usr/bin/python3', 'py'],
  ].flatMap(([language, program, extension]) =>
    loops.map((loop) => {
      const name = `${language} ${loop}`
      const command = [program, example(`${loop}.${extension}`)]
      return [name, async () => commandSubject({ name, topic: 'events:*', command, deliveries: 'stdout' })]
    }),
  )
  return [...sse, ...scripts]
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Those that are also run with modelled time-outs. */
const FAST = new Set(['snapshot', 'literal-dollar', 'group-reads-pending', 'for-ever'])

/** Consumers in this process, on ioredis: those of test/support/wire-consumers.ts and of test/integration/wire-*.test.ts. */
function consumers(Redis) {
  const CLIENT = {
    disableClientInfo: true,
    enableReadyCheck: false,
    replyMapping: 'legacy',
    retryStrategy: () => 1,
    maxRetriesPerRequest: 0,
  }
  const connect = (port, options = {}) => {
    const redis = new Redis(port, '127.0.0.1', { ...CLIENT, ...options })
    redis.on('error', () => undefined)
    return redis
  }
  const inProcess = (name, loop, { client = {}, ...more } = {}) => ({
    name,
    topic: 'task:*',
    ...more,
    start: (context) => {
      const redis = connect(context.port, client)
      const stop = new AbortController()
      const deliver = ([, fields]) => context.onDelivery(fields.join(' '))
      const ended = loop({ ...context, redis, running: stop.signal, deliver }).then(
        () => undefined,
        (error) => (stop.signal.aborted ? undefined : error.message),
      )
      return {
        ended,
        stop: async () => {
          stop.abort()
          redis.disconnect()
          await ended
        },
      }
    },
  })
  const patiently = async ({ running }, ask) => {
    while (!running.aborted) {
      try {
        return await ask()
      } catch {
        await sleep(1)
      }
    }
    return undefined
  }
  const entriesOf = (streams) => streams?.flatMap(([, entries]) => entries) ?? []
  const tailOf = async (loop) => (await patiently(loop, () => loop.redis.xrevrange(loop.topic, '+', '-', 'COUNT', 1)))?.[0]?.[0] ?? '0-0'
  const xread = ({ redis, topic }, cursor, block) => redis.xread('COUNT', 10, 'BLOCK', block, 'STREAMS', topic, cursor)
  const snapshotLoop = async (loop, block = 2000, from) => {
    let cursor = from ?? (await tailOf(loop))
    while (!loop.running.aborted) {
      for (const entry of entriesOf(await patiently(loop, () => xread(loop, cursor, block)))) {
        loop.deliver(entry)
        cursor = entry[0]
      }
    }
  }
  const group = (owns) =>
    inProcess(owns ? 'group-reads-pending' : 'group-forgets', async (loop) => {
      const { redis, topic, running, deliver } = loop
      const make = () =>
        redis.xgroup('CREATE', topic, 'g', '$', 'MKSTREAM').catch((error) => {
          if (!error.message.startsWith('BUSYGROUP')) throw error
        })
      await patiently(loop, make)
      let cursor = '>'
      while (!running.aborted) {
        try {
          const entries = entriesOf(await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))
          for (const entry of entries) deliver(entry)
          if (entries.length > 0) await redis.xack(topic, 'g', ...entries.map(([id]) => id))
          else cursor = '>'
        } catch (error) {
          if (owns) cursor = '0'
          if (error.message.startsWith('NOGROUP') && owns) await patiently(loop, () => redis.xgroup('CREATE', topic, 'g', '0', 'MKSTREAM'))
          else await sleep(1)
        }
      }
    })
  /** One that acknowledges before it hands out, and looks at what is pending each time. */
  const earlyAcknowledging = inProcess(
    'group-acknowledges-early',
    async (loop) => {
      const { redis, topic, deliver } = loop
      await patiently(loop, () => redis.call('XGROUP', 'CREATE', topic, 'workers', '0', 'MKSTREAM'))
      const from = async (cursor) =>
        (await redis.xreadgroup('GROUP', 'workers', 'w', 'COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))?.[0]?.[1] ?? []
      const handle = async (entries) => {
        for (const [id] of entries) await redis.xack(topic, 'workers', id)
        for (const entry of entries) deliver(entry)
      }
      while (!loop.running.aborted)
        await patiently(loop, async () => {
          await handle(await from('0'))
          await handle(await from('>'))
        })
    },
    { startsAt: 'beginning' },
  )
  const snapshot = inProcess('snapshot', (loop) => snapshotLoop(loop))
  const announces = inProcess(
    'announces',
    async (loop) => {
      const cursor = await tailOf(loop)
      loop.onAnnouncement()
      await snapshotLoop(loop, 2000, cursor)
    },
    { announces: true, retries: true },
  )
  /** Gives a read up that takes too long. */
  const impatient = inProcess('impatient', (loop) => snapshotLoop(loop), { client: { commandTimeout: 400, blockingTimeout: 400 } })
  const twoStreams = (from, onlyFirst) =>
    inProcess(`two-streams-${from === '$' ? 'dollar' : 'tail'}${onlyFirst ? '-only-first' : ''}`, async (loop) => {
      const { redis, topic } = loop
      const keys = [topic, `${topic}:more`]
      const cursors = new Map()
      for (const key of keys) cursors.set(key, from === '$' ? '$' : await tailOf({ ...loop, topic: key }))
      while (!loop.running.aborted) {
        const ids = keys.map((key) => cursors.get(key))
        const answer = await patiently(loop, () => redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', ...keys, ...ids))
        for (const [key, entries] of onlyFirst ? (answer ?? []).slice(0, 1) : (answer ?? [])) {
          for (const entry of entries) {
            // One that forgets a stream of an answer has often one cursor for all of them.
            for (const moved of onlyFirst ? keys : [key]) cursors.set(moved, entry[0])
            loop.deliver(entry)
          }
        }
      }
    })
  const publishing = (sendsAgain) => ({
    ...snapshot,
    name: sendsAgain ? 'publisher-sends-again' : 'publisher-looks-first',
    appendsThroughProbe: true,
    publish: async ({ probe, topic, data }) => {
      const redis = connect(Number(new URL(probe).port), { maxRetriesPerRequest: sendsAgain ? 5 : 0 })
      try {
        return await redis.xadd(topic, '*', 'data', JSON.stringify(data))
      } catch (error) {
        const found = (await redis.xrange(topic, '-', '+')).find(([, fields]) => fields.includes(JSON.stringify(data)))
        if (found === undefined) throw error
        return found[0]
      } finally {
        redis.disconnect()
      }
    },
  })
  const told = (takes) => ({
    name: `takes-${takes}`,
    topic: 'task:*',
    startsAt: 'beginning',
    notify: 'PUBLISH {topic}:live "{id} {json}"',
    retries: true,
    start: ({ port, topic, onDelivery }) => {
      const options = { retryStrategy: () => 5, autoResubscribe: false, maxRetriesPerRequest: null, enableReadyCheck: true }
      const [live, data] = [connect(port, options), connect(port, options)]
      let cursor = '0-0'
      let reading = Promise.resolve()
      const readAll = async () => {
        for (const [id, fields] of await data.xrange(topic, `(${cursor}`, '+')) {
          onDelivery(fields.join(' '))
          cursor = id
        }
      }
      const readOn = () => (reading = reading.then(readAll).catch(() => undefined))
      live.on('ready', () => void live.subscribe(`${topic}:live`).then(readOn, () => undefined))
      live.on('message', (_, message) => {
        if (takes === 'signs') return void readOn()
        const [id = '', json = ''] = message.split(' ')
        onDelivery(json)
        cursor = id
      })
      return { stop: () => [live, data].forEach((redis) => redis.disconnect()) }
    },
  })
  const beside = (hows) => ({
    name: hows.map((how) => (how === '$' ? 'dollar' : how)).join('-beside-'),
    topic: 'task:*',
    consumers: ['reader-a', 'reader-b'],
    retries: true,
    start: ({ port, topic, onDelivery }) => {
      const clients = hows.map((how, index) => {
        const name = `reader-${'ab'[index]}`
        const redis = connect(port, { connectionName: name, retryStrategy: () => 2, enableReadyCheck: true })
        const run = async () => {
          let cursor = how === '$' ? '$' : undefined
          while (redis.status !== 'end') {
            try {
              cursor ??= (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
              for (const [id, fields] of entriesOf(await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))) {
                onDelivery(`${name}: ${fields.join(' ')}`)
                cursor = id
              }
            } catch {
              await sleep(2)
            }
          }
        }
        void run()
        return redis
      })
      return { stop: () => clients.forEach((redis) => redis.disconnect()) }
    },
  })
  const literalDollar = inProcess('literal-dollar', async (loop) => {
    while (!loop.running.aborted) for (const entry of entriesOf(await patiently(loop, () => xread(loop, '$', 2000)))) loop.deliver(entry)
  })
  return [
    literalDollar,
    snapshot,
    { ...snapshot, name: 'snapshot-retries', retries: true },
    inProcess('for-ever', (loop) => snapshotLoop(loop, 0)),
    inProcess('from-beginning', (loop) => snapshotLoop(loop, 2000, '0-0'), { startsAt: 'beginning', retries: true }),
    inProcess('resp2', (loop) => snapshotLoop(loop), { client: { protocol: 2 } }),
    // What is appended is in another one: all is lost.
    inProcess('another-database', (loop) => snapshotLoop(loop), { client: { protocol: 2, db: 3 } }),
    announces,
    impatient,
    group(false),
    group(true),
    earlyAcknowledging,
    twoStreams('$', false),
    twoStreams('tail', false),
    twoStreams('tail', true),
    publishing(true),
    publishing(false),
    told('messages'),
    told('signs'),
    beside(['snapshot', 'snapshot']),
    beside(['snapshot', '$']),
  ]
}

// ── Outcomes as text ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Keys sorted: in which order a property was written says nothing. */
function sorted(value) {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  // By definition: `__proto__` may be a key of a payload.
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}

/** What of strings is this run's own: ports, and names drawn at random. */
const withoutOwn = (text) =>
  text.replaceAll(/(127\.0\.0\.1|localhost):\d{2,5}/g, '$1:PORT').replaceAll(/\btailrace([:-])[0-9a-f]{12}\b/g, 'tailrace$1RANDOM')

/** A line of the file. What is run beside history and verdict (milliseconds, how it ended) is left out. */
function lineOf(name, outcome) {
  return withoutOwn(JSON.stringify({ case: name, ...sorted({ ...outcome, run: undefined }) }))
}

const digestOf = (line) => createHash('sha256').update(line).digest('hex').slice(0, 10)

// ── A worker: runs subjects, one after the other, as it is told ─────────────────────────────────────────────────────────

const report = (message) => process.send?.(message)

async function work(kind, checkout) {
  delete process.env.REDIS_URL
  const internals = await loadInternals(checkout)
  const { subjects, close } = await subjectsOf(kind, internals, checkout)
  process.on('message', ({ run }) => {
    if (run === undefined) {
      void close().then(() => process.exit(0))
      return
    }
    void (async () => {
      try {
        const cases = await Promise.resolve(subjects.get(run)())
        for await (const [name, outcome] of cases) report({ line: lineOf(name, outcome), name })
        report({ done: run })
      } catch (error) {
        report({ failed: String(error?.stack ?? error) })
      }
    })()
  })
  for (const event of ['disconnect', 'SIGTERM', 'SIGINT']) process.on(event, () => process.exit(1))
  report({ subjects: [...subjects.keys()] })
}

// ── The parent: hands subjects out ──────────────────────────────────────────────────────────────────────────────────────

/** A worker that says nothing for so long hangs. */
const HANG_MS = { memory: 60_000, redis: 120_000, wire: 300_000 }
const running = new Set()

/** A group of its own: its Redis ends with it. */
function kill(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It has ended.
  }
}

/** Asked first: only the worker knows the programs that it has started, and they end with it. */
async function endWorkers() {
  for (const child of running) child.kill('SIGTERM')
  for (let i = 0; i < 20 && running.size > 0; i++) await sleep(100)
  for (const child of running) kill(child, 'SIGKILL')
}

/** Subject → Map of case → line. */
async function runAll(kind, checkout, { only, jobs, subjects: chosen, ...options }) {
  const results = new Map()
  let queue
  let total = 0
  /** Where the text names no subject it may name a case, and those are known only when they have run. */
  const wanted = (subjects) => {
    if (chosen !== undefined) return subjects.filter((subject) => chosen.has(subject))
    if (only === undefined) return subjects
    const text = only.split(' / ')[0]
    const named = subjects.filter((subject) => subject.includes(text))
    return named.length > 0 ? named : subjects
  }

  const worker = () =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(import.meta.url), ['worker', kind, checkout], {
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      })
      running.add(child)
      let said = ''
      child.stderr.on('data', (text) => (said = (said + text).slice(-2000)))
      let subject
      let last = 'start'
      let started = 0
      let timer
      let finished = false
      const alive = () => {
        clearTimeout(timer)
        timer = setTimeout(() => kill(child, 'SIGKILL'), HANG_MS[kind])
      }
      const next = () => {
        subject = queue.shift()
        last = 'start'
        if (subject === undefined) {
          finished = true
          child.send({})
          return
        }
        results.set(subject, new Map())
        started = performance.now()
        child.send({ run: subject })
      }
      child.on('message', (message) => {
        alive()
        if (message.subjects !== undefined) {
          queue ??= wanted(message.subjects)
          total = Math.max(total, queue.length)
          next()
        } else if (message.line !== undefined) {
          last = message.name
          results.get(subject).set(message.name, message.line)
        } else if (message.done !== undefined || message.failed !== undefined) {
          if (message.failed !== undefined) results.get(subject).set('failure', lineOf('failure', { error: message.failed.split('\n')[0] }))
          if (options.verbose)
            process.stderr.write(
              `${kind} ${total - queue.length}/${total} ${subject}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
            )
          else if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${kind} ${total - queue.length}/${total} ${subject}`)
          next()
        }
      })
      child.on('exit', (code, signal) => {
        clearTimeout(timer)
        running.delete(child)
        if (finished) return resolve(false)
        if (subject === undefined) return reject(new Error(`a worker ended at its start (${signal ?? code}): ${said}`))
        const error = signal === 'SIGKILL' ? 'it hangs' : `the process ended (${signal ?? code})`
        process.stderr.write(`\n${subject}, after "${last}": ${error}\n${said}\n`)
        results.get(subject).set('failure', lineOf('failure', { error: `after "${last}": ${error}` }))
        resolve(true)
      })
      alive()
    })
  const lane = async () => {
    while (await worker()) if (queue.length === 0) return
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return results
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

const fileOf = (outdir, kind, subject) => join(outdir, kind, `${subject.replaceAll(/[^\w().-]+/g, '_')}.jsonl.gz`)
const digestsFile = (outdir, kind) => join(outdir, `digests-${kind}.json`)
const unstableFile = (outdir, kind) => join(outdir, `unstable-${kind}.json`)
const readJson = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise)

/** Subject → Map of case → digest. */
function readDigests(outdir, kind) {
  const { cases, subjects } = readJson(digestsFile(outdir, kind), { cases: [], subjects: {} })
  return new Map(
    Object.entries(subjects).map(([subject, text]) => [
      subject,
      new Map(text.split(' ').flatMap((digest, i) => (digest === '-' ? [] : [[cases[i], digest]]))),
    ]),
  )
}

/** A line for each subject, with the digests in the order of the cases; `-` where there is none. */
function writeDigests(outdir, kind, digests) {
  const cases = [...new Set([...digests.values()].flatMap((each) => [...each.keys()]))]
  const subjects = {}
  for (const subject of [...digests.keys()].toSorted(byText))
    subjects[subject] = cases
      .map((name) => digests.get(subject).get(name) ?? '-')
      .join(' ')
      .replace(/( -)+$/, '')
  writeFileSync(digestsFile(outdir, kind), `${JSON.stringify({ seed: SEED, cases, subjects }, null, 1)}\n`)
}

function readLines(outdir, kind, subject) {
  const file = fileOf(outdir, kind, subject)
  if (!existsSync(file)) return undefined
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean)
  return new Map(lines.map((line) => [JSON.parse(line).case, line]))
}

const matches = (only, subject, name) => only === undefined || `${subject} / ${name}`.includes(only)

async function record(kind, checkout, outdir, options) {
  const results = await runAll(kind, checkout, options)
  if (options.only === undefined) rmSync(join(outdir, kind), { recursive: true, force: true })
  mkdirSync(join(outdir, kind), { recursive: true })
  const digests = options.only === undefined ? new Map() : readDigests(outdir, kind)
  let pairs = 0
  for (const [subject, lines] of results) {
    if (![...lines.keys()].some((name) => matches(options.only, subject, name))) continue
    writeFileSync(fileOf(outdir, kind, subject), gzipSync([...lines.values(), ''].join('\n'), { level: 9 }))
    digests.set(subject, new Map([...lines].map(([name, line]) => [name, digestOf(line)])))
    pairs += lines.size
  }
  writeDigests(outdir, kind, digests)
  return { pairs }
}

// ── Differences ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where more differs than this, it is no matter of timing, and nothing is tried again. */
const TRIED_AGAIN = 200

async function compare(kind, checkout, outdir, options) {
  const before = readDigests(outdir, kind)
  if (before.size === 0) throw new Error(`${digestsFile(outdir, kind)} is not there: record it first`)
  const unstable = new Set(readJson(unstableFile(outdir, kind), []))
  const results = await runAll(kind, checkout, options)
  let different = []
  let pairs = 0
  let ignored = 0
  for (const subject of new Set([...before.keys(), ...results.keys()])) {
    const [was, now] = [before.get(subject) ?? new Map(), results.get(subject)]
    // Of a subject that was not asked for nothing is known.
    if (now === undefined && options.only !== undefined) continue
    let recorded
    for (const name of new Set([...was.keys(), ...(now?.keys() ?? [])])) {
      if (!matches(options.only, subject, name)) continue
      const pair = `${subject} / ${name}`
      const line = now?.get(name)
      if (unstable.has(pair) || unstable.has(`${subject} / *`)) {
        ignored++
        recorded ??= readLines(outdir, kind, subject) ?? new Map()
        // That there is a history at all holds of these, too.
        if (!recorded.has(name) || (line !== undefined && kindOf(line) === kindOf(recorded.get(name)))) continue
      } else pairs++
      if (line !== undefined && digestOf(line) === was.get(name)) continue
      recorded ??= readLines(outdir, kind, subject) ?? new Map()
      different.push({ pair, subject, name, digest: was.get(name), text: describe(was.has(name), recorded.get(name), line) })
    }
  }
  if (options.markUnstable) {
    const all = [...unstable, ...different.map(({ pair }) => pair)].toSorted(byText)
    writeFileSync(unstableFile(outdir, kind), `${JSON.stringify(all, null, 1)}\n`)
  }
  const unsteady = []
  const retries = options.markUnstable || different.length > TRIED_AGAIN ? 0 : (options.retries ?? RETRIES[kind])
  for (let attempt = 2; attempt <= retries + 1 && different.length > 0; attempt++) {
    const again = await runAll(kind, checkout, { ...options, subjects: new Set(different.map(({ subject }) => subject)) })
    const came = ({ subject, name, digest }) => {
      const line = again.get(subject)?.get(name)
      return line !== undefined && digestOf(line) === digest
    }
    unsteady.push(...different.filter(came).map(({ pair }) => `${pair} (at try ${attempt})`))
    different = different.filter((each) => !came(each))
  }
  for (const { pair, text } of different.slice(0, options.limit)) process.stdout.write(`${pair}\n${text}\n`)
  if (different.length > options.limit) process.stdout.write(`… and ${different.length - options.limit} more (--limit)\n`)
  if (different.length > 1) {
    process.stdout.write(`${kind}: by case: ${countBy(different.map(({ name }) => name))}\n`)
    process.stdout.write(`${kind}: by subject: ${countBy(different.map(({ subject }) => subject))}\n`)
  }
  if (unsteady.length > 0) process.stdout.write(`${kind}: as recorded only when tried again: ${unsteady.join(', ')}\n`)
  return { pairs, different: different.length, ignored }
}

const kindOf = (line) => Object.keys(JSON.parse(line)).join()

const countBy = (names) => {
  const counts = new Map()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 12)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function describe(wasThere, before, now) {
  if (now === undefined) return '  is gone'
  if (!wasThere) return '  is new'
  if (before === undefined) return '  differs (what it was is not here: only its digest)'
  const [was, is] = [JSON.parse(before), JSON.parse(now)]
  const shown = (value) => (value === undefined ? '(nothing)' : JSON.stringify(value))
  const sides = (where, a, b) => `  ${where}\n    - ${shown(a)}\n    + ${shown(b)}`
  if (was.history === undefined || is.history === undefined) {
    const brief = ({ history, verdict, ...rest }) =>
      history === undefined ? { ...rest, case: undefined } : { ...rest, case: undefined, events: history.length, result: verdict?.result }
    return sides('outcome', brief(was), brief(is))
  }
  const at = was.history.findIndex((event, i) => JSON.stringify(event) !== JSON.stringify(is.history[i]))
  const first = at === -1 && is.history.length > was.history.length ? was.history.length : at
  const judged = was.verdict.result === is.verdict.result ? '' : `  (${was.verdict.result} → ${is.verdict.result})`
  if (first === -1) return sides(...firstDifference({ ...was, history: 0 }, { ...is, history: 0 }, ''))
  const behind = first === 0 ? '' : `    ${shown(was.history[first - 1])}\n`
  return `  event ${first} of ${was.history.length} → ${is.history.length}${judged}\n${behind}    - ${shown(was.history[first])}\n    + ${shown(is.history[first])}`
}

function firstDifference(a, b, path) {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return [path, a, b]
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (JSON.stringify(a[key]) === JSON.stringify(b[key])) continue
    return firstDifference(a[key], b[key], path === '' ? key : `${path}.${key}`)
  }
  return [path, a, b]
}

// ── Command line ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function main([command, checkout, outdir, ...rest]) {
  const options = { only: undefined, jobs: 2, limit: 20, markUnstable: false }
  const stores = []
  while (rest.length > 0) {
    const option = rest.shift()
    if (option === '--store') stores.push(...rest.shift().split(','))
    else if (option === '--only') options.only = rest.shift()
    else if (option === '--jobs') options.jobs = Number(rest.shift())
    else if (option === '--retries') options.retries = Number(rest.shift())
    else if (option === '--limit') options.limit = Number(rest.shift())
    else if (option === '--verbose') options.verbose = true
    else if (option === '--mark-unstable') options.markUnstable = true
    else throw new Error(`"${option}" is not known`)
  }
  if (outdir === undefined || !['record', 'compare'].includes(command)) {
    process.stderr.write(
      'node golden.mjs record|compare <checkout> <outdir> [--store memory|redis|wire] [--only text] [--jobs n] [--limit n]\n',
    )
    return 2
  }
  mkdirSync(outdir, { recursive: true })
  let code = 0
  for (const kind of stores.length > 0 ? stores : ['memory', 'redis']) {
    if (!(kind in BURSTS)) throw new Error(`"${kind}" is no store: memory, redis or wire`)
    const started = performance.now()
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
    if (command === 'record') {
      const { pairs } = await record(kind, resolve(checkout), outdir, options)
      process.stdout.write(`${kind}: ${pairs} pairs recorded in ${seconds()}\n`)
    } else {
      const { pairs, different, ignored } = await compare(kind, resolve(checkout), outdir, options)
      process.stdout.write(
        `${kind}: ${different} of ${pairs} pairs differ${ignored > 0 ? ` (${ignored} unstable ones not compared)` : ''}, in ${seconds()}\n`,
      )
      if (different > 0 || pairs === 0) code = 1
    }
  }
  return code
}

if (process.argv[2] === 'worker') await work(process.argv[3], process.argv[4])
else {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void endWorkers().then(() => process.exit(130)))
  process.exitCode = await main(process.argv.slice(2)).catch(async (error) => {
    process.stderr.write(`${error?.message ?? error}\n`)
    await endWorkers()
    return 2
  })
}
