# redis-rb: a worker of a group that looks through its own pending entries before each read.
require "redis"

topic = ENV.fetch("TAILRACE_TOPIC")
redis = Redis.new(url: ENV.fetch("REDIS_URL"))
with_group = lambda do
  redis.xgroup(:create, topic, "jobs", "0", mkstream: true)
rescue Redis::CommandError => e
  raise unless e.message.start_with?("BUSYGROUP")
end
with_group.call
loop do
  ["0", ">"].each do |cursor|
    wait = cursor == ">" ? { block: 500 } : {}
    redis.xreadgroup("jobs", "ruby", topic, cursor, count: 10, **wait).fetch(topic, []).each do |id, fields|
      puts "#{id} #{fields["data"]}"
      $stdout.flush
      redis.xack(topic, "jobs", id)
    end
  end
rescue Redis::CommandError => e
  e.message.include?("NOGROUP") ? with_group.call : sleep(0.02)
rescue Redis::BaseError
  sleep 0.02
end
