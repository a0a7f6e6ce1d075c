/**
 * Says when a source file changes: those of the configuration's folder, and those that it loads from anywhere else.
 *
 * The folder as a whole, because what Node itself imports (an adapter in JavaScript, say) leaves no trace of its imports.
 * With chokidar: on Linux `fs.watch` with `recursive` misses files in folders that are made later, and editors that save by
 * renaming end its watch on Node 20.
 */
import { basename, relative, sep } from 'node:path'
import type { FSWatcher, MatchFunction } from 'chokidar'
import { systemClock } from '../../clock/clock.js'

const SOURCE = /\.[cm]?[jt]sx?$/
const MADE = new Set(['node_modules', 'dist', 'coverage'])
/** Editors write more than once, and tools more than one file. */
const SETTLE_MS = 15

export interface FileWatch {
  /** Watches these, too, whatever they are called and wherever they are. */
  include(files: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Resolves when nothing that happens from now on is missed; so does `include`. */
export async function watchFiles(folder: string, onChange: (files: readonly string[]) => void): Promise<FileWatch> {
  const { watch } = await import('chokidar')
  const watchers: FSWatcher[] = []
  const included = new Set<string>()
  const changed = new Set<string>()

  const note = async (path: string) => {
    changed.add(path)
    if (changed.size > 1) return
    await systemClock.sleep(SETTLE_MS)
    const files = [...changed]
    changed.clear()
    onChange(files)
  }
  const open = (paths: string | string[], ignored: MatchFunction) => {
    const watcher = watch(paths, { ignoreInitial: true, ignored })
    watchers.push(watcher)
    watcher.on('all', (event, path) => void (event === 'addDir' || event === 'unlinkDir' || note(path)))
    // A folder that cannot be read is one that is not watched.
    watcher.on('error', () => undefined)
    return new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  }

  await open(folder, (path, stats) => isOfNoInterest(folder, path, stats?.isFile() ?? false))
  return {
    include: async (files) => {
      const more = files.filter((file) => !included.has(file) && isOfNoInterest(folder, file, true))
      for (const file of more) included.add(file)
      // A watcher of their own: one that is ready does not say when it is ready for more.
      if (more.length > 0) await open(more, () => false)
    },
    close: async () => void (await Promise.all(watchers.map((watcher) => watcher.close()))),
  }
}

/** Whether a change of this says nothing: it is made by a tool, or no source. What is outside of the folder is included by name. */
export function isOfNoInterest(folder: string, path: string, isFile: boolean): boolean {
  const parts = relative(folder, path).split(sep)
  if (parts.some((part) => MADE.has(part) || (part.startsWith('.') && part.length > 1))) return true
  return isFile && !SOURCE.test(basename(path))
}
