# Prints what is added to a stream. Its cursor is "$" until an entry comes: what is added between two reads is lost.
require "redis"

client = Redis.new(url: ENV.fetch("REDIS_URL"))
topic = ENV.fetch("TAILRACE_TOPIC")
cursor = "$"
$stdout.sync = true
loop do
  client.xread(topic, cursor, count: 10, block: 2000).each_value do |entries|
    entries.each do |id, fields|
      puts fields.fetch("data")
      cursor = id
    end
  end
end
