/**
 * The catalogue: each race that a scenario shows, with where it was seen and what is right instead. Its number is stable.
 * The races without a scenario are in planned.ts.
 */

export interface Race {
  /** `R1` … */
  readonly race: string
  readonly title: string
  /** What happens, in one or two sentences. */
  readonly happens: string
  /** `owner/repository#number`, or a program by name. */
  readonly seen: readonly string[]
  /** What is right instead. */
  readonly right: string
  /** Its scenarios, each with the mutant on which it is shown: docs/races.md has the timeline. Over the wire there is none. */
  readonly shown?: Readonly<Record<string, string>>
}

export const races: readonly Race[] = [
  {
    race: 'R1',
    title: 'the empty gap',
    happens:
      'A read of `$` blocks and times out empty. An entry is added. The next read of `$` starts behind it, and no later one goes back.',
    seen: ['scaleapi/scale-agentex#241', 'prwnr/laravel-streamer#54', "BullMQ's `QueueEvents`", "Socket.IO's Redis streams adapter"],
    right: 'Take one concrete cursor before the first read. An empty read leaves it where it is.',
    shown: {
      'empty-gap': 'literal-dollar',
      'empty-gap-twice': 'tail-after-second-empty',
      'long-idle': 'tail-after-empty',
      'quiet-again': 'jumps-after-second-quiet-time',
    },
  },
  {
    race: 'R2',
    title: 'the tail again after a batch',
    happens: 'While a batch is being handled, an entry is added. The next read starts at the tail of now instead of behind the batch.',
    seen: ["laravel-streamer's `listenOn`"],
    right: 'Go on from the last id that was read.',
    shown: { 'batch-gap': 'tail-after-batch' },
  },
  {
    race: 'R3',
    title: 'from the subscription to the first read',
    happens: 'The work is started, and its producer is faster than the first read. What it adds before then is behind `$`.',
    seen: ['langgenius/dify#40948', 'taskforcesh/bullmq#2874'],
    right: 'Take the cursor before the work is started.',
    shown: { 'before-first-read': 'dollar-once' },
  },
  {
    race: 'R4',
    title: 'the tail after "connected"',
    happens: 'The client is told that it is connected, and makes the producer start. Only then is the tail asked for.',
    seen: ['scale-agentex#330'],
    right: 'Take the cursor first, then announce.',
    shown: { 'after-announcement': 'tail-after-connected' },
  },
  {
    race: 'R6',
    title: 'from the backlog to what is live',
    happens: 'The history is read, an entry is added, and then the live part begins: the entry is in neither.',
    seen: ['upstash/realtime#23', 'agentscope#2123'],
    right: 'One cursor for both. Where they are two sources: subscribe first, keep what comes, and drop repeats by id.',
    shown: { 'backfill-to-live': 'tail-on-reconnect' },
  },
  {
    race: 'R7',
    title: 'a backlog longer than COUNT',
    happens: 'The first page of a backlog is taken for all of it, and the reader jumps to what is live. The rest is skipped.',
    seen: ['Cloudgeni-ai/opengeni#7'],
    right: 'Page until a read comes back empty.',
    shown: { 'longer-than-count': 'first-page-only' },
  },
  {
    race: 'R8',
    title: 'write/notify inversion',
    happens:
      'Two entries are added, and a channel is told of the second one first. Who takes the message for the entry moves its cursor above the first; the connection breaks, the message about that goes to nobody, and the look back starts above both.',
    seen: ['danny-avila/LibreChat#11650 (related)'],
    right: 'A message only wakes: what is handed out, and the cursor, come from the log.',
  },
  {
    race: 'R9',
    title: 'cut off while blocked',
    happens: 'The connection breaks while a read waits. An entry is added. The client, or its library by itself, asks for `$` again.',
    seen: ['BullMQ', 'Socket.IO', "ioredis's `autoResendUnfulfilledCommands`"],
    right: 'Block on a concrete id, so that asking again asks for the same.',
    shown: {
      'cut-while-blocked': 'tail-after-error',
      'cut-while-idle': 'counts-frames-anew',
      'fails-again-and-again': 'tail-after-error',
    },
  },
  {
    race: 'R10',
    title: 'a late answer is thrown away',
    happens:
      'The server has answered, but the client has given the read up by a watchdog of its own. It drops the answer, and asks for `$`.',
    seen: ["BullMQ's `blockingTimeout`"],
    right: 'Ask again from the id of before.',
  },
  {
    race: 'R11',
    title: 'the answer is lost on its way',
    happens:
      'The connection breaks under the answer. In a group the server has noted the entry as delivered, and a read of `>` passes it by.',
    seen: ['ioredis', 'cssbruno/GoWDK#197'],
    right: 'Ask again from the id of before; in a group, read `0` after every reconnect.',
  },
  {
    race: 'R16',
    title: 'the group is created at `$`',
    happens: 'Entries are added before the group exists. It is created at `$`, so they are never handed out.',
    seen: ['ag2ai/faststream#2694'],
    right: 'Create it at `0`.',
  },
  {
    race: 'R17',
    title: 'the group is gone with its key',
    happens:
      'The key expires or is flushed, and the next append makes it anew, without the group. Reads fail for ever, or the group is made at `$`.',
    seen: ['cookie-cutter#206', 'opik#5525'],
    right: 'Make the group anew at the last id that was handled.',
  },
  {
    race: 'R19',
    title: 'the cursor moves before delivery',
    happens: 'The cursor moves while a batch is parsed, and then something throws. The next read starts behind entries that nobody got.',
    seen: ["LobeHub's `subscribeStreamEvents`"],
    right: 'Deliver, then move, entry by entry.',
    shown: { 'fails-in-mid-batch': 'moves-before-handing-over' },
  },
  {
    race: 'R21',
    title: 'only the first stream of an answer',
    happens: 'One read asks for several streams, and its answer has entries of two. The consumer handles the first, and goes on.',
    seen: ['nestjs-redis-streams'],
    right: 'Handle every stream of the answer, and keep a cursor for each.',
  },
  {
    race: 'R22',
    title: 'several streams at `$`',
    happens:
      'One read asks for several streams at `$`. One of them has an entry; before the next read another one gets its own, and is asked for at `$` again.',
    seen: ['redis#5381'],
    right: 'A concrete id for each stream before the first read.',
  },
  {
    race: 'R23',
    title: 'trimmed while behind',
    happens: 'A consumer stands at 1-0 while the log is trimmed. Its next read begins at 4-0, and nothing says that entries are missing.',
    seen: ['PostHog/posthog#101104', 'deer-flow#4426'],
    right: 'Compare the cursor with the first id of the log, and tell the client.',
    shown: { 'trimmed-while-behind': 'silent-truncation', 'trimmed-in-mid-stream': 'silent-truncation' },
  },
  {
    race: 'R25',
    title: 'expired in mid-stream',
    happens: 'Nothing is added for longer than the TTL, and the key goes away. The consumer takes this for the end of the stream.',
    seen: ['scale-agentex#385', 'aegra#598', 'sim#4508'],
    right: 'Renew the TTL while the stream is in use, and tell "gone" from "ended".',
    shown: { 'dropped-in-mid-stream': 'takes-gone-for-end' },
  },
  {
    race: 'R26',
    title: 'deleted and made anew',
    happens:
      'The topic is deleted and made anew, with ids below the cursor. A read from the cursor waits for ever. So it does from the id that a client comes back with, and a high-water mark that the server has kept drops as old what is new.',
    seen: ['redis#5625', 'rangersui/Elastik#324', 'Hal0ai/hal0#785', 'danny-avila/LibreChat#13117'],
    right: 'Notice that the ids went back, start over, and tell the client. Keep no mark longer than the topic.',
    shown: {
      'recreated-with-lower-ids': 'waits-above-old-ids',
      'recreated-while-away': 'keeps-high-water-mark',
      'recreated-after-return': 'keeps-high-water-mark',
      'recreated-between-sessions': 'keeps-high-water-mark',
    },
  },
  {
    race: 'R27',
    title: 'arithmetic on the cursor',
    happens:
      'A consumer reads 1-0 and asks for what lies above 1-1, as if the cursor were inclusive. The entry 1-1 of the same millisecond is skipped.',
    seen: ['near/queryapi#558', 'redis4cats#449'],
    right: 'The cursor is an id that was read, as it was read.',
    shown: { 'sequence-counts-on': 'incremented-cursor' },
  },
  {
    race: 'R28',
    title: 'ids compared as text, or as doubles',
    happens:
      'Ids grow a digit, or beyond 2^53. As text 10-0 comes before 9-0, as doubles two ids are one, and an entry counts as a repeat.',
    seen: ["Dust's `localeCompare`", 'drasi-core#380', 'miniredis#392'],
    right: 'Compare both parts as 64-bit whole numbers.',
    shown: { 'nine-to-ten': 'compares-as-text', 'beyond-doubles': 'one-entry-a-millisecond' },
  },
  {
    race: 'R29',
    title: 'explicit ids out of order',
    happens: 'Two producers choose their ids, and the smaller one arrives second. The server rejects it, and the error is dropped.',
    seen: ['upstash/realtime#11'],
    right: 'Let the server choose the ids; hand every rejection to the producer.',
    shown: { 'ids-out-of-order': 'acknowledges-next-id' },
  },
  {
    race: 'R30',
    title: 'a cursor made from a clock',
    happens:
      'The cursor is the time of the application, and the clock of the server is behind it. What is added meanwhile is below the cursor.',
    seen: ['PostHog/posthog#95809'],
    right: 'Only ids that the server gave out are cursors.',
    shown: { 'clock-skew': 'tail-plus-one' },
  },
  {
    race: 'R31',
    title: 'the tail is deleted',
    happens: 'The last entry is deleted. XREVRANGE now says 1-0, and the last id that was given out is 2-0: which of them is "the tail"?',
    seen: ['redis#13628'],
    right: 'Know which of the two you need. Both are cursors from which the next entry is read.',
    shown: { 'tail-deleted': 'tail-goes-back' },
  },
  {
    race: 'R33',
    title: 'an append is tried again',
    happens: 'An entry is written, and its acknowledgement is lost. The client, or its library by itself, sends it again: two entries.',
    seen: ['ioredis', 'redis#14615'],
    right: 'Report the outcome as unknown, or append in a way that can be repeated.',
    shown: { 'append-rejected': 'rejects-after-writing', 'acknowledgement-lost': 'retries-lost-reply' },
  },
  {
    race: 'R34',
    title: 'a call that never settles',
    happens: 'The connection is replaced while a read waits on it, and nobody settles the read. The loop stands still.',
    seen: ['ioredis#2193'],
    right: 'Reject what was under way when a connection goes, and watch over what may hang.',
    shown: { 'cut-and-silent': 'hangs-after-cut' },
  },
  {
    race: 'R35',
    title: 'poison entries',
    happens: 'An entry that does not decode never moves the cursor, or ends the session. Everything behind it is stuck.',
    seen: ["scale-agentex's `read_messages`", 'yhub#61', 'pipeshub-ai#2992'],
    right: 'Move past it, and report it.',
    shown: { 'undecodable-entries': 'wedged-by-undecodable' },
  },
  {
    race: 'R36',
    title: 'one connection for reads and appends',
    happens: 'A blocked read holds the connection, and an append on it has to wait until the read has timed out.',
    seen: ['programs with one ioredis instance for everything'],
    right: 'A connection of its own for each read that blocks.',
    shown: { 'append-while-blocked': 'one-connection' },
  },
  {
    race: 'R37',
    title: 'done before drained',
    happens: 'The status says that the producer is done, and the reader ends. The last entries are in the log, unread.',
    seen: ["scale-agentex's recheck of the status", 'gestalt#1301'],
    right: 'Ask for the tail after the status, and read up to it.',
    shown: { 'done-before-drained': 'ends-on-status' },
  },
]
