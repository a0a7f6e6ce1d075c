import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { startLocalServer } from '../../../src/dialects/redis/local-server.js'
import { StoreError } from '../../../src/dialects/store-error.js'
import { connect } from '../../support/connect.js'
import { describeWithServer, until } from '../../integration/redis.js'

/** A zombie (of a parent that does not collect its children, as in a container without init) is not alive. */
const alive = (pid: number) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

it('says why a server did not start', async () => {
  await expect(startLocalServer('/nowhere/redis-server')).rejects.toThrow(/did not start: .*ENOENT.*\n.*--redis/)
  await expect(startLocalServer('/bin/false')).rejects.toThrow(StoreError)
})

await describeWithServer('startLocalServer', (start) => {
  it('starts a server that keeps nothing, and stops it by its process id', async () => {
    const [server, neighbour] = [await start(), await start()]
    const client = connect(server.url)
    const [, save] = await client.config('GET', 'save')
    const [, dir] = await client.config('GET', 'dir')
    expect(save).toBe('')
    expect(existsSync(dir!)).toBe(true)
    client.disconnect()
    await server.close()
    await server.close()
    expect(existsSync(dir!)).toBe(false)
    expect([alive(server.pid), alive(neighbour.pid)]).toEqual([false, true])
  })

  it('takes the server with it when the process exits', async () => {
    const module = fileURLToPath(new URL('../../../src/dialects/redis/local-server.ts', import.meta.url))
    const script = `import { createJiti } from 'jiti'
      const { startLocalServer, findServerProgram } = await createJiti(process.cwd() + '/x.js').import(${JSON.stringify(module)})
      const { pid } = await startLocalServer(await findServerProgram(process.env.PATH))
      console.log(pid)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    // It ends by itself: a running server keeps nobody up.
    await once(child, 'close')
    const pid = Number(output)
    expect(pid).toBeGreaterThan(0)
    await until(async () => !alive(pid))
  })
})
