#include "tables/sasl_table.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace relaypermit {

namespace {

// libsasl2's mutexes are no-ops unless the program brings its own.
void* mutex_alloc() {
    return new (std::nothrow) std::mutex;
}
int mutex_lock(void* mutex) {
    static_cast<std::mutex*>(mutex)->lock();
    return SASL_OK;
}
int mutex_unlock(void* mutex) {
    static_cast<std::mutex*>(mutex)->unlock();
    return SASL_OK;
}
void mutex_free(void* mutex) {
    delete static_cast<std::mutex*>(mutex);
}

// Asked before the configuration file; what is not answered here is looked up there.
int get_option(void*, const char*, const char* option, const char** result, unsigned* length) {
    static constexpr std::string_view auxprop = "auxprop";
    if (!option || std::string_view(option) != "pwcheck_method") return SASL_FAIL;
    if (result) *result = auxprop.data();
    if (length) *length = static_cast<unsigned>(auxprop.size());
    return SASL_OK;
}

// libsasl2 would write to syslog by itself; what went wrong reaches the log with the answer.
int be_quiet(void*, int, const char*) {
    return SASL_OK;
}

// libsasl2 casts each callback back to its own type by its id.
template <typename Function>
int (*as_callback(Function* function))() {
    return reinterpret_cast<int (*)()>(reinterpret_cast<void (*)()>(function));
}

// What of relaypermit.conf matters beyond libsasl2: "key: value" lines.
using Options = std::map<std::string, std::string, std::less<>>;

std::string trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

Options read_options(std::istream& file) {
    Options options;
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(':');
        if (colon == std::string::npos || line.front() == '#') continue;
        options[trimmed(std::string_view(line).substr(0, colon))] =
            trimmed(std::string_view(line).substr(colon + 1));
    }
    return options;
}

std::string option_or(const Options& options, std::string_view name, std::string_view otherwise) {
    const auto found = options.find(name);
    return std::string(found == options.end() ? otherwise : found->second);
}

// The one instance of libsasl2 in this process.
struct Library {
    std::mutex mutex{};
    std::string directory{};  // empty: not initialized
    bool sqlite{};            // the sql plugin may be asked, on its SQLite engine
    std::string sasldb{};     // the file where sasldb is the only plugin; else empty
};

Library& library() {
    static Library instance;
    return instance;
}

tl::expected<void, std::string> start(const std::string& directory) {
    Library& sasl = library();
    const std::lock_guard lock(sasl.mutex);
    if (sasl.directory == directory) return {};
    if (!sasl.directory.empty())
        return tl::make_unexpected("libsasl2 already runs with `" + sasl.directory +
                                   "`: one process has one SASL configuration (restart to change "
                                   "it)");
    const std::string name = directory + "/relaypermit.conf";
    std::error_code error;
    const auto type = std::filesystem::status(name, error).type();
    // A pipe would never open, and a device never end.
    if (!error && type != std::filesystem::file_type::regular)
        return tl::make_unexpected("`" + name + "` is no file");
    std::ifstream file(name);
    if (!file) return tl::make_unexpected("cannot read `" + name + "`");
    const Options options = read_options(file);
    const std::string plugins = option_or(options, "auxprop_plugin", "");
    const bool sql = plugins.empty() || plugins.find("sql") != std::string::npos;
    sasl.sqlite = sql && option_or(options, "sql_engine", "mysql").starts_with("sqlite");
    if (plugins == "sasldb") sasl.sasldb = option_or(options, "sasldb_path", "/etc/sasldb2");

    // libsasl2 keeps pointers to both for as long as it runs.
    static std::string path;
    static std::array<sasl_callback_t, 3> callbacks;
    path = directory;
    callbacks = {{{SASL_CB_GETOPT, as_callback(get_option), nullptr},
                  {SASL_CB_LOG, as_callback(be_quiet), nullptr},
                  {SASL_CB_LIST_END, nullptr, nullptr}}};
    sasl_set_mutex(mutex_alloc, mutex_lock, mutex_unlock, mutex_free);
    sasl_set_path(SASL_PATH_TYPE_CONFIG, path.data());
    const int status = sasl_server_init(callbacks.data(), "relaypermit");
    if (status != SASL_OK)
        return tl::make_unexpected(std::string("libsasl2 does not start: ") +
                                   sasl_errstring(status, nullptr, nullptr));
    sasl.directory = directory;
    return {};
}

struct Disposer {
    void operator()(sasl_conn_t* connection) const { sasl_dispose(&connection); }
};
using Connection = std::unique_ptr<sasl_conn_t, Disposer>;

tl::expected<Connection, std::string> connect(const Login& login) {
    sasl_conn_t* connection = nullptr;
    const int status = sasl_server_new("smtp", nullptr, login.realm.c_str(), nullptr, nullptr,
                                       nullptr, 0, &connection);
    if (status != SASL_OK)
        return tl::make_unexpected(std::string("libsasl2: ") +
                                   sasl_errstring(status, nullptr, nullptr));
    return Connection(connection);
}

// Sender patterns in one value, by spaces or commas outside quotes.
void split(std::string_view value, std::vector<std::string>& patterns) {
    std::string pattern;
    bool quoted = false;
    for (const char c : value) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',')) {
            if (!pattern.empty()) patterns.push_back(std::move(pattern));
            pattern.clear();
        } else {
            pattern += c;
        }
    }
    if (!pattern.empty()) patterns.push_back(std::move(pattern));
}

constexpr std::size_t max_name_bytes = 1023;      // CANON_BUF_SIZE of libsasl2's saslint.h
constexpr std::size_t max_property_bytes = 8191;  // of a property, as sasldb and sql read it

// Why SASL can have no account of this very name; empty: it may have one. Asked for such a login,
// libsasl2 2.1.28 would answer for another account: it ends a user name at the first @ and at a
// NUL, takes white space off both ends, and has the host's name for a missing realm.
std::string no_account(const Login& login) {
    const auto blank = [](char c) { return c == ' '; };
    const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
    const auto& [user, realm] = login;
    if (user.empty()) return "the login has no user part";
    if (realm.empty()) return "the login has no realm (default_realm of [login] would be it)";
    if (user.find('@') != std::string::npos) return "SASL ends a user name at the first @";
    for (const std::string& part : {user, realm}) {
        if (blank(part.front()) || blank(part.back()))
            return "SASL does not keep blanks at the ends of a login";
        if (std::any_of(part.begin(), part.end(), control))
            return "the login holds a control character";
    }
    if (to_string(login).size() > max_name_bytes) return "the login is too long for SASL";
    return {};
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

tl::expected<std::unique_ptr<SaslTable>, std::string> SaslTable::open(const std::string& directory,
                                                                      const std::string& property) {
    if (auto started = start(directory); !started)
        return tl::make_unexpected(std::move(started.error()));
    return std::unique_ptr<SaslTable>(new SaslTable(property));
}

TableResult SaslTable::look_up(const Login& login) {
    const auto failed = [](std::string why) { return TableResult{false, {}, {}, std::move(why)}; };
    if (std::string why = no_account(login); !why.empty())
        return TableResult{true, false, {}, std::move(why)};
    const Library& sasl = library();
    if (sasl.sqlite && to_string(login).find_first_of("'\"\\") != std::string::npos)
        return failed(
            "the login holds a quote or a backslash, which SASL's SQLite engine does not "
            "escape safely");
    if (!sasl.sasldb.empty() && !exists(sasl.sasldb))
        return failed("`" + sasl.sasldb + "` is missing");

    auto connection = connect(login);
    if (!connection) return failed(connection.error());
    // A name with a star is asked for whether or not the login "authenticated"; which of the two
    // a plugin answers differs between them.
    const std::string starred = "*" + property_;
    std::array<const char*, 3> wanted = {starred.c_str(), property_.c_str(), nullptr};
    int status = sasl_auxprop_request(connection->get(), wanted.data());
    if (status == SASL_OK)
        status =
            sasl_user_exists(connection->get(), "smtp", login.realm.c_str(), login.user.c_str());
    TableResult result;
    switch (status) {
        case SASL_OK:
        case SASL_DISABLED:
        case SASL_NOVERIFY:
            result.login_exists = true;
            break;
        case SASL_NOUSER:
            result.login_exists = false;
            break;
        default:
            return failed(std::string("libsasl2: ") + sasl_errstring(status, nullptr, nullptr));
    }
    std::array<propval, 3> values{};
    if (propctx* context = sasl_auxprop_getctx(connection->get()))
        prop_getnames(context, wanted.data(), values.data());
    for (const propval& value : values) {
        if (!value.name || !value.values) continue;
        for (const char** text = value.values; *text; ++text)
            // The sql plugin turns a NULL of the database into this word.
            if (std::string_view(*text) != "NULL") split(*text, result.senders);
    }
    std::sort(result.senders.begin(), result.senders.end());
    result.senders.erase(std::unique(result.senders.begin(), result.senders.end()),
                         result.senders.end());
    result.known = true;
    result.why = *result.login_exists ? "SASL knows the login" : "SASL does not know the login";
    return result;
}

tl::expected<void, std::string> SaslTable::store(const Login& login,
                                                 const std::vector<std::string>& senders) {
    if (std::string why = no_account(login); !why.empty())
        return tl::make_unexpected(std::move(why));
    std::string value;
    for (const std::string& sender : senders) {
        std::vector<std::string> read;
        split(sender, read);
        if (read != std::vector<std::string>{sender})
            return tl::make_unexpected("`" + sender +
                                       "` holds a space or a comma, which separate patterns here");
        value += (value.empty() ? "" : " ") + sender;
    }
    if (value.size() > max_property_bytes)
        return tl::make_unexpected("these are " + std::to_string(value.size()) +
                                   " bytes, and SASL reads back no more than " +
                                   std::to_string(max_property_bytes));
    auto connection = connect(login);
    if (!connection) return tl::make_unexpected(std::move(connection.error()));

    propctx* context = prop_new(0);
    if (!context) return tl::make_unexpected(std::string("out of memory"));
    std::array<const char*, 2> names = {property_.c_str(), nullptr};
    int status = prop_request(context, names.data());
    if (status == SASL_OK && !value.empty())
        status =
            prop_set(context, property_.c_str(), value.c_str(), static_cast<int>(value.size()));
    if (status == SASL_OK)
        status = sasl_auxprop_store(connection->get(), context, to_string(login).c_str());
    prop_dispose(&context);
    if (status != SASL_OK)
        return tl::make_unexpected(std::string("libsasl2: ") +
                                   sasl_errstring(status, nullptr, nullptr));
    return {};
}

}  // namespace relaypermit
