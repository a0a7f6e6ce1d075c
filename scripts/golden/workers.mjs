/** Hands subjects out to worker processes, and sees to it that they end. */
import { fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lineOf } from './outcomes.mjs'

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url))
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
export async function endWorkers() {
  for (const child of running) child.kill('SIGTERM')
  for (let i = 0; i < 20 && running.size > 0; i++) await sleep(100)
  for (const child of running) kill(child, 'SIGKILL')
}

/** Subject → Map of case → line. */
export async function runAll(kind, checkout, { only, jobs, subjects: chosen, ...options }) {
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
      const child = fork(WORKER, [kind, checkout], {
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
