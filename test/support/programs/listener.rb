# Is told of entries by a channel, and reads on from its cursor. What it is given says what it does, or leaves out.
require "redis"

$stdout.sync = true
how = ARGV[0]
topic = ENV.fetch("TAILRACE_TOPIC")
data = Redis.new(url: ENV.fetch("REDIS_URL"))
cursor = "0-0"
read_on = lambda do
  loop do
    page = begin
      data.xrange(topic, "(#{cursor}", "+", count: 50)
    rescue Redis::BaseError
      sleep 0.02
      next
    end
    break if page.empty?

    page.each do |id, fields|
      puts "#{id} #{fields["data"]}"
      cursor = id
    end
  end
end
first = true
loop do
  Redis.new(url: ENV.fetch("REDIS_URL"), reconnect_attempts: 0, timeout: 0).subscribe("#{topic}:live") do |on|
    on.subscribe do
      read_on.call if first || how == "catches-up"
      puts "ready" if first
      first = false
    end
    on.message { read_on.call unless how == "deaf" }
  end
rescue Redis::BaseConnectionError
  sleep 0.02
end
