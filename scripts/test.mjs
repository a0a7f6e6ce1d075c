// `npm test`: brings a Redis if it can, then runs vitest with the arguments it was given.
import { spawn } from 'node:child_process'
import { binary, root } from './binary.mjs'
import { provideRedis } from './redis.mjs'

if (!provideRedis()) {
  const how = 'install redis-server or valkey-server, or set REDIS_URL=redis://…'
  if (process.env.TAILRACE_REQUIRE_REDIS === '1') {
    console.error(`tailrace: NO REDIS, and TAILRACE_REQUIRE_REDIS=1: ${how}`)
    process.exit(1)
  }
  console.warn(`tailrace: NO REDIS: TESTS ON A REAL SERVER ARE SKIPPED. To run them, ${how}`)
}

const vitest = binary('vitest', 'vitest')
if (vitest === undefined) {
  console.error('tailrace: vitest is not installed: run npm ci')
  process.exit(1)
}

const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
// Ctrl-C reaches the whole process group: vitest ends its workers, and this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') child.kill(signal)
  })
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
