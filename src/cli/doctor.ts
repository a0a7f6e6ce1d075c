/** `tailrace doctor`: what there is to run on, and how to get what is missing. Exit 0 where a run would have a real Redis. */
import { type Style, styleFor } from '../report/style.js'
import { type Source, probeSources } from '../dialects/redis/find-redis.js'
import { version } from '../version.js'

export async function doctor({ redis }: { readonly redis?: string }): Promise<number> {
  const style = styleFor(process.stdout)
  const say = (ok: boolean, what: string, detail: string) =>
    process.stdout.write(`${ok ? style.good('✓') : style.unsure('–')} ${what.padEnd(15)} ${detail}\n`)
  say(true, 'tailrace', version)
  say(true, 'node', process.version)
  say(true, 'memory', 'the in-memory model is built in')
  const sources = await probeSources({ url: redis })
  for (const { source, found, detail, howToGet } of sources) {
    say(found, source, detail)
    if (!found) process.stdout.write(`${' '.repeat(18)}${style.faint(howToGet)}\n`)
  }
  for (const peer of ['ioredis', 'vitest', '@testcontainers/redis']) await sayPeer(peer, say)
  const chosen = sources.find(({ found, named }) => found || named)
  process.stdout.write(`\n${conclusion(chosen, style)}\n`)
  return chosen?.found ? 0 : 2
}

function conclusion(chosen: Source | undefined, { unsure }: Style): string {
  if (chosen?.found) return `Subjects with store "redis" run on: ${chosen.source} (${chosen.detail})`
  if (chosen === undefined)
    return `${unsure('No real Redis can be had: subjects with store "redis" cannot run.')} Any one of the above will do.`
  return `${unsure('The Redis that is named cannot be used: subjects with store "redis" cannot run.')} No other is tried in its place.`
}

async function sayPeer(name: string, say: (ok: boolean, what: string, detail: string) => void): Promise<void> {
  try {
    import.meta.resolve(name)
    say(true, name.replace('@testcontainers/redis', 'testcontainers'), 'installed')
  } catch {
    say(false, name.replace('@testcontainers/redis', 'testcontainers'), `not installed (npm install --save-dev ${name})`)
  }
}
