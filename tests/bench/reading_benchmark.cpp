// The cost of what is read and written around a decision: the policy file, From, the log line.
#include <benchmark/benchmark.h>

#include <string>

#include "config/load.h"
#include "policy/from_field.h"
#include "record/line.h"
#include "record/record.h"
#include "tests/bench/policies.h"
#include "tests/support/plain_refusal.h"

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

void format(::benchmark::State& state) {
    const Record record = plain_refusal();
    for (auto _ : state) ::benchmark::DoNotOptimize(format_line(record));
}
BENCHMARK(format)->Name("format_line");

void parse(::benchmark::State& state) {
    const std::string line = format_line(plain_refusal());
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
