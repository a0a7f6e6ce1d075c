<?php
// Reads under a lock that expires, from a cursor that all workers share. With "tail" a worker takes the tail for the cursor when it gets the lock.
[$topic, $url] = [getenv('TAILRACE_TOPIC'), parse_url(getenv('REDIS_URL'))];
$tail = ($argv[1] ?? '') === 'tail';
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

$redis = new Redis();
$redis->connect($url['host'], $url['port']);
// phpredis connects anew by itself where it finds the connection gone before it reads an answer, and then waits for one that nobody
// sends: so its reads time out, a second after BLOCK.
$redis->setOption(Redis::OPT_READ_TIMEOUT, 1.5);
function release(string $lock, string $mine): void
{
    global $redis;
    while (true) {
        try {
            $redis->eval(RELEASE, [$lock, $mine], 1);
            return;
        } catch (RedisException $lost) {
            usleep(20000);
        }
    }
}

$lastOf = fn () => array_key_first($redis->xRevRange($topic, '+', '-', 1)) ?? '0-0';
$redis->setNx("cursor:$topic", $lastOf());
while (true) {
    $mine = bin2hex(random_bytes(8));
    try {
        if (!$redis->set("lock:$topic", $mine, ['nx', 'px' => 30000])) {
            usleep(10000);
            continue;
        }
        $cursor = $tail ? $lastOf() : $redis->get("cursor:$topic");
        foreach (($redis->xRead([$topic => $cursor], 10, 500) ?: [])[$topic] ?? [] as $id => $fields) {
            echo "$id {$fields['data']}\n";
            $redis->set("cursor:$topic", $id);
        }
    } catch (RedisException $lost) {
        usleep(20000);
    }
    release("lock:$topic", $mine);
}
