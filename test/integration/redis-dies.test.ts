/** A Redis that dies in the middle of a run: one clear message, exit 2, and what was recorded until then is kept. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project, start } from '../cli/tailrace.js'
import { describeWithServer } from './redis.js'

const CONFIG = `
import { defineConfig } from 'tailrace'
import { RedisStreamRepository } from 'tailrace/ioredis'
let appends = 0
class Killer extends RedisStreamRepository {
  async sendData(topic, data) {
    if (++appends === 40) process.kill(Number(process.env.SERVER_PID), 'SIGKILL')
    return super.sendData(topic, data)
  }
}
export default defineConfig({ subjects: [{ name: 'killer', store: 'redis', open: ({ url }) => new Killer(url) }] })
`

await describeWithServer('a Redis that dies in the middle', (startServer) => {
  it('is one clear message and exit 2, and the verdicts until then are kept', async () => {
    const server = await startServer()
    const cwd = await project({ 'tailrace.config.ts': CONFIG })
    const { code, stdout, stderr } = await start(cwd, ['run', '--redis', server.url, '--json', 'r.json'], {
      SERVER_PID: String(server.pid),
    }).finished
    const report = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8')) as {
      subjects: { error?: string; scenarios: { result: string }[] }[]
    }
    expect(report.subjects[0]?.error).toMatch(/Redis|[Cc]onnection|reply never came/)
    expect(report.subjects[0]?.scenarios.filter(({ result }) => result === 'valid').length).toBeGreaterThan(3)
    expect(stdout).toContain('not run to the end')
    expect(stdout + stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(2)
  })
})
