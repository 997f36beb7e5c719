// Tables in directories, by libldap. Its calls are bounded by timeouts where it has them, and by a
// watchdog where it has none. What still blocks is the resolver, on a host that is given by name.
// One handle a thread. Any thread.
#include <ldap.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tables/answer_values.h"
#include "tables/modules/ldap_filter.h"
#include "tables/modules/lookup_watchdog.h"
#include "tables/modules/tls_roots.h"
#include "tables/table_module.h"

namespace relaypermit {
namespace {

using Of = ConnectorFault::Of;

constexpr int max_entries = 1000;  // of one answer; more are a fault

struct Unbind {
    void operator()(LDAP* handle) const { ldap_unbind_ext(handle, nullptr, nullptr); }
};
struct FreeMessage {
    void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
struct FreeText {
    void operator()(char* text) const { ldap_memfree(text); }
};
struct FreeValues {
    void operator()(berval** values) const { ldap_value_free_len(values); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;
using Text = std::unique_ptr<char, FreeText>;

timeval as_timeval(const Deadline& deadline) {
    const int left = std::max(1, deadline.remaining_ms());
    return {left / 1000, static_cast<suseconds_t>(left % 1000) * 1000};
}

bool equal_without_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return lower(x) == lower(y);
    });
}

class LdapConnection final : public ServerConnection {
  public:
    explicit LdapConnection(const LdapSettings& settings) : settings_(settings) {}
    // The library calls back while it unbinds.
    ~LdapConnection() override { handle_.reset(); }
    LdapConnection(const LdapConnection&) = delete;
    LdapConnection& operator=(const LdapConnection&) = delete;

    ConnectorResult<void> begin(const std::string& password, const Deadline& deadline) {
        WatchedLookup watched(deadline);
        watched_ = &watched;
        auto begun = start(password, deadline);
        watched_ = nullptr;
        return begun;
    }

    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& deadline) override {
        WatchedLookup watched(deadline);
        watched.watch(socket());
        watched_ = &watched;
        auto found = search(values, deadline);
        watched_ = nullptr;
        return found;
    }

    // A server that ended, or wants to, has said so.
    bool is_usable() override {
        pollfd one{socket(), POLLIN, 0};
        return ::poll(&one, 1, 0) == 0;
    }

  private:
    [[nodiscard]] bool expects_tls() const {
        return settings_.start_tls || settings_.server.url.scheme == "ldaps";
    }

    [[nodiscard]] int socket() const {
        int descriptor = -1;
        ldap_get_option(handle_.get(), LDAP_OPT_DESC, &descriptor);
        return descriptor;
    }

    ConnectorResult<void> start(const std::string& password, const Deadline& deadline) {
        LDAP* handle = nullptr;
        if (const int code = ldap_initialize(&handle, settings_.server.url.written.c_str());
            code != LDAP_SUCCESS)
            return refused(code, "connecting");
        handle_.reset(handle);
        if (auto set = set_options(deadline); !set) return set;
        if (settings_.start_tls)
            if (auto started = start_tls(deadline); !started) return started;
        // By nobody where there is no bind_dn; it is what connects.
        berval secret{password.size(), const_cast<char*>(password.data())};
        int id = 0;
        if (const int code = ldap_sasl_bind(handle, settings_.bind_dn.c_str(), LDAP_SASL_SIMPLE,
                                            &secret, nullptr, nullptr, &id);
            code != LDAP_SUCCESS)
            return refused(code, "connecting");
        auto answer = result_of(id, deadline, "logging in");
        if (!answer) return tl::make_unexpected(std::move(answer.error()));
        if (auto bound = success(answer->get(), "logging in"); !bound) return bound;
        if (expects_tls() && ldap_tls_inplace(handle) == 0)
            return fault(Of::connection, "the directory has no TLS");
        return {};
    }

    ConnectorResult<void> set_options(const Deadline& deadline) {
        LDAP* const handle = handle_.get();
        const int version = LDAP_VERSION3;
        const timeval left = as_timeval(deadline);
        const int demand = LDAP_OPT_X_TLS_DEMAND;
        const int protocol = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
        const std::string roots = tls_roots(settings_.server);
        callbacks_.lc_add = [](LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*,
                               ldap_conncb* callbacks) {
            ber_socket_t descriptor = -1;
            ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &descriptor);
            // An entry that is larger ends the connection before it is read.
            ber_len_t most_bytes = 2 * AnswerValues::max_bytes;
            ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &most_bytes);
            auto* const self = static_cast<LdapConnection*>(callbacks->lc_arg);
            self->reached_ = true;
            if (self->watched_ != nullptr) self->watched_->watch(descriptor);
            return 0;
        };
        callbacks_.lc_del = [](LDAP*, Sockbuf*, ldap_conncb*) {};
        callbacks_.lc_arg = this;
        bool set = ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version) == 0 &&
                   ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == 0 &&
                   ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &left) == 0 &&
                   ldap_set_option(handle, LDAP_OPT_TIMEOUT, &left) == 0 &&
                   ldap_set_option(handle, LDAP_OPT_CONNECT_CB, &callbacks_) == 0;
        if (expects_tls()) {
            set = set && ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == 0 &&
                  ldap_set_option(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, &protocol) == 0;
            if (!roots.empty())
                set = set && ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, roots.c_str()) == 0;
            const int client = 0;
            // What was set so far becomes a context of this handle's own.
            if (ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) != 0)
                return fault(Of::query, "TLS cannot be set up: ca_file `" + roots +
                                            "` cannot be read, or holds no certificate");
        }
        if (!set) return fault(Of::connection, "libldap does not take an option");
        return {};
    }

    ConnectorResult<void> start_tls(const Deadline& deadline) {
        int id = 0;
        if (const int code = ldap_start_tls(handle_.get(), nullptr, nullptr, &id);
            code != LDAP_SUCCESS)
            return refused(code, "connecting");
        auto answer = result_of(id, deadline, "waiting for StartTLS");
        if (!answer) return tl::make_unexpected(std::move(answer.error()));
        if (auto agreed = success(answer->get(), "StartTLS"); !agreed) return agreed;
        if (const int code = ldap_install_tls(handle_.get()); code != LDAP_SUCCESS)
            return refused(code, "StartTLS");
        return {};
    }

    // The next message: of a search there are several.
    ConnectorResult<Message> result_of(int id, const Deadline& deadline, const char* what) {
        timeval left = as_timeval(deadline);
        LDAPMessage* message = nullptr;
        errno = 0;
        const int type = ldap_result(handle_.get(), id, LDAP_MSG_ONE, &left, &message);
        const bool too_large = errno == ERANGE;
        Message answer(message);
        if (type == 0) return tl::make_unexpected(timed_out(what));
        if (type > 0) return answer;
        if (too_large) return AnswerValues::too_large();
        int code = LDAP_SERVER_DOWN;
        ldap_get_option(handle_.get(), LDAP_OPT_RESULT_CODE, &code);
        return refused(code, what);
    }

    ConnectorResult<void> success(LDAPMessage* answer, const char* what) {
        int code = LDAP_OTHER;
        char* words = nullptr;
        const int parsed =
            ldap_parse_result(handle_.get(), answer, &code, nullptr, &words, nullptr, nullptr, 0);
        const Text freed(words);
        if (parsed != LDAP_SUCCESS) code = parsed;
        if (code == LDAP_SUCCESS) return {};
        return refused(code, what, words == nullptr ? "" : words);
    }

    // A code of a call or of an answer.
    [[nodiscard]] tl::unexpected<ConnectorFault> refused(int code, const std::string& what,
                                                         std::string_view words = {}) const {
        if ((watched_ != nullptr && watched_->was_ended()) || code == LDAP_TIMEOUT)
            return tl::make_unexpected(timed_out(what));
        // Of a handshake the library says no more than that it failed.
        if (reached_ && expects_tls() && ldap_tls_inplace(handle_.get()) == 0 &&
            (code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR))
            return fault(Of::connection, "TLS failed: the certificate may be of nobody whom " +
                                             (settings_.server.ca_file.empty()
                                                  ? "the system"
                                                  : "`" + settings_.server.ca_file + "`") +
                                             " names, or not for " + settings_.server.url.host);
        Text library;
        if (char* text = nullptr; handle_ && words.empty()) {
            ldap_get_option(handle_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
            library.reset(text);
            if (text != nullptr) words = text;
        }
        std::string why = what + ": " + ldap_err2string(code);
        if (!words.empty()) why += " (" + std::string(words) + ")";
        switch (code) {
            case LDAP_SERVER_DOWN:
            case LDAP_CONNECT_ERROR:
            case LDAP_UNAVAILABLE:
            case LDAP_BUSY:
                return fault(Of::connection, std::move(why));
            case LDAP_TIMELIMIT_EXCEEDED:
                return tl::make_unexpected(timed_out("in the search"));
            // An empty subtree would be "no"; one that is not there is a mistake, or an outage.
            case LDAP_NO_SUCH_OBJECT:
                return fault(Of::query, "the base `" + settings_.base + "` does not exist");
            case LDAP_FILTER_ERROR:
                return fault(Of::query, "`" + settings_.filter.written + "` is not a filter");
            case LDAP_SIZELIMIT_EXCEEDED:
                return fault(Of::query, "more entries than " + std::to_string(max_entries) +
                                            " or than the directory's own limit");
            default:
                return fault(Of::query, std::move(why));
        }
    }

    ConnectorResult<std::vector<std::string>> search(const PlaceholderValues& values,
                                                     const Deadline& deadline) {
        const std::string filter = filled_filter(settings_.filter, values);
        std::vector<char*> attributes;
        for (const std::string& name : settings_.attributes)
            attributes.push_back(const_cast<char*>(name.c_str()));
        attributes.push_back(nullptr);
        timeval left = as_timeval(deadline);
        int id = 0;
        if (const int code = ldap_search_ext(handle_.get(), settings_.base.c_str(),
                                             LDAP_SCOPE_SUBTREE, filter.c_str(), attributes.data(),
                                             0, nullptr, nullptr, &left, max_entries, &id);
            code != LDAP_SUCCESS)
            return refused(code, "searching");
        AnswerValues found;
        while (true) {
            auto answer = result_of(id, deadline, "waiting for the directory's answer");
            if (!answer) return tl::make_unexpected(std::move(answer.error()));
            const int type = ldap_msgtype(answer->get());
            if (type == LDAP_RES_SEARCH_RESULT) {
                if (auto done = success(answer->get(), "searching"); !done)
                    return tl::make_unexpected(std::move(done.error()));
                return found.take();
            }
            if (type != LDAP_RES_SEARCH_ENTRY) continue;
            if (auto taken = take_values(answer->get(), found); !taken)
                return tl::make_unexpected(std::move(taken.error()));
        }
    }

    ConnectorResult<void> take_values(LDAPMessage* entry, AnswerValues& found) {
        BerElement* cursor = nullptr;
        Text name(ldap_first_attribute(handle_.get(), entry, &cursor));
        const std::unique_ptr<BerElement, void (*)(BerElement*)> freed(
            cursor, [](BerElement* element) { ber_free(element, 0); });
        for (; name; name.reset(ldap_next_attribute(handle_.get(), entry, cursor))) {
            const std::string_view full = name.get();
            // Active Directory's MaxValRange: the rest would have to be asked for.
            if (full.find(";range=") != std::string_view::npos && !full.ends_with("-*"))
                return fault(Of::query, "the directory gives only a part of the values of " +
                                            std::string(full));
            const std::unique_ptr<berval*, FreeValues> values(
                ldap_get_values_len(handle_.get(), entry, name.get()));
            for (berval** value = values.get(); value != nullptr && *value != nullptr; ++value) {
                const std::string_view text((*value)->bv_val, (*value)->bv_len);
                const std::string& prefix = settings_.value_prefix;
                const bool wanted = text.size() >= prefix.size() &&
                                    equal_without_case(text.substr(0, prefix.size()), prefix);
                auto taken = wanted ? found.add(text.substr(prefix.size())) : found.add_row();
                if (!taken) return taken;
            }
        }
        return {};
    }

    const LdapSettings& settings_;
    ldap_conncb callbacks_{};
    bool reached_{};            // a socket was connected
    WatchedLookup* watched_{};  // of the call that runs
    std::unique_ptr<LDAP, Unbind> handle_{};
};

class LdapConnector final : public Connector {
  public:
    explicit LdapConnector(LdapSettings settings) : settings_(std::move(settings)) {}

    ConnectorResult<std::unique_ptr<ServerConnection>> connect(const std::string& password,
                                                               const Deadline& deadline) override {
        auto made = std::make_unique<LdapConnection>(settings_);
        if (auto begun = made->begin(password, deadline); !begun)
            return tl::make_unexpected(std::move(begun.error()));
        return made;
    }

  private:
    const LdapSettings settings_;
};

// libldap reads ldap.conf, .ldaprc and LDAP* of the environment once, before its first option; here
// the policy alone counts. (setenv() beside a getenv() of another thread is safe with glibc while
// nobody set anything before.)
void begin_library() {
    ::setenv("LDAPNOINIT", "1", 1);
    int version = 0;
    ldap_get_option(nullptr, LDAP_OPT_PROTOCOL_VERSION, &version);
    ::unsetenv("LDAPNOINIT");
}

MadeConnector make(const TableSettings& settings) {
    static std::once_flag once;
    std::call_once(once, begin_library);
    return std::make_unique<LdapConnector>(std::get<LdapSettings>(settings.of_kind));
}

}  // namespace
}  // namespace relaypermit

const relaypermit::TableModule relaypermit_table_module = {RELAYPERMIT_MODULE_VERSION,
                                                           relaypermit::make};
