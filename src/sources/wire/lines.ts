/** Text that comes in pieces, as lines. A line that never ends is cut: it is looked at for tokens, not kept. */

const MAX_LINE = 16 * 1024 * 1024

export function lines(onLine: (line: string) => void): { readonly push: (text: string) => void; readonly end: () => void } {
  let rest = ''
  const say = (line: string) => void (line !== '' && onLine(line))
  return {
    push: (text) => {
      const parts = (rest + text).split(/\r\n|\n|\r/)
      rest = parts.pop()!
      for (const part of parts) say(part)
      if (rest.length > MAX_LINE) [rest] = ['', say(rest)]
    },
    end: () => {
      say(rest)
      rest = ''
    },
  }
}
