/** §6 Retention: entries that are gone before they were read. */
import { lostIn, rule } from './rule.js'

export const retentionRules = [
  rule({
    id: '6.1',
    level: 'capability',
    needs: 'signalsTruncation',
    intent: 'A cursor that is older than the first entry left is signalled.',
    violator: 'skips in silence',
    signs: [{ code: 'truncated-skip' }],
    ifItFails:
      'Compare the cursor with what was trimmed (the first entry, or max-deleted-entry-id), and tell the client when entries between them are gone.',
  }),
  rule({
    id: '6.2',
    level: 'capability',
    needs: 'signalsRecreation',
    intent: 'A topic that was deleted and made anew with lower ids is signalled.',
    violator: 'waits for ever above the old ids',
    signs: lostIn(),
    ifItFails:
      'Compare the cursor with the last id of the topic: a cursor above it belongs to a topic that is gone. Tell the client, and start over.',
  }),
]
