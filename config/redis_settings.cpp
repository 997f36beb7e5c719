#include "config/redis_settings.h"

#include <algorithm>
#include <array>

#include "config/server_rows.h"
#include "policy/ascii.h"

namespace relaypermit {

std::vector<Placeholder> placeholders_of(const RedisSettings& settings) {
    std::vector<Placeholder> all;
    for (const PlaceholderText& argument : settings.command) {
        const auto more = placeholders_of(argument);
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

namespace {

constexpr std::array<std::string_view, 2> schemes = {"redis", "rediss"};

// Those that read, and whose answer is a value or a list of values.
constexpr std::array<std::string_view, 14> commands = {
    "SMEMBERS", "GET",    "LRANGE", "HGET",  "HVALS",  "HKEYS",         "MGET",
    "HMGET",    "SUNION", "SINTER", "SDIFF", "ZRANGE", "ZRANGEBYSCORE", "FCALL_RO"};

RedisSettings& of(TableDraft& table) {
    return std::get<RedisSettings>(table.settings.of_kind);
}

const Row<TableDraft> rows[] = {
    url_row<RedisSettings, schemes>(),
    ca_file_row<RedisSettings>(),
    password_file_row<RedisSettings>(),
    {{"command", ValueType::strings, ""},
     [](Reader& reader, const Node& list, TableDraft& table) {
         for (const Node& item : list.items_of(Node::Kind::string)) {
             auto argument = parse_placeholder_text(item.text(), table.query_of());
             if (argument)
                 of(table).command.push_back(*std::move(argument));
             else
                 say(reader, item, argument.error());
         }
         if (list.items().empty()) {
             reader.error(list.position, "the command is empty",
                          R"(as in ["SMEMBERS", "sendas:{login}"])");
             return;
         }
         const Node& name = list.items().front();
         if (name.kind != Node::Kind::string) return;
         if (std::find(commands.begin(), commands.end(), ascii_upper(name.text())) ==
             commands.end())
             reader.error(name.position,
                          in_backticks(name.text()) + " is no command that only reads values",
                          "SMEMBERS, GET, LRANGE, HGET, HVALS, ZRANGE, ...");
     }},
};

void check(Reader& reader, const Node& table, const TableDraft& read) {
    require(reader, table, table.find("url"), read.section, "url",
            "as in \"rediss://relaypermit@redis.example.com/0\"");
    const Node* const command = table.find("command");
    constexpr std::string_view of_aliases = R"(as in ["SMEMBERS", "sendas:{login}"])";
    constexpr std::string_view of_domains = R"(as in ["HGET", "domains", "{domain}"])";
    const std::string_view example = read.example(of_aliases, of_domains);
    require(reader, table, command, read.section, "command", example);
    const auto& redis = std::get<RedisSettings>(read.settings.of_kind);
    // Where every argument could be read.
    if (command != nullptr && command->kind == Node::Kind::array && !redis.command.empty() &&
        redis.command.size() == command->items().size() && placeholders_of(redis).empty())
        reader.error(command->position,
                     "the command has no placeholder, and so one answer for everybody",
                     std::string(example));
    const TableUrl& url = redis.server.url;
    if (url.scheme.empty()) return;
    if (url.path.size() > 4 || !std::all_of(url.path.begin(), url.path.end(), is_ascii_digit))
        reader.error(table.find("url")->position,
                     in_backticks(url.path) + " is not the number of a database",
                     "as in redis://localhost/0");
    if (url.scheme == "redis" && !redis.server.ca_file.empty())
        reader.error(table.find("url")->position, "`ca_file` goes with rediss://", {});
    if (url.scheme == "redis" && travels(url))
        reader.error(table.find("url")->position, "this Redis would be asked in clear text",
                     "rediss:// is for other machines; redis:// for localhost and sockets");
}

TableValues values(const TableSettings& read) {
    const auto& redis = std::get<RedisSettings>(read.of_kind);
    TableValues all = values_of(redis.server);
    std::vector<std::string> command;
    for (const PlaceholderText& argument : redis.command) command.push_back(argument.written);
    all.push_back({"command", command});
    return all;
}

}  // namespace

TableKind redis_kind() {
    return {
        "redis", RedisSettings{}, rows, check, values, "command", [](const TableSettings& read) {
            return placeholders_of(std::get<RedisSettings>(read.of_kind));
        }};
}

}  // namespace relaypermit
