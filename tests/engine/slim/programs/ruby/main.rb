# The standard library comes in parts: autoloads, native extensions, gems that Ruby brings, encodings by name.
autoload :YAML, "yaml"
autoload :Set, "set"

task, text = ARGV
case task
when "yaml" then puts YAML.dump({ "text" => text, "all" => [1, 2] })
when "json" then require "json"; puts JSON.generate({ text: text })
when "digest" then require "digest"; puts Digest::SHA256.hexdigest(text)[0, 16]
when "encode" then puts text.encode("Shift_JIS").bytes.inspect
when "erb" then require "erb"; puts ERB.new("Hello <%= text %>").result(binding)
when "time" then require "time"; puts Time.parse(text).utc.iso8601
else warn "no task #{task}"; exit 2
end
