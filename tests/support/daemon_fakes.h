// Fakes of what surrounds the daemon's Decider, and an MTA that speaks to a Session as libmilter
// would let it. For tests in one thread; what needs more says so.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"
#include "milter/decider.h"
#include "milter/macros.h"
#include "milter/session.h"

namespace relaypermit {

// Snapshots of a policy that a test can exchange.
class FixedSnapshots final : public Snapshots {
  public:
    explicit FixedSnapshots(std::string_view toml) { set(toml); }
    void set(std::string_view toml) {
        const Loaded loaded = load_policy_text(toml, "policy.toml", "mail.example.com");
        if (!loaded.policy) throw std::runtime_error(to_string(loaded.errors.front()));
        current_ = make_snapshot(loaded);
    }
    // Adds an [[alias_table]].
    void add_table(const std::string& id) {
        PolicySource source = current_->policy->source();
        source.tables.push_back({id, {}});
        set(std::move(source));
    }
    // Another policy with the same settings.
    void set(PolicySource source) {
        Snapshot next = *current_;
        next.policy = std::make_shared<const Policy>(std::move(source));
        current_ = std::make_shared<const Snapshot>(std::move(next));
    }
    [[nodiscard]] std::shared_ptr<const Snapshot> current() const override { return current_; }

  private:
    std::shared_ptr<const Snapshot> current_{};
};

// Any thread.
class KeptRecords final : public RecordSink {
  public:
    void write(const Record& record) override {
        const std::lock_guard lock(mutex_);
        if (failing) throw std::runtime_error("the sink is full");
        records.push_back(record);
    }
    std::vector<Record> records{};
    bool failing{};

  private:
    std::mutex mutex_{};
};

// Any thread.
class KeptLog final : public Log {
  public:
    void write(LogLevel level, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        lines.emplace_back(level, line);
    }
    [[nodiscard]] std::vector<std::string> at(LogLevel wanted) const {
        std::vector<std::string> found;
        for (const auto& [level, line] : lines)
            if (level == wanted) found.push_back(line);
        return found;
    }
    std::vector<std::pair<LogLevel, std::string>> lines{};

  private:
    std::mutex mutex_{};
};

class FakeTables final : public AliasTables {
  public:
    [[nodiscard]] std::vector<TableAnswer> ask(const Policy& /*policy*/,
                                               const std::vector<Question>& questions,
                                               const Facts& facts) override {
        std::vector<TableAnswer> answers;
        for (const Question& question : questions) {
            asked.push_back(question.key + " for " + facts.auth_authen);
            answers.push_back(answer);
            answers.back().table = question.key;
            answers.back().address = question.address;
        }
        return answers;
    }
    TableAnswer answer{};
    std::vector<std::string> asked{};
};

// A Decider with a policy, in a world that stands still.
struct World {
    explicit World(std::string_view toml) : snapshots(toml) {}

    FixedSnapshots snapshots;
    KeptRecords records{};
    KeptLog log{};
    FakeTables tables{};
    TimePoint now{std::chrono::seconds(1'790'000'000)};
    std::uint64_t references{0};
    Decider decider{Surroundings{snapshots, tables, records, log, [this] { return now; },
                                 [this] { return ++references; }}};
};

// What libmilter keeps of the macros that it received, with both of its traps: a stage's values
// live on where the MTA sends none for it, and what later stages said is dropped when an earlier
// one comes again (mi_clr_macros).
class KeptMacros final : public Macros {
  public:
    using Values = std::map<std::string, std::string>;

    // A macro packet in front of the command of `stage`.
    void receive(MacroStage stage, const Values& values) {
        for (std::size_t later = index(stage) + 1; later < stages_.size(); ++later)
            stages_[later].clear();
        if (!values.empty()) stages_[index(stage)] = values;
    }
    [[nodiscard]] std::optional<std::string> get(const std::string& name) const override {
        for (std::size_t stage = stages_.size(); stage-- > 0;)
            if (const auto found = stages_[stage].find(name); found != stages_[stage].end())
                return found->second;
        return std::nullopt;
    }

  private:
    static std::size_t index(MacroStage stage) { return static_cast<std::size_t>(stage); }
    std::array<Values, 6> stages_{};
};

// An MTA whose sessions call a Session of ours: it sends the macros that were asked for and that
// it has at that moment.
class FakeMta {
  public:
    explicit FakeMta(World& world, HeaderEvents headers = HeaderEvents::reported)
        : session(world.decider, headers) {}

    // The state of the MTA's session, by macro name; "i" comes and goes by itself.
    KeptMacros::Values values{
        {"j", "mail.example.com"}, {"v", "Postfix 3.7.11"}, {"{daemon_port}", "587"}};
    PeerAddress client{"client.example", IpAddress::parse("198.51.100.1"), 40000, true};

    void be_sendmail() {
        values["v"] = "8.17.1.9";
        values["{opMode}"] = "d";
    }
    void log_in(const std::string& login, const std::string& mechanism = "PLAIN") {
        values["{auth_type}"] = mechanism;
        values["{auth_authen}"] = login;
    }
    void log_out() {
        values.erase("{auth_type}");
        values.erase("{auth_authen}");
    }
    void tls() { values["{tls_version}"] = "TLSv1.3"; }

    void connect() {
        send(MacroStage::connect);
        ConnectEvent event = connect_event(macros_, client);
        mta_ = event.mta;
        session.connect(std::move(event));
    }
    void helo(const std::string& name = "client.example") {
        send(MacroStage::helo);
        session.helo(name);
    }
    // Connect and helo, over TLS.
    void open() {
        connect();
        tls();
        helo();
    }
    std::optional<Reply> mail(const std::string& argument) {
        values.erase("i");
        return mail_as(argument, reading_of(argument));
    }
    // `by_mta`: what the MTA itself reads there.
    std::optional<Reply> mail_as(const std::string& argument, const std::string& by_mta) {
        const bool sendmail = values.count("{opMode}") != 0;
        values["{mail_addr}"] = by_mta;
        if (sendmail) values["f"] = by_mta;
        if (sendmail) values["i"] = "6ALGfVs3007535";
        send(MacroStage::mail);
        return session.mail(mail_event(macros_, mta_, argument));
    }
    std::optional<Reply> rcpt(const std::string& argument, const std::string& mailer = "smtp",
                              const std::string& host = "remote.example",
                              const std::string& address = {}) {
        values["{rcpt_mailer}"] = mailer;
        values["{rcpt_host}"] = host;
        values["{rcpt_addr}"] = address.empty() ? reading_of(argument) : address;
        send(MacroStage::rcpt);
        auto reply = session.rcpt(rcpt_event(macros_, argument));
        // Postfix opens its queue file for the first recipient that was accepted.
        if (!reply && host != "5.7.1") values["i"] = "4c1X2b3d";
        return reply;
    }
    std::optional<Reply> end() {
        send(MacroStage::end_of_message);
        return session.end_of_message(queue_id(macros_));
    }
    // A whole message with one recipient elsewhere; the first refusal, if any.
    std::optional<Reply> message(const std::string& sender, const std::string& from,
                                 const std::string& recipient = "<x@remote.example>") {
        if (auto reply = mail(sender)) return reply;
        if (auto reply = rcpt(recipient)) return reply;
        session.header("From", " " + from);
        return end();
    }

    Session session;

  private:
    void send(MacroStage stage) {
        KeptMacros::Values sent;
        std::string list = " " + std::string(macro_list(stage)) + " ";
        for (const auto& [name, value] : values)
            if (list.find(" " + name + " ") != std::string::npos) sent[name] = value;
        macros_.receive(stage, sent);
    }
    // How an MTA reads an address of an everyday form.
    static std::string reading_of(const std::string& argument) {
        const auto path = parse_path(argument);
        if (!path) return argument;
        return path->null ? "" : to_string(path->address);
    }

    KeptMacros macros_{};
    Mta mta_{};
};

}  // namespace relaypermit
