# Prints what is added to a stream. Its cursor is an id from the beginning: an empty read leaves it where it is.
require "redis"

client = Redis.new(url: ENV.fetch("REDIS_URL"))
topic = ENV.fetch("TAILRACE_TOPIC")
cursor = client.xrevrange(topic, "+", "-", count: 1).dig(0, 0) || "0-0"
$stdout.sync = true
loop do
  client.xread(topic, cursor, count: 10, block: 2000).each_value do |entries|
    entries.each do |id, fields|
      puts fields.fetch("data")
      cursor = id
    end
  end
end
