/** Where the time of this thread goes, from V8's sampling profiler: functions by their own share, the idle time among them. */
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'

const TOP = 6
const SAMPLE_EVERY_US = 200
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Share {
  readonly where: string
  readonly share: number
}

export async function hottest(body: () => Promise<void>): Promise<readonly Share[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US })
  await session.post('Profiler.start')
  await body()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const hits = new Map<string, number>()
  let total = 0
  for (const { callFrame, hitCount = 0 } of profile.nodes) {
    const where = nameOf(callFrame)
    hits.set(where, (hits.get(where) ?? 0) + hitCount)
    total += hitCount
  }
  const shares = [...hits].map(([where, count]) => ({ where, share: count / total }))
  return shares.toSorted((a, b) => b.share - a.share).slice(0, TOP)
}

/** `(garbage collector)`, `src/contract/with-members.ts get`, `node:net write`, `ioredis`. */
function nameOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  if (url === '') return functionName || '(native code)'
  if (url.startsWith('node:')) return `${url} ${functionName}`.trim()
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  const [, dependency] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? []
  return dependency ?? `${file.replace(ROOT, '').replace(/\.js$/, '.ts')} ${functionName}`.trim()
}
