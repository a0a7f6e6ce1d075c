<?php
// A worker of a group. In each round it takes over what has been pending for five seconds.
class Worker
{
    private Redis $redis;

    public function __construct(private string $topic)
    {
        $url = parse_url(getenv('REDIS_URL'));
        $this->redis = new Redis();
        $this->redis->connect($url['host'], $url['port'], 0, null, 20, 1.5);
        $this->create();
    }

    private function create(): void
    {
        $this->redis->xGroup('CREATE', $this->topic, 'mailers', '0', true);
    }

    public function run(): void
    {
        while (true) {
            try {
                $this->claim();
                $new = $this->redis->xReadGroup('mailers', 'php', [$this->topic => '>'], 10, 500);
                // No exception: an error is only to be asked for.
                if ($new === false && str_starts_with((string) $this->redis->getLastError(), 'NOGROUP')) {
                    $this->redis->clearLastError();
                    $this->create();
                }
                foreach ($new[$this->topic] ?? [] as $id => $fields) {
                    $this->handle($id, $fields);
                }
            } catch (RedisException $lost) {
                usleep(20000);
            }
        }
    }

    /** There is no xAutoClaim() before phpredis 6. */
    private function claim(): void
    {
        $reply = $this->redis->rawCommand('XAUTOCLAIM', $this->topic, 'mailers', 'php', '5000', '0-0', 'COUNT', '10');
        foreach ($reply[1] ?? [] as [$id, $flat]) {
            $this->handle($id, array_column(array_chunk($flat, 2), 1, 0));
        }
    }

    private function handle(string $id, array $fields): void
    {
        fwrite(STDOUT, "sent $id {$fields['data']}\n");
        $this->redis->xAck($this->topic, 'mailers', [$id]);
    }
}

(new Worker(getenv('TAILRACE_TOPIC')))->run();
