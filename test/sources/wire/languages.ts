/** The programs of examples/wire, as subjects: the same two loops in Python, in Ruby, and behind HTTP. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandSubject } from '../../../src/sources/wire/command.js'
import type { WireSubject } from '../../../src/subject/wire-subject.js'

export type Loop = 'literal-dollar' | 'snapshot'

export interface Language {
  readonly name: string
  /** Undefined where it can be tried here; otherwise what is missing. */
  readonly missing: string | undefined
  subject(loop: Loop): Promise<WireSubject>
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const example = (file: string) => join(ROOT, 'examples/wire', file)

/** The first of these programs that has a Redis client: a version manager's may go before Debian's, and have none. */
function withClient(programs: readonly string[], ...test: readonly string[]): string | undefined {
  return programs.find((program) => spawnSync(program, test, { stdio: 'ignore' }).status === 0)
}

function script(name: string, extension: string, debian: string, program: string | undefined): Language {
  return {
    name,
    missing: program === undefined ? `apt-get install ${debian}` : undefined,
    subject: async (loop) =>
      commandSubject({
        name: `${name} ${loop}`,
        topic: 'events:*',
        command: [program!, example(`${loop}.${extension}`)],
        deliveries: 'stdout',
      }),
  }
}

const sse: Language = {
  name: 'SSE',
  missing: undefined,
  subject: async (loop) => {
    const port = await freePort()
    return commandSubject({
      name: `SSE ${loop}`,
      topic: 'task:demo',
      command: [process.execPath, join(ROOT, 'node_modules/jiti/lib/jiti-cli.mjs'), example('sse.ts'), loop, String(port)],
      deliveries: { sse: `http://127.0.0.1:${port}/tasks/demo/events` },
      announcement: /^event: connected$/,
    })
  },
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export const LANGUAGES: readonly Language[] = [
  script('Python', 'py', 'python3-redis', withClient(['python3', '/usr/bin/python3'], '-c', 'import redis')),
  script('Ruby', 'rb', 'ruby-redis', withClient(['ruby', '/usr/bin/ruby'], '-e', 'require "redis"')),
  sse,
]
