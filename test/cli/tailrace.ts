/** Runs the built command as a process, in a directory of its own below the repository, where `tailrace` resolves. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const root = fileURLToPath(new URL('../../', import.meta.url))
const main = join(root, 'dist/src/cli/main.js')

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
}

export function start(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  const looking = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      out[stream] += text
      for (const look of looking) look()
    })
  }
  const finished = new Promise<Finished>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...out })))
  return {
    finished,
    kill: (signal) => child.kill(signal),
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!(out.stdout + out.stderr).includes(text)) return
          looking.delete(look)
          resolve()
        }
        looking.add(look)
        look()
        void finished.then((done) => reject(new Error(`ended (${done.code}) without showing "${text}":\n${done.stdout}${done.stderr}`)))
      }),
  }
}

export const tailrace = (cwd: string, ...args: readonly string[]): Promise<Finished> => start(cwd, args).finished
