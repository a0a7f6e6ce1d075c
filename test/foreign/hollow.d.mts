import type { Verdict } from '../../src/oracle/check.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'

declare const hollow: readonly {
  readonly name: string
  readonly summary: string
  readonly subject: SubjectDefinition
  readonly result: Verdict['result']
  readonly says: RegExp
}[]
export default hollow
