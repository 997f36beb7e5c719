// The schema, and rows to and from records.
#include "record/store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

namespace relaypermit {
namespace {

// Words, not numbers, stand for verdicts and causes: the file is also read with sqlite3(1).
// AUTOINCREMENT: an id that was deleted is never given again, so that a follower misses nothing.
constexpr std::string_view version_1 = R"sql(
CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  last INTEGER NOT NULL,
  count INTEGER NOT NULL,
  varied INTEGER NOT NULL,
  queue_id TEXT NOT NULL,
  verdict TEXT NOT NULL,
  cause TEXT NOT NULL,
  ref TEXT NOT NULL,
  stage TEXT NOT NULL,
  login TEXT NOT NULL,
  mech TEXT NOT NULL,
  sender TEXT NOT NULL,
  "from" TEXT NOT NULL,
  hdrsender TEXT NOT NULL,
  rcpt TEXT NOT NULL,
  rcpt_count INTEGER NOT NULL,
  mailer TEXT NOT NULL,
  client TEXT NOT NULL,
  port INTEGER NOT NULL,
  daemon TEXT NOT NULL,
  mta TEXT NOT NULL,
  tls TEXT NOT NULL,
  helo TEXT NOT NULL,
  rule TEXT NOT NULL,
  also TEXT NOT NULL,
  reply TEXT NOT NULL
) STRICT;
CREATE INDEX decision_time ON decision(time);
CREATE INDEX decision_refused ON decision(time) WHERE verdict <> 'accept';
CREATE INDEX decision_ref ON decision(ref) WHERE ref <> '';
CREATE TABLE collapsed (
  decision INTEGER NOT NULL,
  ref TEXT NOT NULL,
  PRIMARY KEY (decision, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX collapsed_ref ON collapsed(ref);
CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  count INTEGER,
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE writer (
  id INTEGER PRIMARY KEY,
  begun INTEGER NOT NULL,
  ended INTEGER
) STRICT;
)sql";

// NULL: not kept; '': the message named no program, or its header fields were not seen.
constexpr std::string_view version_2 = "ALTER TABLE decision ADD COLUMN agent TEXT";

constexpr std::array<std::string_view, 2> migrations_of_the_store = {version_1, version_2};

constexpr std::string_view columns_of_a_decision =
    "id, time, last, count, varied, queue_id, verdict, cause, ref, stage, login, mech, sender, "
    "\"from\", hdrsender, rcpt, rcpt_count, mailer, client, port, daemon, mta, tls, helo, rule, "
    "also, reply, agent";

constexpr std::string_view id_column = "id, ";
constexpr int parameters_a_row = 27;

TimePoint time_of(std::int64_t seconds_since) {
    return TimePoint{std::chrono::seconds{seconds_since}};
}

std::optional<Stage> stage_from(std::string_view text) {
    for (const Stage stage : {Stage::mail, Stage::rcpt, Stage::headers})
        if (text == to_string(stage)) return stage;
    return std::nullopt;
}

std::vector<std::string> ids(const std::vector<Cause>& causes) {
    std::vector<std::string> texts;
    for (const Cause cause : causes) texts.emplace_back(to_string(cause));
    return texts;
}

}  // namespace

std::span<const std::string_view> store_migrations() {
    return migrations_of_the_store;
}

StoreResult<std::int64_t> known_version(Database& database, std::size_t newest) {
    const auto version = database.number("PRAGMA user_version");
    const auto application = database.number("PRAGMA application_id");
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    for (const auto* asked : {&version, &application, &tables})
        if (!*asked) return tl::unexpected(asked->error());
    if (*application != store_application_id && (*tables > 0 || *version != 0)) {
        return tl::unexpected(
            StoreFault{StoreTrouble::unavailable, "it is another program's database"});
    }
    if (*version > static_cast<std::int64_t>(newest)) {
        return tl::unexpected(
            StoreFault{StoreTrouble::newer, "its version is " + std::to_string(*version) +
                                                ", this program knows " + std::to_string(newest)});
    }
    return *version;
}

StoreResult<void> migrate(Database& database, std::span<const std::string_view> migrations) {
    const auto newest = static_cast<std::int64_t>(migrations.size());
    auto version = known_version(database, migrations.size());
    if (!version || *version == newest) return version.map([](std::int64_t) {});
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected(transaction.error());
    // Again, behind the lock: somebody may have been quicker.
    version = known_version(database, migrations.size());
    if (!version) return tl::unexpected(version.error());
    for (std::int64_t step = *version; step < newest; ++step) {
        const std::string sql{migrations[static_cast<std::size_t>(step)]};
        if (auto done = database.run(sql); !done) return done;
    }
    const std::string marks = "PRAGMA application_id = " + std::to_string(store_application_id) +
                              "; PRAGMA user_version = " + std::to_string(newest);
    if (auto done = database.run(marks); !done) return done;
    return transaction->commit();
}

std::string_view decision_columns() {
    return columns_of_a_decision;
}
std::string insert_decisions(std::size_t rows) {
    std::string sql = "INSERT INTO decision (" +
                      std::string(columns_of_a_decision.substr(id_column.size())) + ") VALUES ";
    for (std::size_t row = 0; row < rows; ++row) {
        sql += row == 0 ? "(?" : ", (?";
        for (int column = 1; column < parameters_a_row; ++column) sql += ", ?";
        sql += ")";
    }
    return sql;
}

void bind_decision(Statement& statement, std::size_t row, const RowHead& head,
                   const Record& record) {
    const int before = static_cast<int>(row) * parameters_a_row;
    statement.bind(before + 1, seconds(head.time))
        .bind(before + 2, seconds(head.last))
        .bind(before + 3, static_cast<std::int64_t>(head.count))
        .bind(before + 4, std::int64_t{head.varied})
        .bind_kept(before + 5, record.queue_id)
        .bind_kept(before + 6, to_string(record.verdict))
        .bind_kept(before + 7, record.cause ? to_string(*record.cause) : std::string_view{})
        .bind_kept(before + 8, record.reference)
        .bind_kept(before + 9, to_string(record.stage))
        .bind_kept(before + 10, record.login)
        .bind_kept(before + 11, record.mechanism)
        .bind_kept(before + 12, record.sender)
        .bind(before + 13, join_list(record.from))
        .bind_kept(before + 14, record.header_sender)
        .bind(before + 15, join_list(record.recipients))
        .bind(before + 16, static_cast<std::int64_t>(record.recipient_count))
        .bind_kept(before + 17, record.mailer)
        .bind_kept(before + 18, record.client)
        .bind(before + 19, std::int64_t{record.port})
        .bind_kept(before + 20, record.daemon)
        .bind_kept(before + 21, to_string(record.mta))
        .bind_kept(before + 22, record.tls)
        .bind_kept(before + 23, record.helo)
        .bind(before + 24, join_list(record.rules))
        .bind(before + 25, join_list(ids(record.also)))
        .bind_kept(before + 26, record.reply);
    if (record.agent)
        statement.bind_kept(before + 27, *record.agent);
    else
        statement.bind_null(before + 27);
}

StoreResult<void> read_decision_row(const Statement& statement, StoredRecord& stored) {
    const auto read = [&](int column, std::string& into) { into = statement.text(column); };
    const auto unknown = [&](int column) {
        return tl::unexpected(
            StoreFault{StoreTrouble::damaged, "row " + std::string(statement.text(0)) + " says `" +
                                                  std::string(statement.text(column)) +
                                                  "`, which nobody wrote"});
    };
    stored.id = statement.number(0);
    stored.time = time_of(statement.number(1));
    stored.last = time_of(statement.number(2));
    stored.count = static_cast<std::uint64_t>(statement.number(3));
    stored.varied = statement.number(4) != 0;
    Record& record = stored.record;
    read(5, record.queue_id);
    const auto verdict = outcome_from(statement.text(6));
    if (!verdict) return unknown(6);
    record.verdict = *verdict;
    const std::string_view cause = statement.text(7);
    record.cause = cause.empty() ? std::nullopt : cause_from(cause);
    if (!record.cause && !cause.empty()) return unknown(7);
    read(8, record.reference);
    const auto stage = stage_from(statement.text(9));
    if (!stage) return unknown(9);
    record.stage = *stage;
    read(10, record.login);
    read(11, record.mechanism);
    read(12, record.sender);
    split_list(statement.text(13), record.from);
    read(14, record.header_sender);
    split_list(statement.text(15), record.recipients);
    record.recipient_count = static_cast<std::size_t>(statement.number(16));
    read(17, record.mailer);
    read(18, record.client);
    record.port = static_cast<std::uint16_t>(statement.number(19));
    read(20, record.daemon);
    const std::string_view mta = statement.text(21);
    record.mta = mta == to_string(Mta::sendmail) ? Mta::sendmail : Mta::postfix;
    if (mta != to_string(record.mta)) return unknown(21);
    read(22, record.tls);
    read(23, record.helo);
    split_list(statement.text(24), record.rules);
    record.also.clear();
    for (const std::string& id : split_list(statement.text(25))) {
        const auto also = cause_from(id);
        if (!also) return unknown(25);
        record.also.push_back(*also);
    }
    read(26, record.reply);
    record.agent.reset();
    if (!statement.is_null(27)) record.agent = statement.text(27);
    return {};
}

std::string join_list(const std::vector<std::string>& values) {
    std::string joined;
    for (const std::string& value : values) {
        // Every value ends with a line feed, so that [""] and [] differ.
        for (const char c : value)
            if (c == '\\')
                joined += "\\\\";
            else if (c == '\n')
                joined += "\\n";
            else
                joined += c;
        joined += '\n';
    }
    return joined;
}

std::vector<std::string> split_list(std::string_view joined) {
    std::vector<std::string> values;
    split_list(joined, values);
    return values;
}

void split_list(std::string_view joined, std::vector<std::string>& values) {
    std::size_t count = 0;
    const auto next = [&]() -> std::string& {
        if (count == values.size()) values.emplace_back();
        return values[count++];
    };
    if (joined.find('\\') == std::string_view::npos) {
        while (!joined.empty()) {
            const std::size_t end = std::min(joined.find('\n'), joined.size());
            next() = joined.substr(0, end);
            joined.remove_prefix(std::min(end + 1, joined.size()));
        }
        values.resize(count);
        return;
    }
    std::string value;
    for (std::size_t i = 0; i < joined.size(); ++i) {
        if (joined[i] == '\n') {
            next() = std::exchange(value, {});
        } else if (joined[i] == '\\' && i + 1 < joined.size()) {
            ++i;
            value += joined[i] == 'n' ? '\n' : joined[i];
        } else {
            value += joined[i];
        }
    }
    if (!value.empty()) next() = std::move(value);
    values.resize(count);
}

}  // namespace relaypermit
