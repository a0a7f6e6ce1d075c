/** The README of the SSE example: its server starts as it says, and its requests get the answer that it shows. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { describeWithServer } from '../integration/redis.js'
import { blocksOf } from './blocks.js'
import { ROOT } from './workshop.js'

const README = 'examples/sse/README.md'
const [servers, requests, answer, ...others] = blocksOf(README, readFileSync(join(ROOT, README), 'utf8')).map(({ text }) => text) as [
  string,
  string,
  string,
  ...string[],
]
const [inMemory, onRedis] = servers.split('\n').map((line) => line.replace(/\s+#.*$/, '')) as [string, string]

let server: ChildProcess | undefined
afterEach(async () => {
  if (server === undefined || server.exitCode !== null) return
  const exited = once(server, 'exit')
  server.kill()
  await exited
})

/** Starts the server with the command of the README, and gives the address that it prints. */
async function start(line: string, replaced: NodeJS.ProcessEnv): Promise<string> {
  const words = line.split(' ')
  const assigned = Object.fromEntries(words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('=') as [string, string]))
  const [npx, program, ...args] = words.filter((word) => !/^[A-Z_]+=/.test(word))
  expect([npx, program]).toEqual(['npx', 'jiti'])
  const { REDIS_URL: _, PORT: __, ...env } = process.env
  server = spawn(process.execPath, [join(ROOT, 'node_modules/jiti/lib/jiti-cli.mjs'), ...args], {
    cwd: ROOT,
    env: { ...env, ...assigned, ...replaced },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [first] = (await once(createInterface(server.stdout!), 'line')) as [string]
  return first
}

/** Makes the requests of the README, and gives what the first of them streams. */
async function ask(address: string): Promise<string> {
  const [stream, ...posts] = requests
    .split('\n')
    .map((line) => ({ url: /http:\S+/.exec(line)![0].replace('http://127.0.0.1:8080/', address), body: /-d '([^']*)'/.exec(line)?.[1] }))
  const streamed = await fetch(stream!.url)
  const reader = streamed.body!.pipeThrough(new TextDecoderStream()).getReader()
  // The first chunk is `connected`: from then on, whatever is appended arrives.
  let text = (await reader.read()).value ?? ''
  for (const { url, body } of posts) {
    const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body! })
    expect(status).toBe(201)
  }
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) text += chunk.value
  return text.trim()
}

describe('the README of the SSE example', () => {
  it('has the blocks that are tried here, and no others', () => {
    expect(others).toEqual([])
    expect(requests.split('\n').every((line) => line.startsWith('curl '))).toBe(true)
  })

  it('starts a server in memory, which answers as it shows', async () => {
    expect(await ask(await start(inMemory, {}))).toBe(answer)
  })
})

await describeWithServer('the README of the SSE example, on Redis', (startServer) => {
  it('starts a server that answers the same, but for the ids', async () => {
    const { url } = await startServer()
    const idsAside = (text: string) => text.replace(/^id: .*$/gm, 'id: …')
    expect(idsAside(await ask(await start(onRedis, { REDIS_URL: url, PORT: '0' })))).toBe(idsAside(answer))
  })
})
