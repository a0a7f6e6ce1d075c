<?php
// A line of JSON for three entries at most: {"count": …, "items": […]}.
[$topic, $url] = [getenv('TAILRACE_TOPIC'), parse_url(getenv('REDIS_URL'))];
$redis = new Redis();
$redis->connect($url['host'], $url['port']);
// phpredis connects anew by itself where it finds the connection gone before it reads an answer, and then waits for one that nobody
// sends: so its reads time out, a second after BLOCK.
$redis->setOption(Redis::OPT_READ_TIMEOUT, 1.5);
$last = array_key_first($redis->xRevRange($topic, '+', '-', 1)) ?? '0-0';

function pages(Redis $redis, string $topic, string &$last): Generator
{
    while (true) {
        try {
            $page = ($redis->xRead([$topic => $last], 100, 500) ?: [])[$topic] ?? [];
        } catch (RedisException $lost) {
            usleep(20000);
            continue;
        }
        yield from array_chunk($page, 3, true);
    }
}

foreach (pages($redis, $topic, $last) as $chunk) {
    $items = array_map(fn ($fields) => json_decode($fields['data'], true), $chunk);
    echo json_encode(['count' => count($items), 'items' => array_values($items)]), PHP_EOL;
    $last = array_key_last($chunk);
}
