/** Runs the built command as a process, in a directory of its own below the repository, where `tailrace` resolves. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const main = join(root, 'dist/src/cli/main.js')

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A directory with these files, removed after the test. */
export async function project(files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(join(root, '.cache'), { recursive: true })
  const directory = await mkdtemp(join(root, '.cache/cli-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  return directory
}

export interface Running {
  readonly finished: Promise<Finished>
  kill(signal: NodeJS.Signals): void
  /** Resolves when the output so far contains this. */
  shows(text: string): Promise<void>
  /** Resolves when this comes on the standard output, behind what was waited for last, with what was between the two. */
  next(text: string): Promise<string>
  press(keys: string): void
}

export function start(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: 'pipe',
  })
  // Whatever became of the test, nothing that it started goes on.
  onTestFinished(() => void child.kill('SIGKILL'))
  const out = { stdout: '', stderr: '' }
  // It may have ended when the test's last key comes.
  child.stdin.on('error', () => undefined)
  const looking = new Set<() => void>()
  let read = 0
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      out[stream] += text
      for (const look of looking) look()
    })
  }
  const finished = new Promise<Finished>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...out })))
  /** What `find` gives, as soon as it gives something. */
  const found = <T>(what: string, find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const it = find()
        if (it === undefined) return
        looking.delete(look)
        resolve(it)
      }
      looking.add(look)
      look()
      void finished.then((done) => reject(new Error(`ended (${done.code}) without showing "${what}":\n${done.stdout}${done.stderr}`)))
    })
  return {
    finished,
    kill: (signal) => child.kill(signal),
    press: (keys) => child.stdin.write(keys),
    shows: async (text) => {
      await found(text, () => (out.stdout + out.stderr).includes(text) || undefined)
    },
    next: (text) =>
      found(text, () => {
        const at = out.stdout.indexOf(text, read)
        if (at === -1) return undefined
        const between = out.stdout.slice(read, at)
        read = at + text.length
        return between
      }),
  }
}

export const tailrace = (cwd: string, ...args: readonly string[]): Promise<Finished> => start(cwd, args).finished
