/** Numbers, lists and plurals, as they are said. */

/** `1,347`. The same in every locale: reports are compared and searched. */
export const number = (n: number): string => n.toLocaleString('en-US')

/** `1 entry`, `2 entries`, `1,347 steps`. */
export function count(n: number, noun: string, plural = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`): string {
  return `${number(n)} ${n === 1 ? noun : plural}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)!}`
}

/** Names in their order: all of them where they are few, else the ends. */
export function range(names: readonly string[], most = 3): string {
  return names.length <= most ? names.join(', ') : `${names[0]!} … ${names.at(-1)!}`
}

/** `4 ms`, `0.9 s`, `12 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** As one argument of a shell command. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
