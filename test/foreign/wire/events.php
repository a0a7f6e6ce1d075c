<?php
// Server-sent events, for `php -S`: "connected" once it has its cursor, a comment while nothing comes.
set_time_limit(0);
header('Content-Type: text/event-stream');
header('Cache-Control: no-cache');
while (ob_get_level() > 0) {
    ob_end_flush();
}

[$topic, $url] = [getenv('TAILRACE_TOPIC'), parse_url(getenv('REDIS_URL'))];
$redis = new Redis();
$redis->connect($url['host'], $url['port']);
$redis->setOption(Redis::OPT_READ_TIMEOUT, 2);

function send(string $text): void
{
    echo $text, "\n\n";
    flush();
}

$last = array_key_first($redis->xRevRange($topic, '+', '-', 1)) ?? '0-0';
send("event: connected\ndata: {}");
while (!connection_aborted()) {
    try {
        $entries = ($redis->xRead([$topic => $last], 50, 1000) ?: [])[$topic] ?? [];
    } catch (RedisException $lost) {
        usleep(20000);
        continue;
    }
    foreach ($entries as $id => $fields) {
        send("id: $id\ndata: {$fields['data']}");
        $last = $id;
    }
    if ($entries === []) {
        send(': keep-alive');
    }
}
