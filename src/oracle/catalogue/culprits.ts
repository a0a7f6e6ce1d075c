/**
 * The acts by which entries are lost, one record each: the rule that such an act breaks, what is said of it, and what to do about it. Which
 * of them lost a certain entry is found in ../culprit.ts. To add one is to add its record here, and to find it there.
 */

/** What a sentence about one of them may speak of. */
export interface CulpritFacts {
  /** `read #2`. */
  readonly read: string
  /** There is such a read. */
  readonly asked: boolean
  /** It was sent again after the connection had been cut. */
  readonly again: boolean
  /** It had been sent when they were appended. */
  readonly before: boolean
  /** It had asked for the tail before, in this session. */
  readonly anew: boolean
  /** The id that it asked from. */
  readonly from: string
  /** The entries: `1-0 was`, `1-0 and 2-0 were`. */
  readonly were: string
  readonly they: 'it' | 'them'
  /** What the store calls the cursor of whatever is last, and the one of what a group has not given out. */
  readonly words: { readonly latest: string; readonly undelivered: string }
  /** What the read came back with: `nothing`, `3-0`. */
  readonly answer: string
  /** What the consumer had when its cursor went where it should not be: `although the last entry delivered was 2-0`. */
  readonly although: string
  /** It was handed out, when the next message woke the consumer. */
  readonly late: boolean
}

export interface CulpritRecord<Name extends string = string> {
  /** kebab-case, unique. */
  readonly name: Name
  /** The rule that it breaks, `4.2`; missing where the window in which the entry was appended is all that is known. */
  readonly rule?: string
  /** What was done, as a clause: the heading of all that was lost in this way. */
  readonly did: (words: CulpritFacts['words']) => string
  /** The same of certain entries, behind what says when they were appended: sentences, or the rest of that one (` and …`). */
  readonly tell: (facts: CulpritFacts) => string
  /** Where to look, and what to do about it; missing where the window says more. */
  readonly hint?: string
  /** The culprit of which this is a part, where the subject shows both. */
  readonly within?: string
  /** The anomaly that the same act shows as where nothing is lost by it. */
  readonly shows?: string
  /** From where that read asked, every later one does: then it is said that nothing can reach them. */
  readonly passes?: true
}

const culprit = <const Name extends string>(record: CulpritRecord<Name>): CulpritRecord<Name> => record

const askedForTail = ({ from, anew }: CulpritFacts) =>
  `Then the consumer asked for the tail${anew ? ' again' : ''}, got ${from}, and took it for its cursor.`

const resolved = ({ read, again, from, words }: CulpritFacts) =>
  ` and before ${read} ${again ? 'was sent again and ' : ''}resolved ${words.latest} to ${from}.`

const jumped = <const Name extends string>(name: Name, rule: string, when: string): CulpritRecord<Name> => ({
  name,
  rule,
  did: () => `${when} from an id that it had not been given`,
  tell: ({ read, before, from, although }) =>
    before ? `By then ${read} had asked for ids above ${from}, ${although}.` : `Then ${read} asked for ids above ${from}, ${although}.`,
  hint: 'move the cursor only to the ids of entries that were handed out; look for one that is computed, or asked for in a way of its own',
  passes: true,
})

// ── The cursor was put beyond the entry

const CURSORS = [
  culprit({
    name: 'tail-after-announcing',
    rule: '4.1',
    did: () => 'asked for the tail only after it had said that it was ready',
    tell: ({ from }) => `Only then the consumer asked for the tail, got ${from}, and took it for its cursor.`,
    hint: 'take the cursor, as the id of the tail, before telling the client that it is connected, and read from it',
    passes: true,
  }),
  culprit({
    name: 'tail-again-before-reading',
    rule: '4.1',
    did: () => 'asked for the tail a second time before its first read',
    tell: askedForTail,
    hint: 'ask for the tail once, before telling the client that it is connected, and read from that id',
    passes: true,
  }),
  culprit({
    name: 'tail-after-empty',
    rule: '4.2',
    did: () => 'asked for the tail after an empty read',
    tell: askedForTail,
    hint: 'take the cursor once, as the id of the tail, and move it only to ids that were delivered: an empty read leaves it where it is',
    passes: true,
  }),
  culprit({
    name: 'tail-after-batch',
    rule: '4.3',
    did: () => 'asked for the tail after a batch',
    tell: askedForTail,
    hint: 'after a batch, read on from the id of the last entry delivered, and not from the tail of now',
    passes: true,
  }),
  culprit({
    name: 'tail-after-error',
    rule: '4.5',
    did: () => 'asked for the tail after an error',
    tell: askedForTail,
    hint: 'keep the cursor over an error and a reconnect: look for a catch that resets it, and for a client that starts at the tail again by itself',
    passes: true,
  }),
  culprit({
    name: 'tail-on-resume',
    rule: '5.5',
    did: () => 'started at the tail when its client came back with an id',
    tell: ({ from }) =>
      `When its client came back, the consumer started at the tail, ${from}, and not at the id that the client had brought.`,
    hint: 'read on from the id that the client brings (Last-Event-ID); ask for the tail only where it brings none',
    passes: true,
  }),
  culprit({
    name: 'nothing-to-come-back-with',
    rule: '5.5',
    did: () => 'started at the tail when its client came back, which had no id to bring',
    tell: ({ from }) =>
      `When its client came back, it had no id to bring: no frame had given it one, or one had taken it back. The consumer took it for a new one, and started at the tail, ${from}.`,
    hint: 'give a client an id to come back with on the first frame, the announcement, and take it back on none: a keep-alive has no id, or that of the cursor',
    passes: true,
  }),
  culprit({
    name: 'skipped-backlog',
    rule: '5.2',
    did: () => 'went on at the tail although not all that was there had been read',
    tell: ({ from, although }) => `Then the consumer went on at the tail, ${from}, ${although}.`,
    hint: 'page through what is there until a read comes back empty, and only then take what is live',
    passes: true,
  }),
  culprit({
    name: 'latest-anew',
    rule: '4.2',
    did: ({ latest }) => `read from ${latest} again and again, which is another id each time`,
    tell: resolved,
    hint: 'take the cursor once, as the id of the tail, and move it only to ids that were delivered: an empty read leaves it where it is',
    passes: true,
  }),
  culprit({
    name: 'latest-at-first',
    rule: '4.1',
    within: 'latest-anew',
    did: ({ latest }) => `read from ${latest} first, which became an id only after it had said that it was ready`,
    tell: resolved,
    hint: 'take the cursor, as the id of the tail, before telling the client that it is connected, and read from it',
    passes: true,
  }),
  culprit({
    name: 'latest-after-batch',
    rule: '4.3',
    did: ({ latest }) => `read from ${latest} after a batch`,
    tell: resolved,
    hint: 'after a batch, read on from the id of the last entry delivered, and not from whatever is last by then',
    passes: true,
  }),
  culprit({
    name: 'latest-after-error',
    rule: '4.5',
    within: 'latest-anew',
    did: ({ latest }) => `read from ${latest} after an error`,
    tell: resolved,
    hint: 'keep the cursor over an error and a reconnect: look for a catch that resets it, and for a client that starts anew by itself',
    passes: true,
  }),
  culprit({
    name: 'resumed-ahead',
    rule: '5.3',
    did: () => 'went on behind what it had read, not behind what its client had, when that came back',
    tell: ({ from }) =>
      `When its client came back, the consumer went on above ${from}, which is beyond what the client had said that it has.`,
    hint: 'count nothing as delivered that the client has not taken: resume above the id that the client brings',
    passes: true,
  }),
  culprit({
    name: 'gave-id-ahead',
    rule: '5.5',
    did: () => 'gave its client an id beyond what that had been handed, and the client came back with it',
    tell: ({ from }) => `Its client came back with ${from}, which a frame had given it, and had been handed nothing that lies between.`,
    hint: 'the id on a frame is what its client comes back with: it may be that of the last entry that was handed out, and no higher one',
    passes: true,
  }),
  culprit({
    name: 'shared-cursor',
    rule: '4.9',
    did: () => 'read from an id that only another consumer had been given',
    tell: ({ read, from, although }) =>
      `Then ${read} asked for ids above ${from}, which only another consumer had been given, ${although}.`,
    hint: 'a cursor belongs to one session: look for one in a module, a static field or the repository',
    passes: true,
  }),
  culprit({
    name: 'tail-beyond-log',
    rule: '2.4',
    shows: 'phantom-tail',
    did: () => 'was given a tail that lies beyond every entry',
    tell: ({ from }) => `The tail had been answered as ${from}, which no entry had: what comes below it is never read.`,
    hint: 'the tail is the id of the last entry: look for one that is computed, or made from a clock',
    passes: true,
  }),
  culprit({
    name: 'tail-is-latest',
    rule: '2.1',
    shows: 'phantom-tail',
    did: ({ latest }) => `was given ${latest} for the tail, which is another id in each read`,
    tell: resolved,
    hint: 'resolve the tail once, in getStreamTailId(), to the id of the last entry',
    passes: true,
  }),
  culprit({
    name: 'message-for-cursor',
    rule: '4.3',
    did: () => 'took a message for the log, and moved its cursor past what it had not been told of',
    tell: ({ read, from }) => `A message had told of a later one, and ${read} asked for ids above ${from}.`,
    hint: 'a message is a sign to read on from the last id that was delivered: messages may come in another order than entries, or not at all',
    passes: true,
  }),
  jumped('jumped-at-first', '4.1', 'its first read was'),
  jumped('jumped-after-empty', '4.2', 'after an empty read it read'),
  jumped('jumped-after-batch', '4.3', 'after a batch it read'),
  jumped('jumped-after-error', '4.5', 'after an error it read'),
  culprit({
    name: 'kept-old-cursor',
    rule: '6.2',
    did: () => 'waited above the ids of a topic that had been made anew',
    tell: ({ read, from }) =>
      `Its ids are lower than those of the topic that had been there before, and ${read} asked for ids above ${from}.`,
    hint: 'compare the cursor with the last id of the topic: a cursor above it belongs to a topic that is gone. Tell the client, and start over',
  }),
  culprit({
    name: 'kept-id-of-before',
    rule: '5.6',
    did: () => 'read above an id of before its topic had been made anew',
    tell: ({ read, from }) =>
      `The topic had been made anew before this session began, with lower ids, and ${read} asked for ids above ${from}, which is of before.`,
    hint: 'an id that lies above the tail is of a topic that is gone, whether a client brings it or it was kept: start over',
  }),
] as const

// ── The entry was in the consumer's hands

const HANDS = [
  culprit({
    name: 'moved-ahead',
    rule: '4.4',
    did: () => 'moved its cursor before the hand-over, which then failed',
    tell: ({ read, they }) =>
      `${read} brought ${they}. What came next failed before the consumer had handed ${they} out, and its cursor had moved on.`,
    hint: 'hand an entry over before the cursor moves past it, and before it is acknowledged: what breaks in between is then read again',
  }),
  culprit({
    name: 'acknowledged-ahead',
    rule: '4.4',
    did: () => 'acknowledged entries before it had handed them out, and then failed',
    tell: ({ read, they }) =>
      `${read} brought ${they}, and the consumer acknowledged ${they} before it had handed ${they} out. What came next failed, and what is acknowledged is not given again.`,
    hint: 'hand an entry over before it is acknowledged: what breaks in between stays pending, and is claimed',
  }),
  culprit({
    name: 'dropped',
    rule: '4.8',
    did: () => 'read entries and did not hand them out',
    tell: ({ read, they }) => `${read} brought ${they}, but the consumer never handed ${they} out.`,
    hint: 'look for what drops an entry that was read: a part of a batch that is taken for the whole, a filter on ids or on contents, a buffer that is full, or that is emptied before everything in it was handed out',
  }),
  culprit({
    name: 'taken-for-known',
    rule: '4.9',
    within: 'dropped',
    did: () => 'dropped what another consumer had been given already',
    tell: ({ read, they }) => `${read} brought ${they}, but the consumer never handed ${they} out; another one had, before.`,
    hint: 'what has been seen is known for each session: look for a set of ids, or a last id, that all sessions share',
  }),
  culprit({
    name: 'taken-for-old',
    rule: '5.6',
    within: 'dropped',
    did: () => 'dropped what had lower ids than the topic of before',
    tell: ({ read, they }) =>
      `The topic had been made anew before this session began, with lower ids. ${read} brought ${they}, but the consumer never handed ${they} out.`,
    hint: 'look for a highest id that is kept for longer than the topic: in a buffer that puts entries in order, or a filter for repeats',
  }),
  culprit({
    name: 'taken-by-another',
    rule: '4.9',
    did: () => 'left entries to another consumer',
    tell: ({ they }) => `Another consumer was given ${they}, and nothing read ${they} for this one.`,
    hint: 'every consumer is owed every entry: look for a queue, a generator or a group that they share, where each entry goes to one of them',
  }),
  culprit({
    name: 'pending-not-read',
    rule: '4.5',
    did: ({ undelivered }) => `read on with ${undelivered} after an error, and never what was pending`,
    tell: ({ read, they, words }) =>
      `${read} failed, and for the group ${they === 'it' ? 'it has' : 'they have'} been given out: ${words.undelivered} does not give ${they} again, a read of what is pending would.`,
    hint: 'after an error, read what is pending for this member before what is new',
  }),
  culprit({
    name: 'not-kept-pending',
    rule: '4.4',
    did: () => 'took entries from a group that counted them as acknowledged, and then failed',
    tell: ({ read, they, words }) =>
      `${read} took ${they} without having to acknowledge ${they}, and failed before the consumer had handed ${they} out: nothing is pending, and ${words.undelivered} does not give ${they} again.`,
    hint: 'let the group keep what it gives until it is acknowledged, and read what is pending after an error: without that, whatever fails on the way is gone',
  }),
  culprit({
    name: 'asked-in-vain',
    rule: '5.1',
    did: () => 'asked again and again what was answered with an error each time',
    tell: ({ read, they }) => `Every read from then on failed, up to ${read}, and nothing else was done to get ${they}.`,
    hint: 'an error that every read is answered with does not go away by asking again: make anew what is missing, such as a group that went away with its topic',
  }),
  culprit({
    name: 'not-claimed',
    rule: '4.5',
    did: () => 'left entries pending that a member had been given',
    tell: ({ they }) => `The group has ${they} for pending, and no member came to claim ${they}.`,
    hint: 'after an error and after a restart, read what is pending for this member, and claim what others have left for long enough',
  }),
  culprit({
    name: 'removed-too-early',
    rule: '6.3',
    did: () => 'removed entries that were still owed',
    tell: ({ they }) => `A consumer removed ${they} before everybody had ${they}.`,
    hint: 'remove a topic, or trim entries away, only when everybody has what goes: count the sessions, trim behind the slowest of them, or leave it to an expiry',
  }),
] as const

// ── A read did not bring it

const READS = [
  culprit({
    name: 'not-woken',
    rule: '3.7',
    did: () => 'was not woken by an append',
    tell: ({ read, they, answer }) =>
      `It should have woken ${read}, which returned ${answer}: the read is wrong, not the cursor, and no later one brought ${they}.`,
    hint: 'an append must wake the read that waits, or be in the next: look for a listener that is put up too late, or an answer that is dropped when the time is up',
  }),
  culprit({
    name: 'answered-empty',
    rule: '3.6',
    shows: 'stale-read',
    did: () => 'was told that there is nothing where there was something',
    tell: ({ read, from, were }) =>
      `${read} asked for ids above ${from} and returned nothing although ${were} there: the read is wrong, not the cursor.`,
    hint: 'a read must see what was acknowledged before it: look for a cache, a replica, or an order of ids that is not that of the store',
  }),
  culprit({
    name: 'answered-past',
    rule: '3.4',
    shows: 'int-poll-skip',
    did: () => 'was given a batch that leaves entries out',
    tell: ({ read, from, were, answer }) =>
      `${read} asked for ids above ${from} and returned ${answer} although ${were} there: the read is wrong, not the cursor.`,
    hint: 'a batch holds the entries above the cursor without a gap, from the lowest: look for a filter, a page from the wrong end, or ids that are compared as text',
  }),
] as const

// ── A message did not bring it

const MESSAGES = [
  culprit({
    name: 'not-listening-yet',
    rule: '4.1',
    did: () => 'did not listen yet when it said that it was ready',
    tell: ({ they, late }) =>
      `The consumer did not listen yet when the channel was told of ${they}, and no later read of this session asked for ${they}.${wokenLate(late, they)}`,
    hint: 'tell the client that it is connected only when its subscription has been confirmed, and then read what is there already: what is published before reaches nobody',
  }),
  culprit({
    name: 'not-listening',
    rule: '4.5',
    did: () => 'did not read what it had missed while it was not listening',
    tell: ({ they, late }) =>
      `No message that told of ${they} reached the consumer, and no later read of this session asked for ${they}.${wokenLate(late, they)}`,
    hint: 'subscribing again is not enough: after each reconnect, once that is confirmed, read on from the last id that was delivered; what was published in between reached nobody',
  }),
  culprit({
    name: 'message-dropped',
    rule: '4.8',
    did: () => 'got a message and made nothing of it',
    tell: ({ they, late }) =>
      `The consumer got the message that told of ${they} and made nothing of it: no later read of this session asked for ${they}.${wokenLate(late, they)}`,
    hint: 'a message must be handed out, or be the sign to read on from the last id that was delivered: look for a handler that is not attached, or that drops what comes while it is busy',
  }),
  culprit({
    name: 'not-told-apart',
    did: () => 'lost entries in a way that the history does not tell',
    tell: ({ asked, they }) =>
      asked ? `Reads that came later did not bring ${they}, and why cannot be told.` : `No later read of this session asked for ${they}.`,
  }),
] as const

const wokenLate = (late: boolean, they: string): string =>
  late ? ` The consumer handed ${they} out only when the next message woke it.` : ''

const CULPRITS = [...CURSORS, ...HANDS, ...READS, ...MESSAGES] as const

/** By what an entry was lost: `latest-anew`, `tail-after-error` … docs/reading-a-failure.md has them all. */
export type CulpritName = (typeof CULPRITS)[number]['name']

export const culprits: readonly CulpritRecord<CulpritName>[] = CULPRITS

const byName = new Map<string, CulpritRecord<CulpritName>>(culprits.map((each) => [each.name, each]))

/** Undefined for one of another version. */
export const culpritRecord = (name: string): CulpritRecord<CulpritName> | undefined => byName.get(name)
