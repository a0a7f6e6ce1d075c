<?php
// Polls: a page and the length of the stream in one pipeline, above the last id that it has, every 20 ms.
[$topic, $url] = [getenv('TAILRACE_TOPIC'), parse_url(getenv('REDIS_URL'))];
$redis = new Redis();
$redis->pconnect($url['host'], $url['port']);
$redis->setOption(Redis::OPT_READ_TIMEOUT, 1);
$last = '0-0';
echo "ready\n";
while (true) {
    try {
        [$page] = $redis->pipeline()->xRange($topic, "($last", '+', 50)->xLen($topic)->exec() + [[]];
    } catch (RedisException $lost) {
        usleep(20000);
        continue;
    }
    foreach ($page ?: [] as $id => ['data' => $data]) {
        echo "$id $data\n";
        $last = $id;
    }
    usleep(20000);
}
