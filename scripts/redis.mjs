// Sees to it that there is a Redis server to test against: one that is there, or, as root on Debian, one from apt.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { onPath } from './binary.mjs'

const POLICY = '/usr/sbin/policy-rc.d'

export const hasRedis = () => Boolean(process.env.REDIS_URL) || onPath('redis-server') || onPath('valkey-server')

/** Is there a Redis to test against, now or after installing one? */
export function provideRedis() {
  if (hasRedis()) return true
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false
  console.log('tailrace: no redis-server on the PATH: installing it with apt-get (set REDIS_URL to use a server of your own)')
  // The package lists may be missing or old: they are fetched only where the first try says so.
  const failure = withoutServices(() => install() && (apt('update') ?? install()))
  if (failure !== undefined) console.error(failure)
  return hasRedis()
}

const install = () => apt('install', '-y', '--no-install-recommends', 'redis-server')

/** Undefined when it went well; what it said otherwise. */
function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return status === 0 ? undefined : `apt-get ${args.join(' ')} gave ${status}\n${stdout}${stderr}`.trim()
}

/** Debian starts a service when it installs one, unless this file says no: each test brings its own server. */
function withoutServices(run) {
  if (existsSync(POLICY)) return run()
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n')
  chmodSync(POLICY, 0o755)
  try {
    return run()
  } finally {
    rmSync(POLICY, { force: true })
  }
}
