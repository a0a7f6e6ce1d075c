/** Errors that a user can do something about: shown as a message, without a stack, and the exit code is 2. */

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const EXPECTED = new Set([
  'UsageError',
  'ConfigError',
  'StoreError',
  'ReplayFileError',
  'ScheduleError',
  'CertificateError',
  'InvocationError',
  'TemplateError',
  'ReportError',
])

/** What is shown of an error that ended a command. */
export function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error)
  if (EXPECTED.has(error.name)) return error.message
  if (debug) return error.stack ?? error.message
  return `${error.message}\n(TAILRACE_DEBUG=1 shows where it came from)`
}
