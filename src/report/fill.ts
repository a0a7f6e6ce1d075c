/** Lines made of parts that stay whole: as many on each as fit. */
import { clip, widthOf } from './text.js'

export function fill(parts: readonly string[], width: number, between = '   '): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last + between + part) <= width) lines[lines.length - 1] = last + between + part
    else lines.push(clip(part, width))
  }
  return lines
}
