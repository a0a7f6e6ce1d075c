/** JSON reports, read back. */
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { REPORT_VERSION, type Report, reportSchema } from './report-schema.js'

export class ReportError extends Error {
  override readonly name = 'ReportError'
}

/** @throws ReportError that says what is wrong with the file, and what to do. */
export const readReport = async (path: string): Promise<Report> => checkReport(await readJson(path), path)

/** @throws ReportError that says what is wrong with it, and what to do. */
export function checkReport(data: unknown, path: string): Report {
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (typeof version === 'number' && version !== REPORT_VERSION)
    throw new ReportError(
      `${path} has version ${version}, and this tailrace reads version ${REPORT_VERSION}: ${version > REPORT_VERSION ? 'a newer one is needed' : 'run it again'}`,
    )
  return parsed(reportSchema, data, path, 'a report that "tailrace run --reporter json" wrote')
}

export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ReportError(`${path} cannot be read (${error.code ?? error.message})`)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ReportError(`${path} is not JSON, perhaps it is truncated: ${(error as Error).message}`)
  }
}

export function parsed<T>(schema: v.GenericSchema<unknown, T>, data: unknown, path: string, expected: string): T {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new ReportError(`${path} is not ${expected}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
}
