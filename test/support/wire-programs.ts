/** The programs of examples/wire, as subjects: the same two loops in Python, in Ruby, and behind HTTP. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { freePort } from '../../src/dialects/redis/local-server.js'
import type { commandSubject } from '../../src/sources/wire/command.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'

type Loop = 'literal-dollar' | 'snapshot'

export const LOOPS: readonly Loop[] = ['literal-dollar', 'snapshot']

interface Language {
  readonly name: string
  /** Undefined where it can be tried here; otherwise what is missing. */
  readonly missing: string | undefined
  subject(loop: Loop): Promise<WireSubject>
}

/** The first of these programs that has a Redis client: a version manager's may go before Debian's, and have none. */
export function withClient(programs: readonly string[], ...test: readonly string[]): string | undefined {
  return programs.find((program) => spawnSync(program, test, { stdio: 'ignore' }).status === 0)
}

/** Those of the checkout at `root`, as its own `commandSubject` runs them. */
export function languagesOf(root: string, command: typeof commandSubject): readonly Language[] {
  const example = (file: string) => join(root, 'examples/wire', file)

  const script = (name: string, extension: string, debian: string, program: string | undefined): Language => ({
    name,
    missing: program === undefined ? `apt-get install ${debian}` : undefined,
    subject: async (loop) =>
      command({
        name: `${name} ${loop}`,
        topic: 'events:*',
        command: [program!, example(`${loop}.${extension}`)],
        deliveries: 'stdout',
      }),
  })

  const sse: Language = {
    name: 'SSE',
    missing: undefined,
    subject: async (loop) => {
      const port = await freePort()
      return command({
        name: `SSE ${loop}`,
        topic: 'task:demo',
        command: [process.execPath, join(root, 'node_modules/jiti/lib/jiti-cli.mjs'), example('sse.ts'), loop, String(port)],
        deliveries: { sse: `http://127.0.0.1:${port}/tasks/demo/events` },
        announcement: /^event: connected$/,
      })
    },
  }

  // Whoever runs several at a time wants what takes longest first.
  return [
    sse,
    script('Python', 'py', 'python3-redis', withClient(['python3', '/usr/bin/python3'], '-c', 'import redis')),
    script('Ruby', 'rb', 'ruby-redis', withClient(['ruby', '/usr/bin/ruby'], '-e', 'require "redis"')),
  ]
}
