// The cost of a decision, by the number of aliases in the policy. tests/bench/flat reads these
// names.
#include <benchmark/benchmark.h>

#include <vector>

#include "policy/decide.h"
#include "tests/bench/policies.h"

namespace relaypermit::benchmark {
namespace {

Facts session(const std::string& login, const std::string& sender) {
    Facts facts;
    facts.client = IpAddress::parse("198.51.100.7");
    facts.port = 587;
    facts.tls = "TLSv1.3";
    facts.auth_type = "PLAIN";
    facts.auth_authen = login;
    facts.sender_argument = "<" + sender + ">";
    facts.sender_by_mta = sender;
    facts.recipients = {{"<someone@remote.example>", "smtp"}};
    facts.headers = {{"From", " Somebody <" + sender + ">"}};
    return facts;
}

// A handful of sessions all over the policy, so that no cache line stays warm by itself.
std::vector<Facts> granted_sessions(std::size_t aliases, bool by_one_login) {
    std::vector<Facts> sessions;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::size_t alias = i * 7919 % aliases;
        sessions.push_back(by_one_login ? session("boss@example.com",
                                                  "orders@d" + std::to_string(alias) + ".example")
                                        : session(login_of(alias), sender_of(alias)));
    }
    return sessions;
}

void run(::benchmark::State& state, const PolicySource& source, const std::vector<Facts>& sessions,
         Stage stage, Outcome expected) {
    const Policy policy(source);
    std::vector<std::pair<Facts, Reading>> messages;
    for (const Facts& facts : sessions) messages.emplace_back(facts, read_message(policy, facts));
    std::size_t next = 0;
    for (auto _ : state) {
        auto& [facts, reading] = messages[next++ % messages.size()];
        const Verdict verdict = decide(policy, facts, reading, stage, {});
        if (verdict.outcome != expected) {
            state.SkipWithError("the verdict is not the expected one");
            break;
        }
    }
}

std::size_t aliases(const ::benchmark::State& state) {
    return static_cast<std::size_t>(state.range(0));
}

void granted(::benchmark::State& state) {
    run(state, mixed_policy(aliases(state)), granted_sessions(aliases(state), false), Stage::mail,
        Outcome::accept);
}
void refused(::benchmark::State& state) {
    run(state, mixed_policy(aliases(state)),
        {session("user1@example.com", "orders@d0.example"),
         session("nobody@example.com", "boss@example.com")},
        Stage::mail, Outcome::reject);
}
void headers(::benchmark::State& state) {
    run(state, mixed_policy(aliases(state)), granted_sessions(aliases(state), false),
        Stage::headers, Outcome::accept);
}
void granted_to_one_login(::benchmark::State& state) {
    run(state, one_login_policy(aliases(state)), granted_sessions(aliases(state), true),
        Stage::mail, Outcome::accept);
}
void granted_by_prefix(::benchmark::State& state) {
    const std::string last = std::to_string(aliases(state) - 1);
    run(state, prefix_policy(aliases(state)),
        {session("user" + last + "@example.com", "user" + last + "-x@example.com")}, Stage::mail,
        Outcome::accept);
}
void granted_by_regex(::benchmark::State& state) {
    const std::size_t last = aliases(state) - 1;
    run(state, regex_policy(aliases(state)),
        {session(login_of(last),
                 "user" + std::to_string(last) + "@d" + std::to_string(last) + ".example")},
        Stage::mail, Outcome::accept);
}

BENCHMARK(granted)->Name("evaluate/mail/granted")->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(refused)->Name("evaluate/mail/refused")->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(headers)->Name("evaluate/headers/granted")->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(granted_to_one_login)->Name("evaluate/mail/one-login")->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(granted_by_prefix)->Name("evaluate/mail/prefixes")->Arg(10)->Arg(1'000)->Arg(100'000);
BENCHMARK(granted_by_regex)->Name("evaluate/mail/regex")->Arg(10)->Arg(1'000);

}  // namespace
}  // namespace relaypermit::benchmark
