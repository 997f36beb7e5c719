#!/usr/bin/ruby
# The gem mail: its address lists and its messages.
require 'mail'

if ARGV.any?
  puts "mail #{Mail::VERSION.version}"
  exit
end

READINGS = {
  'AddressList' => ->(v) { Mail::AddressList.new(v).addresses.map(&:address) },
  'AddressList, utf-8' => ->(v) { Mail::AddressList.new(v.dup.force_encoding('UTF-8')).addresses.map(&:address) },
  'decode, then AddressList' => lambda { |v|
    Mail::AddressList.new(Mail::Encodings.value_decode(v.dup.force_encoding('UTF-8'))).addresses.map(&:address)
  },
  'Mail' => ->(v) { Mail.new("From: #{v}\r\n\r\nbody\r\n").from },
  'Mail, FromField' => ->(v) { Mail.new("From: #{v}\r\n\r\nbody\r\n")[:from].addrs.map(&:address) }
}.freeze

$stdout.sync = true
$stdin.each_line do |line|
  value = [line.chomp].pack('H*')
  puts(READINGS.map do |name, read|
    addresses = begin
      Array(read.call(value)).compact
    rescue StandardError
      []
    end
    "#{name}=#{addresses.map { |a| a.b.unpack1('H*') }.join(',')}"
  end.join(';'))
end
