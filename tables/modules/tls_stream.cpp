#include "tables/modules/tls_stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

#include "tables/modules/tls_roots.h"

namespace relaypermit {

void FreeTlsContext::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

namespace {

tl::unexpected<ConnectorFault> broken(std::string why) {
    return tl::make_unexpected(ConnectorFault{ConnectorFault::Of::connection, std::move(why)});
}

// And forgets them.
std::string openssl_words() {
    std::array<char, 256> text{};
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    if (error == 0) return "the connection ended";
    ERR_error_string_n(error, text.data(), text.size());
    return text.data();
}

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsStream final : public Stream {
  public:
    TlsStream(std::unique_ptr<Stream> below, SSL* ssl)
        : below_(std::move(below)),
          ssl_(ssl),
          in_(BIO_new(BIO_s_mem())),
          out_(BIO_new(BIO_s_mem())) {
        SSL_set_bio(ssl, in_, out_);
    }

    ConnectorResult<void> shake_hands(const Deadline& deadline) {
        return run([&] { return SSL_connect(ssl_.get()); }, deadline);
    }

    ConnectorResult<void> send(std::string_view bytes, const Deadline& deadline) override {
        if (bytes.empty()) return {};
        return run(
            [&] { return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); },
            deadline);
    }

    ConnectorResult<std::size_t> receive(char* buffer, std::size_t size,
                                         const Deadline& deadline) override {
        int got = 0;
        auto ran = run([&] { return got = SSL_read(ssl_.get(), buffer, static_cast<int>(size)); },
                       deadline);
        if (!ran) return tl::make_unexpected(std::move(ran.error()));
        return static_cast<std::size_t>(got);
    }

    // Tickets, which TLS 1.3 sends when it likes, are no words of the server.
    bool is_quiet() override {
        if (below_->is_quiet()) return true;
        std::array<char, 16'384> piece{};
        const Deadline now(std::chrono::milliseconds(0));
        const auto got = below_->receive(piece.data(), piece.size(), now);
        if (!got) return false;
        BIO_write(in_, piece.data(), static_cast<int>(*got));
        char byte = 0;
        const int peeked = SSL_peek(ssl_.get(), &byte, 1);
        const bool wants = SSL_get_error(ssl_.get(), peeked) == SSL_ERROR_WANT_READ;
        ERR_clear_error();
        return wants;
    }

  private:
    // Does `step` until it is done, carrying what it writes and wants between it and the socket.
    template <class Step>
    ConnectorResult<void> run(Step step, const Deadline& deadline) {
        while (true) {
            ERR_clear_error();
            const int done = step();
            const int error = SSL_get_error(ssl_.get(), done);
            std::string why;
            if (error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ) why = fault_words();
            if (auto flushed = flush(deadline); !flushed) return flushed;
            if (error == SSL_ERROR_NONE) return {};
            if (error != SSL_ERROR_WANT_READ) return broken("TLS: " + why);
            std::array<char, 16'384> piece{};
            auto got = below_->receive(piece.data(), piece.size(), deadline);
            if (!got) return tl::make_unexpected(std::move(got.error()));
            BIO_write(in_, piece.data(), static_cast<int>(*got));
        }
    }

    [[nodiscard]] std::string fault_words() const {
        std::string words = openssl_words();
        const long verified = SSL_get_verify_result(ssl_.get());
        if (verified == X509_V_OK) return words;
        return std::string("the certificate is not trusted: ") +
               X509_verify_cert_error_string(verified);
    }

    ConnectorResult<void> flush(const Deadline& deadline) {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out_, &bytes);
        if (size <= 0) return {};
        auto sent = below_->send({bytes, static_cast<std::size_t>(size)}, deadline);
        (void)BIO_reset(out_);
        return sent;
    }

    const std::unique_ptr<Stream> below_;
    const std::unique_ptr<SSL, FreeSsl> ssl_;
    BIO* const in_;   // ssl_'s
    BIO* const out_;  // ssl_'s
};

bool is_numeric(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

tl::expected<TlsContext, std::string> make_tls_context(const ServerSettings& server) {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    if (!context) return tl::make_unexpected("OpenSSL: " + openssl_words());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const std::string roots = tls_roots(server);
    const bool loaded =
        roots.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                      : SSL_CTX_load_verify_locations(context.get(), roots.c_str(), nullptr) == 1;
    if (!loaded)
        return tl::make_unexpected("ca_file `" + roots + "` cannot be read: " + openssl_words());
    return context;
}

OpenedStream start_tls(std::unique_ptr<Stream> below, ssl_ctx_st* context, const std::string& host,
                       const Deadline& deadline) {
    SSL* const ssl = SSL_new(context);
    if (ssl == nullptr) return broken("OpenSSL: " + openssl_words());
    auto stream = std::make_unique<TlsStream>(std::move(below), ssl);
    const bool numeric = is_numeric(host);
    const bool named = numeric
                           ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                           : SSL_set1_host(ssl, host.c_str()) == 1;
    if (!named) return broken("OpenSSL: " + openssl_words());
    if (!numeric) (void)SSL_set_tlsext_host_name(ssl, host.c_str());
    if (auto done = stream->shake_hands(deadline); !done)
        return tl::make_unexpected(std::move(done.error()));
    return stream;
}

}  // namespace relaypermit
