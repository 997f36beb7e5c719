// The cost of what is read and written around a decision: the policy file, From, the log line.
#include <benchmark/benchmark.h>

#include <string>

#include "config/load.h"
#include "policy/from_field.h"
#include "record/line.h"
#include "record/record.h"
#include "tests/bench/policies.h"

namespace relaypermit::benchmark {
namespace {

void load(::benchmark::State& state) {
    const std::string text = mixed_policy_text(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        const Loaded loaded = load_policy_text(text, "policy.toml", "mail.example.com");
        if (!loaded.policy) {
            state.SkipWithError("the policy has errors");
            break;
        }
    }
}
BENCHMARK(load)
    ->Name("load_policy")
    ->Arg(10)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(::benchmark::kMillisecond);

void from(::benchmark::State& state, const std::string& value) {
    for (auto _ : state) {
        if (!parse_from(value)) {
            state.SkipWithError("the field cannot be read");
            break;
        }
    }
}
BENCHMARK_CAPTURE(from, plain, " orders@example.com")->Name("parse_from/plain");
BENCHMARK_CAPTURE(from, named, " \"Shop, Orders\" <orders@example.com>")->Name("parse_from/named");
BENCHMARK_CAPTURE(from, encoded, " =?utf-8?q?B=C3=BCcherei?= <orders@b\u00fccher.example>")
    ->Name("parse_from/encoded");

Record refusal() {
    Record record;
    record.queue_id = "4c1X2b3d";
    record.verdict = Outcome::reject;
    record.cause = Cause::sender_not_owned;
    record.reference = "7F3K2Q9D";
    record.login = "alice@example.com";
    record.mechanism = "PLAIN";
    record.sender = "bob@example.com";
    record.client = "198.51.100.7";
    record.port = 587;
    record.daemon = "ORIGINATING";
    record.tls = "TLSv1.3";
    record.helo = "laptop";
    record.reply =
        "550 5.7.1 Relay not permitted - alice@example.com may not send as "
        "bob@example.com - ref 7F3K2Q9D";
    return record;
}

void format(::benchmark::State& state) {
    const Record record = refusal();
    for (auto _ : state) ::benchmark::DoNotOptimize(format_line(record));
}
BENCHMARK(format)->Name("format_line");

void parse(::benchmark::State& state) {
    const std::string line = format_line(refusal());
    for (auto _ : state) {
        if (!parse_line(line)) {
            state.SkipWithError("the line cannot be read");
            break;
        }
    }
}
BENCHMARK(parse)->Name("parse_line");

}  // namespace
}  // namespace relaypermit::benchmark

BENCHMARK_MAIN();
