# redis-rb: an Enumerator of entries, handed out by each.
require "redis"

$stdout.sync = true
topic = ENV.fetch("TAILRACE_TOPIC")
redis = Redis.new(url: ENV.fetch("REDIS_URL"))
entries = Enumerator.new do |out|
  last = redis.xrevrange(topic, count: 1).dig(0, 0) || "0-0"
  loop do
    page = redis.xread(topic, last, count: 10, block: 2000).fetch(topic, [])
    page.each do |id, fields|
      out << [id, fields]
      last = id
    end
  rescue Redis::BaseError
    sleep 0.02
  end
end
entries.each { |id, fields| puts "#{id} #{fields.fetch("data")}" }
