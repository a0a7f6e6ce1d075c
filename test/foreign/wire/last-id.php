<?php
// Blocking reads from the last id that it has handed out. With "dollar" it asks for what is new, again and again.
[$topic, $url] = [getenv('TAILRACE_TOPIC'), parse_url(getenv('REDIS_URL'))];
$dollar = ($argv[1] ?? '') === 'dollar';

$redis = new Redis();
$redis->connect($url['host'], $url['port']);
// phpredis connects anew by itself where it finds the connection gone before it reads an answer, and then waits for one that nobody
// sends: so its reads time out, a second after BLOCK.
$redis->setOption(Redis::OPT_READ_TIMEOUT, 1.5);

$last = $dollar ? '$' : (array_key_first($redis->xRevRange($topic, '+', '-', 1)) ?? '0-0');
while (true) {
    try {
        $streams = $redis->xRead([$topic => $last], 10, 500);
    } catch (RedisException $lost) {
        usleep(20000);
        continue;
    }
    foreach ($streams[$topic] ?? [] as $id => $fields) {
        echo "$id {$fields['data']}\n";
        if (!$dollar) {
            $last = $id;
        }
    }
}
