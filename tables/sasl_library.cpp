#include "tables/sasl_library.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <sstream>
#include <utility>

#include "policy/address.h"

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

// What plugins say to the log during one call. The sql plugin names each property before its
// query, and what went wrong after it.
class PluginLog {
  public:
    explicit PluginLog(std::string_view property) : property_(property) { current_ = this; }
    ~PluginLog() { current_ = nullptr; }
    PluginLog(const PluginLog&) = delete;
    PluginLog& operator=(const PluginLog&) = delete;

    // Of a query for the property itself, or of what comes before the first query.
    [[nodiscard]] const std::string& failure() const { return lost_ ? lost : failure_; }
    // Of the query for the password, by which the plugin tells whether the login exists.
    [[nodiscard]] const std::string& existence_failure() const { return existence_failure_; }
    // The last error that any plugin reported.
    [[nodiscard]] const std::string& error() const { return error_; }

    // The callback of libsasl2, on the thread that called it.
    static int hear(void*, int level, const char* message) noexcept {
        try {
            if (current_ && message) current_->take(level, message);
        } catch (const std::exception&) {
            current_->lost_ = true;  // no exception may pass through C
        }
        return SASL_OK;  // libsasl2 would else write to syslog by itself
    }

  private:
    void take(int level, std::string_view message) {
        while (!message.empty() && (message.back() == '\n' || message.back() == ' '))
            message.remove_suffix(1);
        constexpr std::string_view next = "sql plugin create statement from ";
        if (message.starts_with("sql plugin Parse the username")) {
            asked_for_ = property_;
        } else if (message.starts_with(next)) {
            message.remove_prefix(next.size());
            asked_for_ = message.substr(0, message.find(' '));
        } else if (is_failed_query(message)) {
            // SASL asks for a secret of each mechanism too, for which few tables have a column.
            if (asked_for_ == property_) failure_ = message;
            if (asked_for_ == SASL_AUX_PASSWORD_PROP) existence_failure_ = message;
        } else if (level == SASL_LOG_ERR) {
            error_ = message;
        }
    }

    [[nodiscard]] static bool is_failed_query(std::string_view message) {
        if (message.starts_with("sql query failed: ")) return true;  // MySQL
        return message.starts_with("sql plugin: ") &&
               !message.starts_with("sql plugin: no result found") &&
               !message.starts_with("sql plugin: found duplicate row");
    }

    static thread_local PluginLog* current_;
    const std::string property_;
    std::string asked_for_{property_};
    // What was said is not known: nothing that came of the query is.
    inline static const std::string lost{"out of memory"};
    bool lost_{};
    std::string failure_{};
    std::string existence_failure_{};
    std::string error_{};
};

thread_local PluginLog* PluginLog::current_ = nullptr;

std::string status_text(int status, const PluginLog& log) {
    return std::string("libsasl2: ") + sasl_errstring(status, nullptr, nullptr) +
           (log.error().empty() ? "" : " (" + log.error() + ")");
}

// libsasl2 casts each callback back to its own type by its id.
template <typename Function>
int (*as_callback(Function* function))() {
    return reinterpret_cast<int (*)()>(reinterpret_cast<void (*)()>(function));
}

struct Options {
    std::optional<std::string> plugins{};
    std::optional<std::string> sasldb_path{};
};

// Only a plugin may ask libsasl2 for an option of its file: this one asks, and then declines to be
// one.
Options* options_asked_for = nullptr;  // guarded by the mutex of start()

int ask_for_options(const sasl_utils_t* utils, int, int*, sasl_auxprop_plug_t**, const char*) {
    const auto option = [utils](const char* name) -> std::optional<std::string> {
        const char* value = nullptr;
        if (utils->getopt(utils->getopt_context, nullptr, name, &value, nullptr) != SASL_OK ||
            !value)
            return std::nullopt;
        return value;
    };
    *options_asked_for = {option("auxprop_plugin"), option("sasldb_path")};
    return SASL_NOMECH;
}

Options read_options() {
    Options options;
    options_asked_for = &options;
    (void)sasl_auxprop_add_plugin("relaypermit", ask_for_options);
    options_asked_for = nullptr;
    return options;
}

tl::expected<std::string, std::string> read_file(const std::string& path) {
    std::error_code error;
    const auto type = std::filesystem::status(path, error).type();
    // A pipe would never open, and a device never end.
    if (!error && type != std::filesystem::file_type::regular)
        return tl::make_unexpected("`" + path + "` is no file");
    std::ifstream file(path, std::ios::binary);
    if (!file) return tl::make_unexpected("cannot read `" + path + "`");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string configuration_in(const std::string& directory) {
    return directory + "/relaypermit.conf";
}

struct Disposer {
    void operator()(sasl_conn_t* connection) const { sasl_dispose(&connection); }
};
using Connection = std::unique_ptr<sasl_conn_t, Disposer>;

tl::expected<Connection, std::string> connect(const Login& login, const PluginLog& log) {
    sasl_conn_t* connection = nullptr;
    const int status = sasl_server_new("smtp", nullptr, login.realm.c_str(), nullptr, nullptr,
                                       nullptr, 0, &connection);
    if (status != SASL_OK) return tl::make_unexpected(status_text(status, log));
    return Connection(connection);
}

}  // namespace

tl::expected<const SaslLibrary*, std::string> SaslLibrary::start(const std::string& directory) {
    static std::mutex mutex;
    static SaslLibrary library;
    const std::lock_guard lock(mutex);
    if (library.directory_ == directory) return &library;
    if (!library.directory_.empty())
        return tl::make_unexpected("libsasl2 already runs with `" + library.directory_ +
                                   "`: one process has one SASL configuration (restart to change "
                                   "it)");
    if (directory.find(':') != std::string::npos)
        return tl::make_unexpected("`" + directory +
                                   "` holds a colon, which separates directories to libsasl2");
    auto contents = read_file(configuration_in(directory));
    if (!contents) return tl::make_unexpected(std::move(contents.error()));

    // libsasl2 keeps pointers to both for as long as it runs.
    static std::string path;
    static std::array<sasl_callback_t, 3> callbacks;
    path = directory;
    callbacks = {{{SASL_CB_GETOPT, as_callback(get_option), nullptr},
                  {SASL_CB_LOG, as_callback(PluginLog::hear), nullptr},
                  {SASL_CB_LIST_END, nullptr, nullptr}}};
    sasl_set_mutex(mutex_alloc, mutex_lock, mutex_unlock, mutex_free);
    sasl_set_path(SASL_PATH_TYPE_CONFIG, path.data());
    const int status = sasl_server_init(callbacks.data(), "relaypermit");
    if (status != SASL_OK)
        return tl::make_unexpected(std::string("libsasl2 does not start: ") +
                                   sasl_errstring(status, nullptr, nullptr));

    const Options options = read_options();
    bool others = !options.plugins;  // without the option every plugin is asked
    bool sasldb = !options.plugins;
    std::istringstream names(options.plugins.value_or(""));
    for (std::string name; names >> name;) (ascii_lower(name) == "sasldb" ? sasldb : others) = true;
    library.sasldb_alone_ = sasldb && !others;
    if (sasldb) library.sasldb_ = options.sasldb_path.value_or("/etc/sasldb2");
    library.contents_ = std::move(*contents);
    library.directory_ = directory;
    return &library;
}

std::string SaslLibrary::outdated() const {
    const std::string path = configuration_in(directory_);
    const auto contents = read_file(path);
    if (!contents) return contents.error() + ": what libsasl2 read at the start stays in force";
    if (*contents == contents_) return {};
    return "restart to use the new `" + path + "`: libsasl2 reads it once";
}

SaslProperty SaslLibrary::read(const Login& login, const std::string& property) const {
    const auto failed = [](std::string why) { return SaslProperty{false, {}, {}, std::move(why)}; };
    const PluginLog log(property);
    auto connection = connect(login, log);
    if (!connection) return failed(std::move(connection.error()));
    // A name with a star is asked for whether or not the login "authenticated"; which of the two
    // a plugin answers differs between them.
    const std::string starred = "*" + property;
    std::array<const char*, 3> wanted = {starred.c_str(), property.c_str(), nullptr};
    int status = sasl_auxprop_request(connection->get(), wanted.data());
    if (status == SASL_OK)
        status =
            sasl_user_exists(connection->get(), "smtp", login.realm.c_str(), login.user.c_str());
    if (!log.failure().empty()) return failed("libsasl2: " + log.failure());

    SaslProperty result{true, {}, {}, {}};
    switch (status) {
        case SASL_OK:
        case SASL_DISABLED:
        case SASL_NOVERIFY:
            result.login_exists = true;
            break;
        case SASL_NOUSER:
            if (log.existence_failure().empty()) result.login_exists = false;
            break;
        default:
            return failed(status_text(status, log));
    }
    std::array<propval, 3> values{};
    if (propctx* context = sasl_auxprop_getctx(connection->get()))
        prop_getnames(context, wanted.data(), values.data());
    for (const propval& value : values) {
        if (!value.name || !value.values) continue;
        for (const char** text = value.values; *text; ++text)
            // The sql plugin turns a NULL of the database into this word.
            if (std::string_view(*text) != "NULL") result.values.emplace_back(*text);
    }
    return result;
}

tl::expected<void, std::string> SaslLibrary::write(const Login& login, const std::string& property,
                                                   const std::optional<std::string>& value) const {
    const PluginLog log(property);
    auto connection = connect(login, log);
    if (!connection) return tl::make_unexpected(std::move(connection.error()));
    propctx* context = prop_new(0);
    if (!context) return tl::make_unexpected(std::string("out of memory"));
    std::array<const char*, 2> names = {property.c_str(), nullptr};
    int status = prop_request(context, names.data());
    if (status == SASL_OK && value)
        status =
            prop_set(context, property.c_str(), value->c_str(), static_cast<int>(value->size()));
    if (status == SASL_OK)
        status = sasl_auxprop_store(connection->get(), context, to_string(login).c_str());
    prop_dispose(&context);
    if (!log.failure().empty()) return tl::make_unexpected("libsasl2: " + log.failure());
    if (status != SASL_OK) return tl::make_unexpected(status_text(status, log));
    return {};
}

std::string cyrus_sasl_version() {
    int major = 0;
    int minor = 0;
    int step = 0;
    ::sasl_version_info(nullptr, nullptr, &major, &minor, &step, nullptr);
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(step);
}

}  // namespace relaypermit
